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
from typing import Any, Callable, Deque, Dict, Optional

from .. import _originals
from ..errors import RigLostError
from ..settings import Settings
from .pending import Params, Pending, error_of_answer
from .websocket import WebSocket

#: How often the connection's own thread looks whether something came, in seconds. The daemon cuts off a client
#: that answers no ping for 60.
_LOOK_SECONDS = 5.0

#: How long the answer to a call may take that was cancelled.
_CANCEL_SECONDS = 10.0

#: With other characters than ASCII as they are: one that UTF-8 does not have fails here.
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_decode = json.JSONDecoder().decode


class RpcConnection:
    """A kept WebSocket to `GET /v1/rpc`. What was begun with `endWithConnection` ends with it."""

    def __init__(self, settings: Settings) -> None:
        self._websocket = WebSocket.open(settings, "/v1/rpc")
        self._ids = itertools.count(1)
        self._pending: Dict[int, Pending] = {}
        #: Guards the three below it.
        self._mutex = threading.Lock()
        self._is_read = False
        self._waiting: Dict[int, Pending] = {}
        self._in_background = 0
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
        pending = self.begin(method, params)
        try:
            self._wait(pending, time.monotonic() + patience)
        except (Exception, KeyboardInterrupt):
            self._abandon(pending, on_crossed)
            raise
        return pending.outcome()

    def begin(self, method: str, params: Params, on_done: Optional[Callable[[Pending], None]] = None) -> Pending:
        """
        Begins a call. on_done: is called with it when it has ended, by a thread of this module.
        """
        if self._lost is not None:
            raise RigLostError(*self._lost.args)
        pending = Pending(next(self._ids), on_done, method == "batch")
        text = f'{{"jsonrpc":"2.0","id":{pending.id},"method":"{method}","params":{_encode(params)}}}'
        self._pending[pending.id] = pending
        if on_done is not None:
            with self._mutex:
                self._in_background += 1
        try:
            self._websocket.send(text, self._read_meanwhile)
        except BaseException:
            self._forget(pending)
            raise
        if on_done is not None:
            self._wake()
        return pending

    def cancel(self, pending: Pending) -> None:
        """Asks the daemon to end a call. It answers WSA_OPERATION_ABORTED, unless it had ended before."""
        self._websocket.send(
            f'{{"jsonrpc":"2.0","method":"rpc.cancel","params":{{"id":{pending.id}}}}}', self._read_meanwhile
        )

    def discard(self, method: str, params: Params) -> None:
        """Makes a call whose outcome nobody needs, later and by another thread. Never waits."""
        number = next(self._ids)  # without an id the journal would call it undelivered
        self._discarded.append(f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{_encode(params)}}}')
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
        self._mutex = threading.Lock()
        self._pending, self._waiting = {}, {}
        self._lost = RigLostError("this rig belongs to the parent process: make a Rig in this one")
        self._websocket.abandon()
        self._wake_in.close()
        self._wake_out.close()

    def _wait(self, pending: Pending, deadline: float) -> None:
        while True:
            with self._mutex:
                if pending.is_done:
                    return
                reads = not self._is_read
                if reads:
                    self._is_read = True
                else:
                    pending.turn = threading.Lock()
                    pending.turn.acquire()
                    self._waiting[pending.id] = pending
            if reads:
                try:
                    self._read_until(pending, deadline)
                finally:
                    self._pass_on()
            else:
                self._await_turn(pending, pending.turn, deadline)

    def _await_turn(self, pending: Pending, turn: "Optional[threading.Lock]", deadline: float) -> None:
        assert turn is not None
        is_woken = False
        try:
            is_woken = turn.acquire(timeout=max(0.0, deadline - time.monotonic()))
        finally:
            with self._mutex:
                has_waited = self._waiting.pop(pending.id, None) is not None
            if not is_woken and not has_waited:
                self._wake_one()  # this thread was chosen to read while it gave up
        if not is_woken and not pending.is_done:
            raise self._too_late()

    def _read_until(self, pending: Pending, deadline: float) -> None:
        while not pending.is_done:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._too_late()
            self._websocket.wait(left)
            self._read()

    def _pass_on(self) -> None:
        """Ends the reading of this thread; another one that waits goes on with it."""
        with self._mutex:
            self._is_read = False
        self._wake_one()

    def _wake_one(self) -> None:
        with self._mutex:
            if self._is_read:
                return
            for pending in self._waiting.values():
                if pending.turn is not None and not pending.is_done:
                    del self._waiting[pending.id]
                    pending.turn.release()
                    return
            is_needed = self._in_background > 0
        if is_needed:
            self._wake()

    def _read_meanwhile(self) -> bool:
        """Reads once if nobody does, while a message cannot be sent: the daemon may wait for that."""
        with self._mutex:
            if self._is_read:
                return False
            self._is_read = True
        try:
            self._websocket.wait(0.1)
            self._read()
        finally:
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
        answer = _decode(message.decode())
        error = answer.get("error")
        pending = self._pending.get(answer.get("id")) or (self._unread() if error is not None else None)
        if pending is None:
            return
        if error is None:
            pending.result = answer.get("result")
        else:
            pending.error = error_of_answer(error)
        self._finish(pending)

    def _unread(self) -> Optional[Pending]:
        """
        The call of an error without an id: its message was not read, because it had too many values. Only a batch
        can have so many.
        """
        return next((one for one in self._pending.values() if one.is_batch), None)

    def _finish(self, pending: Pending) -> None:
        pending.is_done = True
        self._forget(pending)
        with self._mutex:
            is_waiting = self._waiting.pop(pending.id, None) is not None
        if is_waiting and pending.turn is not None:
            pending.turn.release()
        if pending.on_done is not None:
            pending.on_done(pending)

    def _forget(self, pending: Pending) -> None:
        if self._pending.pop(pending.id, None) is not None and pending.on_done is not None:
            with self._mutex:
                self._in_background -= 1

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
        if not pending.is_done and self._lost is None:
            try:
                self.cancel(pending)
                self._wait(pending, time.monotonic() + _CANCEL_SECONDS)
            except RigLostError:
                return
        if pending.error is None and pending.is_done and on_crossed is not None:
            on_crossed(pending.result)

    def _keep(self) -> None:
        here = _originals.ReadWaiter(self._wake_in)
        everywhere = self._websocket.waiter_with(self._wake_in)
        while not self.is_closed:
            if self._begin_reading():
                try:
                    self._read()
                    while self._in_background and not self._discarded and not self.is_closed:
                        everywhere.wait(_LOOK_SECONDS)
                        self._drain_wakes()
                        self._read()
                finally:
                    self._pass_on()
            if not self._discarded and not self.is_closed:
                here.wait(_LOOK_SECONDS)
            self._drain_wakes()
            self._send_discarded()
        self._wake_in.close()

    def _begin_reading(self) -> bool:
        with self._mutex:
            if self._is_read:
                return False
            self._is_read = True
            return True

    def _drain_wakes(self) -> None:
        try:
            while self._wake_in.recv(4096):
                pass
        except OSError:
            pass

    def _send_discarded(self) -> None:
        try:
            while self._discarded:
                self._websocket.send(self._discarded.popleft(), self._read_meanwhile)
        except RigLostError as error:
            self._fail_all(error)

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"w")
        except OSError:
            pass  # full: it is awake; closed: there is nothing to do


#: The open connections of this process.
_OPEN: "weakref.WeakSet[RpcConnection]" = weakref.WeakSet()


def _after_fork() -> None:
    for connection in list(_OPEN):
        connection.abandon_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
