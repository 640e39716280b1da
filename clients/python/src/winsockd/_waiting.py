"""
Waiting for sockets of rigs and descriptors of this machine at once: what `select` and `poll` have in common.
"""

from __future__ import annotations

import select as _select
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from . import _originals
from .errors import RigLostError
from .session import milliseconds
from .wire.pending import Pending

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

    def lasting(self, seconds: float) -> Dict[str, Any]:
        """The parameters of a call that waits so long."""
        return {**self.params, "timeoutMs": milliseconds(seconds)}


#: The answer to each call; the events of local descriptors that are ready.
Answers = Tuple[List[Mapping[str, Any]], Dict[int, int]]


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
        if ready or is_over or any(call.is_ready(answer) for call, answer in zip(calls, answers)):
            return answers, ready


def _wait_once(calls: List[WaitCall], local: Mapping[int, int], seconds: float) -> Answers:
    if not calls:
        return [], _poll_local(local, seconds)
    ready = _poll_local(local, 0) if local else {}
    if ready or seconds == 0:
        return [_ask(one, 0) for one in calls], ready
    if not local and len(calls) == 1:
        return [_ask(calls[0], seconds)], {}
    return _wait_for_all(calls, local, seconds)


def _ask(call: WaitCall, seconds: float) -> Any:
    return call.session.rig.call_with(call.lasting(seconds), call.operation)


def _wait_for_all(calls: List[WaitCall], local: Mapping[int, int], seconds: float) -> Answers:
    begun: List[Pending] = []
    told, tell = _originals.socketpair()
    try:
        told.setblocking(False)
        tell.setblocking(False)
        try:
            for call in calls:
                begun.append(call.session.rig.begin_call(call.operation, call.lasting(seconds), lambda _: _tell(tell)))
            ready = _poll_local({**local, told.fileno(): _READ}, seconds + 1.0)
        finally:
            is_cancelled = [_cancel(call, one) for call, one in zip(calls, begun)]
            _await(begun, told)
        ready.pop(told.fileno(), None)
        # What was cancelled is asked again without a wait: else what is always ready would hide the others.
        answers = [
            _ask(call, 0) if cancelled else one.outcome() for call, one, cancelled in zip(calls, begun, is_cancelled)
        ]
        return answers, ready
    finally:
        told.close()
        tell.close()


def _tell(tell: Any) -> None:
    try:
        tell.send(b"d")
    except OSError:
        pass  # full: it was told; closed: nobody waits


def _cancel(call: WaitCall, one: Pending) -> bool:
    """Ends a call that is under way. Returns whether it was."""
    if one.is_done:
        return False
    try:
        call.session.rig.cancel_call(one)
    except RigLostError:
        pass  # it ends with its connection
    return True


def _await(begun: List[Pending], told: Any) -> None:
    end = time.monotonic() + _CANCEL_SECONDS
    while not all(one.is_done for one in begun) and time.monotonic() < end:
        _poll_local({told.fileno(): _READ}, 1.0)
        _drain(told)


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
            waiting.register(descriptor, events & 0xFFFF)  # further bits are those of epoll
        return dict(waiting.poll(seconds * 1000))
    if not local:
        time.sleep(seconds)
        return {}
    wanted = [[one for one, events in local.items() if events & bit] for bit in (_READ, _WRITE, _PRIORITY)]
    ready: Dict[int, int] = {}
    found_each = _originals.select(wanted[0], wanted[1], wanted[2], seconds)
    for bit, found in zip((_READ, _WRITE, _PRIORITY), found_each):
        for one in found:
            ready[one] = ready.get(one, 0) | bit
    return ready
