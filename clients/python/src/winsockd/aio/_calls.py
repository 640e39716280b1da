"""Calls of the daemon for programs that need more than streams. Over HTTP each is a thread while it is under way."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, Mapping, Optional, Tuple, Union

from ..batch import Batch
from ..rig import Rig
from ..session import Session
from ..socket._handle import Handle
from ..socket._rig_socket import socket as RigSocket
from ._kept import keeper, taken_of_kept
from ._under_way import UnderWay

#: How long a cancelled task waits for the answer to its call, in seconds.
_CANCEL_SECONDS = 10.0

OnCrossed = Callable[[Any], None]
Target = Union[Rig, Session, RigSocket]


async def call(target: Target, operation: str, /, *, on_crossed: Optional[OnCrossed] = None, **params: Any) -> Any:
    """
    Makes one call of the daemon, by the names of docs/operations.md.

    target: a rig; a session or socket, whose id is then a parameter.
    params: of the operation. None leaves one out. Sessions and sockets may stand in place of their ids.
        Without `timeoutMs` the daemon's own limit of a wait does not show: the call is repeated.
    on_crossed: takes the result if the task is cancelled and the call succeeds all the same.

    When its task is cancelled, the call is cancelled at the daemon. The task ends when that has answered,
    after 10 seconds at the latest. Bytes of `recv` and connections of `accept` that came all the same are
    kept for the next call on the same socket object, unless `on_crossed` takes them. So wait for a cancelled
    task before the next read of its socket. What other operations made, such as a socket, only `on_crossed`
    knows.

    Returns the result. Raises WinsockError, RefusedError, RigLostError.
    """
    rig, wire, handle = _request(target, params)
    if handle is not None:
        kept = taken_of_kept(handle, operation, wire)
        if kept is not None:
            return kept
        on_crossed = on_crossed or keeper(handle, operation, wire)
    while True:
        under_way = UnderWay(rig, operation, wire)
        await _ended(under_way, on_crossed)
        if "timeoutMs" in wire or not under_way.has_met_wait_limit:
            return under_way.result


async def run_batch(batch: Batch, check: bool = True) -> Batch:
    """
    Makes the calls of a batch, as `Batch.run` does.

    check: raises the error of the first step that failed.

    If the task is cancelled, the batch is, and its steps have what they did until then.
    """
    under_way = UnderWay(batch.rig, "batch", batch.request())
    await _ended(under_way, lambda answer: batch.take(answer, False))
    batch.take(under_way.result, check)
    return batch


def _request(target: Target, params: Mapping[str, Any]) -> Tuple[Rig, Dict[str, Any], Optional[Handle]]:
    wire = {name: getattr(value, "winsockd_id", value) for name, value in params.items() if value is not None}
    if isinstance(target, Rig):
        return target, wire, None
    if isinstance(target, Session):
        wire["sessionId"] = target.id
        return target.rig, wire, None
    handle = target.handle
    wire["socketId"] = handle.id
    return handle.session.rig, wire, handle


async def _ended(under_way: UnderWay, on_crossed: Optional[OnCrossed]) -> None:
    """Waits for the end of a call. If the task is cancelled, ends the call and gives what it took away."""
    try:
        await asyncio.wait({under_way.future})
    except asyncio.CancelledError:
        under_way.cancel()
        await _answered(under_way.future)
        if under_way.future.done():
            _give(under_way, on_crossed)
        else:
            under_way.then(lambda late: _give(late, on_crossed))
        raise


async def _answered(future: "asyncio.Future[Any]") -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _CANCEL_SECONDS
    while not future.done() and loop.time() < deadline:
        try:
            await asyncio.wait({future}, timeout=deadline - loop.time())
        except asyncio.CancelledError:
            pass  # once more: it ends already


def _give(ended: UnderWay, on_crossed: Optional[OnCrossed]) -> None:
    if ended.error is None and on_crossed is not None:
        on_crossed(ended.result)
