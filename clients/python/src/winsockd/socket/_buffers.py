"""Bytes of Python, and buffers of the daemon."""

from __future__ import annotations

import binascii
from typing import Any, Dict, List, Mapping

#: Up to so many bytes travel in JSON; more as they are.
JSON_BYTES = 64 * 1024

#: The most bytes of one request.
MOST_BYTES = 4 * 1024 * 1024


def flat(data: Any) -> memoryview:
    """The bytes of an object with a buffer. Raises TypeError for a text, as the standard library does."""
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'") from None
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def encoded(view: memoryview) -> Dict[str, str]:
    """A buffer of a request."""
    return {"base64": binascii.b2a_base64(view, newline=False).decode("ascii")}


def decoded(found: Mapping[str, Any]) -> bytes:
    """The bytes of a buffer of a result."""
    return binascii.a2b_base64(found["base64"])


def scattered(received: bytes, views: List[memoryview]) -> None:
    """Writes bytes into buffers, one after another."""
    at = 0
    for view in views:
        piece = received[at : at + len(view)]
        view[: len(piece)] = piece
        at += len(piece)
