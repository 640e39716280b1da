"""Bytes of a stream that a call took whose caller had given up, for the next receive."""

from __future__ import annotations

from typing import Any, Mapping

from ._buffers import decoded
from ._handle import Handle


def keep_received(handle: Handle, answer: Mapping[str, Any]) -> None:
    """Keeps the bytes of a receive."""
    handle.keep_bytes(decoded(answer["data"]))


def take_kept_bytes(handle: Handle, most: int, peeks: bool) -> bytes:
    """At most so many of the bytes that are kept, of which there must be some. peeks: whether they stay."""
    kept = handle.kept_bytes.popleft()
    rest = kept if peeks else kept[most:]
    if rest:
        handle.kept_bytes.appendleft(rest)
    return kept[:most]
