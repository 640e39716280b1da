"""
Frames of a WebSocket: those of a client as bytes, and the messages in the bytes of a server.

Source: RFC 6455, 5, https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import os
import struct
from typing import List, Optional, Tuple

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

#: A frame that goes on with the message of an earlier one.
_CONTINUATION = 0x0

#: The longest frame that is taken: more than the answer with the most bytes that one receive gives, as base64.
_MAX_FRAME_BYTES = 64 * 1024 * 1024


class NotAFrameError(Exception):
    """The bytes are no frames that RFC 6455 allows a server."""


def frame_of(opcode: int, payload: bytes) -> bytes:
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


def read_message(buffer: bytes, at: int) -> Optional[Tuple[int, bytes, int]]:
    """
    Reads a message, or a frame of control, from a place in the buffer on.

    Returns its opcode, its payload and where the next one begins; None if it is not whole yet. Frames of control
    between those of a message are read when the message is whole, before it.

    Raises NotAFrameError.
    """
    parts: List[bytes] = []
    while True:
        frame = _read_frame(buffer, at)
        if frame is None:
            return None
        opcode, is_last, payload, at = frame
        if opcode >= CLOSE:
            if not parts:
                return opcode, payload, at
            continue
        parts.append(payload)
        if is_last:
            return TEXT, payload if len(parts) == 1 else b"".join(parts), at


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
    if length > _MAX_FRAME_BYTES or second & 0x80 or first & 0x70:
        raise NotAFrameError()
    if len(buffer) < start + length:
        return None
    return first & 0x0F, bool(first & 0x80), buffer[start : start + length], start + length
