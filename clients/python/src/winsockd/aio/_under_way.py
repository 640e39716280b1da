"""A call of the daemon as an event loop sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

from ..errors import RefusedError, RigLostError, WinsockError

if TYPE_CHECKING:
    from ..rig import Rig
    from ..wire.pending import Pending

#: WSA_OPERATION_ABORTED: what a cancelled call ends with.
_ABORTED = 995


class UnderWay:
    """
    A call, begun by its construction in a running loop.

    future: gets the result, or the error. Nothing but the answer of the daemon ends it.
    """

    def __init__(self, rig: "Rig", operation: str, params: Mapping[str, Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._rig = rig
        self._pending: Optional["Pending"] = None
        self.is_cancelled = False
        self.future: "asyncio.Future[Any]" = self._loop.create_future()
        try:
            self._pending = rig.begin_call(operation, params, self._done)
        except OSError as error:
            if not self.future.done():
                self.future.set_exception(error)

    def then(self, on_end: "Callable[[UnderWay], None]") -> "UnderWay":
        """on_end: is called by the loop when the call has ended. Returns the call."""

        def ended(future: "asyncio.Future[Any]") -> None:
            future.exception()  # asyncio reports what nobody has looked at
            on_end(self)

        self.future.add_done_callback(ended)
        return self

    @property
    def error(self) -> Optional[OSError]:
        """The error of a call that has ended; None if it succeeded."""
        error = self.future.exception()
        assert error is None or isinstance(error, OSError)
        return error

    @property
    def result(self) -> Any:
        """The result of a call that has succeeded."""
        return self.future.result()

    @property
    def has_met_wait_limit(self) -> bool:
        """Whether the daemon ended the wait at its own limit. It took nothing: the call can be repeated."""
        return isinstance(self.error, RefusedError) and self.error.name == "wait-limit"

    @property
    def was_ended_by_cancel(self) -> bool:
        """Whether it has ended without a result because of `cancel`, which over HTTP cuts its connection."""
        error = self.error
        is_end = isinstance(error, RigLostError) or isinstance(error, WinsockError) and error.code == _ABORTED
        return self.is_cancelled and is_end

    def cancel(self) -> None:
        """Asks the daemon to end the call. It may succeed all the same: then it has a result."""
        if self.is_cancelled or self.future.done() or self._pending is None:
            return
        self.is_cancelled = True
        try:
            self._rig.cancel_call(self._pending)
        except RigLostError:
            pass  # the call ends with the connection

    def _done(self, pending: "Pending") -> None:
        try:
            self._loop.call_soon_threadsafe(self._end, pending)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def _end(self, pending: "Pending") -> None:
        if self.future.done():
            return  # the connection was lost while the call was sent, which both have said
        if pending.error is None:
            self.future.set_result(pending.result)
        else:
            self.future.set_exception(pending.error)
