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
from typing import Callable, Deque, List, Optional

from .. import _originals
from ..errors import RigLostError
from ..settings import Settings
from .frames import CLOSE, PING, PONG, TEXT, NotAFrameError, frame_of, read_message
from .opening import OPENING_SECONDS, connect, open_websocket

_READ_BYTES = 256 * 1024

#: How long a thread looks for its answer before it sleeps: somewhat longer than most calls take.
_SPIN_SECONDS = 0.0003
_CALLS_WITHOUT_SPIN = 16

_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class WebSocket:
    """
    An open WebSocket. One thread at a time may call `receive`, and any number `send`.

    A signal handler that raises in one of its methods loses nothing: what a call of the system has taken or sent
    is kept by the same call of C, and what was not used to its end is used again by the next `receive`. So a
    message may come twice.
    """

    def __init__(self, connection: socket.socket, first_bytes: bytes) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._is_tls = isinstance(connection, ssl.SSLSocket)
        #: What has come and was not used, in parts.
        self._chunks: List[bytes] = [first_bytes] if first_bytes else []
        #: Whether there may be whole messages in it.
        self._is_unread = bool(first_bytes)
        self._messages: Deque[bytes] = deque()
        self._sending = threading.Lock()
        #: The end of a frame whose sending was cut off. Nothing else may be sent before it.
        self._rest = b""
        #: Answers to pings, which are sent when nothing else is.
        self._pongs: Deque[bytes] = deque()
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
        if self._messages or self._is_unread or self._has_decrypted() or self._spin():
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
        self._is_unread = True
        try:
            while self._fill() == _READ_BYTES:
                pass
        except _WAITS:
            pass
        except OSError as error:
            self.lose(str(error))
        if self._chunks and self._chunks[-1] == b"":
            self.lose("the daemon has closed the connection")
        self._read_messages()
        self._is_unread = False
        self._send_pongs()
        if self._lost is not None and not self._messages:
            raise RigLostError(self._lost)
        return self._messages

    def send(self, text: str, meanwhile: Callable[[], bool], written: List[int]) -> None:
        """
        Sends a text message.

        meanwhile: is called while the connection takes no more; it says whether it has waited itself.
        written: gets the counts of bytes that were sent. If there is one when a signal handler has raised, the
            message is on its way: the next one to send sends its end first.
        """
        self._send_frame(frame_of(TEXT, text.encode()), meanwhile, written)

    def lose(self, why: str) -> None:
        """The connection is of no use any more. The first reason counts."""
        if self._lost is None:
            self._lost = why

    def close(self) -> None:
        """Sends a close frame if the connection takes it at once, and closes the connection."""
        if self._lost is None:
            self._lost = "the connection to the daemon is closed"
            if self._sending.acquire(blocking=False):
                try:
                    if not self._rest:
                        self._write(frame_of(CLOSE, struct.pack("!H", 1000)), [])
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

    def _read_messages(self) -> None:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        at = 0
        try:
            message = read_message(data, at)
            while message is not None:
                opcode, payload, at = message
                self._use(opcode, payload)
                message = read_message(data, at)
        except NotAFrameError:
            self.lose("the daemon sent a frame that RFC 6455 does not allow")
        # All at once, so that a handler that raises before this line lets all of it be read again.
        self._chunks[:] = [data[at:]] if at < len(data) else []

    def _use(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._messages.append(payload)
        elif opcode == PING:
            self._pongs.append(frame_of(PONG, payload))
        elif opcode == CLOSE:
            code = struct.unpack_from("!H", payload)[0] if len(payload) >= 2 else 1005
            reason = payload[2:].decode(errors="replace")
            self.lose(f"the daemon has closed the connection: {code} {reason}".rstrip())

    def _send_frame(self, frame: bytes, meanwhile: Callable[[], bool], written: List[int]) -> None:
        with self._sending:
            try:
                self._check()
                self._send_rest(meanwhile)
                self._write_all(frame, meanwhile, written)
            except OSError as error:
                self.lose(str(error))
                raise RigLostError(self._lost) from None
            finally:
                if written:
                    self._rest = frame[sum(written) :]
        self._send_pongs()

    def _send_rest(self, meanwhile: Callable[[], bool]) -> None:
        written: List[int] = []
        rest = self._rest
        try:
            self._write_all(rest, meanwhile, written)
        finally:
            self._rest = rest[sum(written) :]

    def _send_pongs(self) -> None:
        """Sends them as far as the connection takes them at once, unless another thread sends: it does it then."""
        if not self._pongs or not self._sending.acquire(blocking=False):
            return
        try:
            while self._pongs or self._rest:
                if not self._rest:
                    self._rest = self._pongs.popleft()
                self._send_rest(_never)
        except _GivenUp:
            pass  # the next one to send goes on with it
        except OSError as error:
            self.lose(str(error))
        finally:
            self._sending.release()

    def _write_all(self, data: bytes, meanwhile: Callable[[], bool], written: List[int]) -> None:
        view = memoryview(data)
        while sum(written) < len(view):
            try:
                self._write(view[sum(written) :], written)
            except _WAITS:
                if not meanwhile():
                    _originals.wait_to_write(self._connection, 1.0)

    def _write(self, data: "bytes | memoryview", written: List[int]) -> None:
        # One call of C sends and counts, as in `_fill`.
        if not self._is_tls:
            written.extend(map(self._connection.send, (data,)))
        else:
            with self._tls_turn:
                written.extend(map(self._connection.send, (data,)))

    def _check(self) -> None:
        if self._lost is not None:
            raise RigLostError(self._lost)


class _GivenUp(Exception):
    """The connection takes no more at once."""


def _never() -> bool:
    raise _GivenUp()
