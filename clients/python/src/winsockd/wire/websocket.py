"""
The client's end of a WebSocket, as far as this client needs it: text messages, pings and the close.

Source: RFC 6455, https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import time
from collections import deque
from typing import Callable, Deque, List, Optional, Tuple

from .. import _originals
from ..errors import RigLostError
from ..settings import Settings
from .opening import OPENING_SECONDS, connect, open_websocket

#: The longest message that is taken: an answer with the most bytes that one receive gives, as base64.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024

_READ_BYTES = 256 * 1024

#: How long a thread looks for its answer before it sleeps: somewhat longer than most calls take.
_SPIN_SECONDS = 0.0003
_CALLS_WITHOUT_SPIN = 16

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA

_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class WebSocket:
    """
    An open WebSocket. One thread at a time may call `receive`, and any number `send`.

    Nothing is lost if a signal handler raises while `receive` runs: bytes are kept by the same call that
    takes them from the connection.
    """

    def __init__(self, connection: socket.socket, first_bytes: bytes) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._is_tls = isinstance(connection, ssl.SSLSocket)
        self._chunks: List[bytes] = [first_bytes] if first_bytes else []
        self._buffer = b""
        self._fragments: List[bytes] = []
        self._messages: Deque[bytes] = deque()
        self._sending = threading.Lock()
        #: OpenSSL takes no reading beside a writing of the same connection.
        self._tls_turn = threading.Lock()
        self._lost: Optional[str] = None
        self._waiter = _originals.ReadWaiter(connection)
        self._calls_without_spin = 0

    @classmethod
    def open(cls, settings: Settings, path: str) -> "WebSocket":
        """
        Connects to the daemon and opens a WebSocket at a path.

        Raises OpeningRefusedError if the answer is not 101, OSError if there is no connection.
        """
        connection = connect(settings, OPENING_SECONDS)
        try:
            rest = open_websocket(connection, settings, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, rest)

    def wait(self, seconds: float) -> None:
        """Waits until `receive` has something to take, as long as nothing comes for so many seconds."""
        # What is here is there still if a signal handler has ended its use.
        if self._messages or self._chunks or self._has_decrypted() or self._spin():
            return
        self._waiter.wait(seconds)

    def waiter_with(self, other: socket.socket) -> _originals.ReadWaiter:
        """To wait for this WebSocket or another local socket."""
        return _originals.ReadWaiter(self._connection, other)

    def _has_decrypted(self) -> bool:
        return isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0

    def _spin(self) -> bool:
        """
        Looks for an answer again and again for a short time. Most answers come sooner than a sleeping thread
        wakes up. After a look in vain the next calls sleep at once, so that a busy machine is not busied more.
        """
        if self._calls_without_spin > 0:
            self._calls_without_spin -= 1
            return False
        end = time.perf_counter() + _SPIN_SECONDS
        while time.perf_counter() < end:
            if self._waiter.wait(0):
                return True
        self._calls_without_spin = _CALLS_WITHOUT_SPIN
        return False

    def receive(self) -> Deque[bytes]:
        """
        Takes what has arrived, without waiting.

        Returns the messages that are complete; the caller removes each, from the left, when it has used it.
        Raises RigLostError when the connection has ended.
        """
        try:
            while self._fill() == _READ_BYTES:
                pass
        except _WAITS:
            pass
        except OSError as error:
            self._lose(str(error))
        if self._chunks and self._chunks[-1] == b"":
            self._chunks.pop()
            self._lost = self._lost or "the daemon has closed the connection"
        if self._chunks:
            self._buffer = self._buffer + b"".join(self._chunks) if self._buffer else b"".join(self._chunks)
            self._chunks = []
            self._take_frames()
        if self._lost is not None and not self._messages:
            raise RigLostError(self._lost)
        return self._messages

    def send(self, text: str, meanwhile: Callable[[], bool] = lambda: False) -> None:
        """
        Sends a text message.

        meanwhile: is called while the connection takes no more; it says whether it has waited itself.
        """
        self._send_frame(_TEXT, text.encode(), meanwhile)

    def close(self) -> None:
        """Sends a close frame if the connection takes it at once, and closes the connection."""
        if self._lost is None:
            self._lost = "the connection to the daemon is closed"
            if self._sending.acquire(blocking=False):
                try:
                    self._write(_frame(_CLOSE, struct.pack("!H", 1000)))
                except OSError:
                    pass
                finally:
                    self._sending.release()
        try:
            self._connection.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for it
        except OSError:
            pass
        self._connection.close()

    def abandon(self) -> None:
        """Closes the local descriptor only: in a child process, the connection is still its parent's."""
        self._lost = "the connection to the daemon belongs to the parent process"
        descriptor = self._connection.detach()
        if descriptor >= 0:  # otherwise it was closed before
            os.close(descriptor)

    def _fill(self) -> int:
        # One call of C takes the bytes and keeps them, so that no signal handler runs between the two.
        if not self._is_tls:
            self._chunks.extend(map(self._connection.recv, (_READ_BYTES,)))
        else:
            with self._tls_turn:
                self._chunks.extend(map(self._connection.recv, (_READ_BYTES,)))
        return len(self._chunks[-1])

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while True:
            frame = _read_frame(buffer, at)
            if frame is None:
                break
            opcode, is_last, payload, at = frame
            self._take(opcode, is_last, payload)
        self._buffer = buffer[at:]

    def _take(self, opcode: int, is_last: bool, payload: bytes) -> None:
        if opcode == _PING:
            self._send_frame(_PONG, payload, lambda: False)
        elif opcode == _CLOSE:
            code = struct.unpack_from("!H", payload)[0] if len(payload) >= 2 else 1005
            reason = payload[2:].decode(errors="replace")
            self._lose(f"the daemon has closed the connection: {code} {reason}".rstrip())
        elif opcode in (_TEXT, _BINARY, 0):
            if is_last and not self._fragments:
                self._messages.append(payload)
                return
            self._fragments.append(payload)
            if is_last:
                whole, self._fragments = b"".join(self._fragments), []
                self._messages.append(whole)

    def _send_frame(self, opcode: int, payload: bytes, meanwhile: Callable[[], bool]) -> None:
        frame = memoryview(_frame(opcode, payload))
        with self._sending:
            if self._lost is not None:
                raise RigLostError(self._lost)
            at = 0
            try:
                while at < len(frame):
                    try:
                        at += self._write(frame[at:])
                    except _WAITS:
                        if not meanwhile():
                            _originals.wait_to_write(self._connection, 1.0)
            except OSError as error:
                self._lose(str(error))
                raise RigLostError(self._lost) from None
            except BaseException:
                if at:
                    self._lose("a signal handler has ended the sending of a call")
                raise

    def _write(self, data: "bytes | memoryview") -> int:
        if not self._is_tls:
            return self._connection.send(data)
        with self._tls_turn:
            return self._connection.send(data)

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = why


def _frame(opcode: int, payload: bytes) -> bytes:
    """A frame of a client: whole and masked (RFC 6455, 5.2 and 5.3)."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    key = os.urandom(4)
    # As one number, because a loop over the bytes is a hundred times slower.
    repeated = (key * (length // 4 + 1))[:length]
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return b"".join((head, key, masked.to_bytes(length, "little")))


def _read_frame(buffer: bytes, at: int) -> Optional[Tuple[int, bool, bytes, int]]:
    """Returns opcode, whether it is the last of its message, payload, and where the next frame begins."""
    if len(buffer) < at + 2:
        return None
    first, second = buffer[at], buffer[at + 1]
    length, start = second & 0x7F, at + 2
    if length == 126:
        if len(buffer) < start + 2:
            return None
        length, start = int.from_bytes(buffer[start : start + 2], "big"), start + 2
    elif length == 127:
        if len(buffer) < start + 8:
            return None
        length, start = int.from_bytes(buffer[start : start + 8], "big"), start + 8
    if length > MAX_MESSAGE_BYTES or second & 0x80 or first & 0x70:
        raise RigLostError("the daemon sent a frame that RFC 6455 does not allow")
    if len(buffer) < start + length:
        return None
    return first & 0x0F, bool(first & 0x80), buffer[start : start + length], start + length
