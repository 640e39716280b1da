"""
Calls of JSON-RPC over one kept WebSocket. Any number of threads make calls at once.

The thread that waits for an answer reads the WebSocket itself, since handing answers from thread to thread
costs more than the call. One thread reads at a time; it gives the others their answers, and when it has its
own it passes the reading on to one of those that still wait. While nobody waits, a thread of the connection
reads what comes, which is where pings are answered.

Source: https://www.jsonrpc.org/specification, docs/json-rpc.md
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional, Set

from .. import _originals
from ..errors import RigLostError
from ..settings import Settings
from .pending import Params, Pending, error_of_answer
from .turns import LOOK_AGAIN_SECONDS, ReadingTurns
from .websocket import WebSocket

#: How often the connection's own thread looks whether something came, in seconds. The daemon cuts off a client
#: that answers no ping for 60.
_LOOK_SECONDS = 5.0

#: How long the answer to a call may take that was cancelled.
_CANCEL_SECONDS = 10.0

#: With other characters than ASCII as they are: one that UTF-8 does not have fails here, as do NaN and infinity,
#: which JSON does not have.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_decode = json.JSONDecoder().decode


class RpcConnection:
    """A kept WebSocket to `GET /v1/rpc`. What was begun with `endWithConnection` ends with it."""

    def __init__(self, settings: Settings) -> None:
        self._websocket = WebSocket.open(settings, "/v1/rpc")
        self._ids = itertools.count(1)
        self._pending: Dict[int, Pending] = {}
        #: The threads that are in a method of this object.
        self._inside: Set[int] = set()
        self._turns = ReadingTurns(self._inside)
        #: Requests without an answer, of objects that were forgotten: a finalizer must not wait for a lock.
        self._discarded: Deque[str] = deque()
        self._wake_in, self._wake_out = _originals.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._is_closed = False
        self._lost: Optional[RigLostError] = None
        _OPEN.add(self)
        self._keeper = threading.Thread(target=self._keep, name="winsockd", daemon=True)
        self._keeper.start()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, or has been lost."""
        return self._is_closed or self._lost is not None

    @property
    def is_inside(self) -> bool:
        """
        Whether this thread is in a call of this connection already, so that it must not begin another one: a signal
        handler or a finalizer has come in between.
        """
        return threading.get_ident() in self._inside

    def call(
        self,
        method: str,
        params: Params,
        patience: float,
        on_crossed: Optional[Callable[[Any], None]] = None,
    ) -> Any:
        """
        Makes a call and waits for its answer.

        patience: seconds after which a daemon without an answer counts as lost.
        on_crossed: takes the result if a signal handler has ended the wait and the call succeeded all the same.

        Returns the result. Raises RigError, RigLostError.
        """
        pending = self._new(None)
        text = _request(pending, method, params)
        me = threading.get_ident()
        try:
            self._inside.add(me)
            self._send(pending, text)
            self._wait(pending, time.monotonic() + patience)
        except RigLostError:
            self._pending.pop(pending.id, None)
            raise
        except BaseException:
            self._abandon(pending, on_crossed)
            raise
        finally:
            self._inside.discard(me)
        return pending.outcome()

    def begin(self, method: str, params: Params, on_done: Callable[[Pending], None]) -> Pending:
        """
        Begins a call. on_done: is called with it when it has ended, by a thread of this module.
        """
        pending = self._new(on_done)
        text = _request(pending, method, params)
        me = threading.get_ident()
        try:
            self._inside.add(me)
            self._send(pending, text)
        except BaseException:
            self._pending.pop(pending.id, None)
            if pending.written:
                self._discarded.append(_cancellation(pending))
            raise
        finally:
            self._inside.discard(me)
        self._wake()
        return pending

    def cancel(self, pending: Pending) -> None:
        """Asks the daemon to end a call. It answers WSA_OPERATION_ABORTED, unless it had ended before."""
        me = threading.get_ident()
        try:
            self._inside.add(me)
            self._websocket.send(_cancellation(pending), self._read_meanwhile, [])
        finally:
            self._inside.discard(me)

    def discard(self, method: str, params: Params) -> None:
        """Makes a call whose outcome nobody needs, later and by another thread. Never waits."""
        # With an id, or the journal would call it undelivered.
        self._discarded.append(_request(Pending(next(self._ids), None), method, params))
        self._wake()

    def close(self) -> None:
        """Closes the connection. Calls that wait end with RigLostError."""
        if self._is_closed:
            return
        self._is_closed = True
        self._websocket.close()
        self._fail_all(RigLostError("the connection to the daemon is closed"))
        self._wake()
        if threading.current_thread() is not self._keeper:
            self._keeper.join(_LOOK_SECONDS)
            self._wake_out.close()

    def abandon_after_fork(self) -> None:
        """In a child process: gives the connection up without a word to the daemon."""
        self._is_closed = True
        self._inside = set()
        self._turns = ReadingTurns(self._inside)
        self._pending = {}
        self._lost = RigLostError("this rig belongs to the parent process: make a Rig in this one")
        self._websocket.abandon()
        self._wake_in.close()
        self._wake_out.close()

    def _new(self, on_done: Optional[Callable[[Pending], None]]) -> Pending:
        if self._lost is not None:
            raise RigLostError(*self._lost.args)
        return Pending(next(self._ids), on_done)

    def _send(self, pending: Pending, text: str) -> None:
        pending.length = len(text)
        self._pending[pending.id] = pending
        self._websocket.send(text, self._read_meanwhile, pending.written)

    def _wait(self, pending: Pending, deadline: float) -> None:
        while not pending.is_done:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._too_late()
            try:
                if self._turns.take_or_wait(pending):
                    self._read_until(pending, deadline)
                else:
                    self._turns.await_turn(pending, left)
            finally:
                if self._turns.is_mine:
                    self._pass_on()

    def _read_until(self, pending: Pending, deadline: float) -> None:
        while not pending.is_done:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._websocket.wait(min(left, LOOK_AGAIN_SECONDS))
            self._read()

    def _pass_on(self) -> None:
        if not self._turns.pass_on() and self._has_background():
            self._wake()

    def _has_background(self) -> bool:
        """Whether calls are under way for which no thread waits here."""
        return any(one.on_done is not None for one in list(self._pending.values()))

    def _read_meanwhile(self) -> bool:
        """Reads once if nobody does, while a message cannot be sent: the daemon may wait for that."""
        if self._turns.is_mine:
            self._websocket.wait(0.1)
            self._read()
            return True
        try:
            if not self._turns.take():
                return False
            self._websocket.wait(0.1)
            self._read()
        finally:
            if self._turns.is_mine:
                self._pass_on()
        return True

    def _read(self) -> None:
        try:
            messages = self._websocket.receive()
            while messages:
                self._take(messages[0])
                messages.popleft()
        except RigLostError as error:
            self._fail_all(error)

    def _take(self, message: bytes) -> None:
        try:
            answer = _decode(message.decode())
            number, error = answer.get("id"), answer.get("error")
        except (ValueError, AttributeError):
            self._websocket.lose("the daemon sent a message that is no answer")
            raise RigLostError("the daemon sent a message that is no answer") from None
        pending = self._unread() if number is None and error is not None else self._pending.get(number)
        if pending is None:
            return  # it was seen before, or nobody wants it
        if error is None:
            pending.result = answer.get("result")
        else:
            pending.error = error_of_answer(error)
        self._finish(pending)

    def _unread(self) -> Optional[Pending]:
        """
        The call of an error without an id: the daemon could not read its message, such as one with too many values.
        That is the longest, since a send or a receive has few.
        """
        return max(list(self._pending.values()), key=lambda one: one.length, default=None)

    def _finish(self, pending: Pending) -> None:
        pending.is_done = True
        self._turns.end(pending)
        if self._pending.pop(pending.id, None) is not None and pending.on_done is not None:
            pending.on_done(pending)

    def _fail_all(self, error: RigLostError) -> None:
        if self._lost is None:
            self._lost = error
        for pending in list(self._pending.values()):
            pending.error = RigLostError(*error.args)
            self._finish(pending)

    def _too_late(self) -> RigLostError:
        error = RigLostError("the daemon does not answer")
        self._websocket.close()
        self._fail_all(error)
        return error

    def _abandon(self, pending: Pending, on_crossed: Optional[Callable[[Any], None]]) -> None:
        """Ends a call whose wait was ended by a signal handler. What it took all the same is kept."""
        if not pending.written:
            self._pending.pop(pending.id, None)  # it was not sent
            return
        try:
            if not pending.is_done:
                self._websocket.send(_cancellation(pending), self._read_meanwhile, [])
            self._wait(pending, time.monotonic() + _CANCEL_SECONDS)
        except RigLostError:
            return
        if pending.error is None and on_crossed is not None:
            on_crossed(pending.result)

    def _keep(self) -> None:
        """Reads while nobody else does, so that pings are answered, and sends what was discarded."""
        self._inside.add(threading.get_ident())
        here = _originals.ReadWaiter(self._wake_in)
        everywhere = self._websocket.waiter_with(self._wake_in)
        while not self.is_closed:
            if self._turns.take():
                try:
                    self._read()
                    while self._has_background() and not self._discarded and not self.is_closed:
                        everywhere.wait(LOOK_AGAIN_SECONDS)
                        self._drain_wakes()
                        self._read()
                finally:
                    self._turns.pass_on()
            if not self._discarded and not self.is_closed:
                here.wait(_LOOK_SECONDS)
            self._drain_wakes()
            self._send_discarded()
        self._wake_in.close()

    def _drain_wakes(self) -> None:
        try:
            while self._wake_in.recv(4096):
                pass
        except OSError:
            pass

    def _send_discarded(self) -> None:
        try:
            while self._discarded:
                self._websocket.send(self._discarded.popleft(), self._read_meanwhile, [])
        except RigLostError as error:
            self._fail_all(error)

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"w")
        except OSError:
            pass  # full: it is awake; closed: there is nothing to do


def _request(pending: Pending, method: str, params: Params) -> str:
    return f'{{"jsonrpc":"2.0","id":{pending.id},"method":{_encode(method)},"params":{_encode(params)}}}'


def _cancellation(pending: Pending) -> str:
    return f'{{"jsonrpc":"2.0","method":"rpc.cancel","params":{{"id":{pending.id}}}}}'


#: The open connections of this process.
_OPEN: "weakref.WeakSet[RpcConnection]" = weakref.WeakSet()


def _after_fork() -> None:
    for connection in list(_OPEN):
        connection.abandon_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
