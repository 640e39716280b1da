"""What a cancelled call took all the same, and the next call of its socket gives."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional

from ..socket._buffers import encoded
from ..socket._handle import Handle
from ..socket._kept import keep_received, take_kept_bytes

#: A receive without `maxBytes`.
_USUAL_BYTES = 64 * 1024

#: Receives that take no bytes of the stream.
_ASIDE = {"MSG_OOB", "MSG_PEEK"}


def keeper(handle: Handle, operation: str, params: Mapping[str, Any]) -> Optional[Callable[[Any], None]]:
    """What keeps the result of a call for the next one; None if nothing of it is to be kept."""
    if operation == "accept":
        return handle.kept_accepts.append
    if operation == "recv" and _ASIDE.isdisjoint(params.get("flags", ())):
        return partial(keep_received, handle)
    return None


def taken_of_kept(handle: Handle, operation: str, params: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """The result of a call that is made of what was kept; None if nothing was."""
    if operation == "accept" and handle.kept_accepts:
        return handle.kept_accepts.popleft()
    if operation != "recv" or not handle.kept_bytes or "MSG_OOB" in params.get("flags", ()):
        return None
    lengths: Optional[List[int]] = params.get("buffers")
    most = params.get("maxBytes", _USUAL_BYTES) if lengths is None else sum(lengths)
    given = take_kept_bytes(handle, most, "MSG_PEEK" in params.get("flags", ()))
    return _answer(given, lengths, params.get("as"))


def _answer(given: bytes, lengths: Optional[List[int]], form: Optional[str]) -> Mapping[str, Any]:
    """As the daemon answers `recv`."""
    answer: Dict[str, Any] = {
        "data": _buffer(given),
        "bytesReceived": len(given),
        "eof": False,
        "truncated": False,
    }
    if form == "text":
        try:
            answer["data"]["text"] = given.decode()
        except UnicodeDecodeError:
            pass  # the daemon leaves it out, too
    if lengths is not None:
        at, answer["buffers"] = 0, []
        for length in lengths:
            answer["buffers"].append(_buffer(given[at : at + length]))
            at += length
    return answer


def _buffer(data: bytes) -> Dict[str, Any]:
    return {**encoded(memoryview(data)), "len": len(data)}
