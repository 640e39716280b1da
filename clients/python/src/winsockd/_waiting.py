"""
Waiting for sockets of rigs and descriptors of this machine at once: what `select` and `poll` have in common.
"""

from __future__ import annotations

import select as _select
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from . import _originals
from .wire.rpc import Pending

if TYPE_CHECKING:
    from .session import Session

#: How long one call may wait, in seconds. The daemon ends it sooner, with nothing ready.
_CALL_SECONDS = 20.0

#: How long the answer to a call may take that was cancelled.
_CANCEL_SECONDS = 10.0


class WaitCall(NamedTuple):
    """A call of the operation `select` or `poll`, for the sockets of one session."""

    session: "Session"
    operation: str
    params: Dict[str, Any]
    #: Whether an answer has a socket that is ready.
    is_ready: Callable[[Mapping[str, Any]], bool]


#: The answer to each call, None for one that was cancelled; the events of local descriptors that are ready.
Answers = Tuple[List[Optional[Mapping[str, Any]]], Dict[int, int]]


def wait(calls: List[WaitCall], local: Mapping[int, int], timeout: Optional[float]) -> Answers:
    """
    Waits until a socket of one of the calls or a local descriptor is ready.

    local: the descriptors, with the events of `poll`. timeout: in seconds; None waits without end.
    """
    deadline = None if timeout is None else time.monotonic() + max(0.0, timeout)
    while True:
        left = _CALL_SECONDS if deadline is None else min(_CALL_SECONDS, max(0.0, deadline - time.monotonic()))
        answers, ready = _wait_once(calls, local, left)
        is_over = deadline is not None and time.monotonic() >= deadline
        if ready or is_over or any(map(_is_ready, calls, answers)):
            return answers, ready


def _is_ready(call: WaitCall, answer: Optional[Mapping[str, Any]]) -> bool:
    return answer is not None and call.is_ready(answer)


def _wait_once(calls: List[WaitCall], local: Mapping[int, int], seconds: float) -> Answers:
    milliseconds = -int(-seconds * 1000 // 1)
    if not local and len(calls) == 1:
        [call] = calls
        params = {**call.params, "timeoutMs": milliseconds}
        return [call.session.rig.call_with(params, call.operation)], {}
    if not calls:
        return [], _poll_local(local, seconds)
    return _wait_for_both(calls, local, seconds, milliseconds)


def _wait_for_both(calls: List[WaitCall], local: Mapping[int, int], seconds: float, milliseconds: int) -> Answers:
    told, tell = _originals.socketpair()
    told.setblocking(False)
    pending: List[Pending] = []
    try:
        for session, operation, params, _ in calls:
            written = {**params, "timeoutMs": milliseconds}
            pending.append(session.rig.begin_call(operation, written, lambda _: tell.send(b"d") and None))
        ready = _poll_local({**local, told.fileno(): _READ}, seconds + 1.0)
        end = time.monotonic() + _CANCEL_SECONDS
        for call, one in zip(calls, pending):
            if not one.is_done:
                call.session.rig.cancel_call(one)
        while not all(one.is_done for one in pending) and time.monotonic() < end:
            _poll_local({told.fileno(): _READ}, 1.0)
            _drain(told)
        ready.pop(told.fileno(), None)
        return [one.result if one.is_done and one.error is None else _failed(one) for one in pending], ready
    finally:
        told.close()
        tell.close()


def _failed(pending: Pending) -> None:
    """A call that was cancelled has no answer; any other failure is one of the wait."""
    error = pending.error
    if error is not None and getattr(error, "code", None) != 995:
        raise error


def _drain(told: Any) -> None:
    try:
        while told.recv(4096):
            pass
    except OSError:
        pass


_READ = getattr(_select, "POLLIN", 1)
_WRITE = getattr(_select, "POLLOUT", 4)
_PRIORITY = getattr(_select, "POLLPRI", 2)


def _poll_local(local: Mapping[int, int], seconds: float) -> Dict[int, int]:
    if _originals.poll is not None:
        waiting = _originals.poll()
        for descriptor, events in local.items():
            waiting.register(descriptor, events)
        return dict(waiting.poll(seconds * 1000))
    if not local:
        time.sleep(seconds)
        return {}
    wanted = [[one for one, events in local.items() if events & bit] for bit in (_READ, _WRITE, _PRIORITY)]
    ready: Dict[int, int] = {}
    for bit, found in zip((_READ, _WRITE, _PRIORITY), _originals.select(*wanted, seconds)):
        for one in found:
            ready[one] = ready.get(one, 0) | bit
    return ready
