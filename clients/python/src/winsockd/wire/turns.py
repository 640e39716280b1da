"""Which of the threads that wait for answers reads the connection."""

from __future__ import annotations

import threading
from typing import Dict, Optional, Set

from .pending import Pending

#: A thread that waits looks so often, in seconds, whether it has missed its turn: a signal handler that raises can
#: end a thread between any two steps.
LOOK_AGAIN_SECONDS = 1.0


class ReadingTurns:
    """
    One thread at a time reads. It gives the others their answers, and when it has its own, it passes the reading on.

    inside: the threads that are in a method of the connection now. A reader that is not among them has lost its
        turn by a signal handler that raised.
    """

    def __init__(self, inside: Set[int]) -> None:
        self._inside = inside
        #: For the reader and those that wait. A finalizer may come in between in the same thread.
        self._mutex = threading.RLock()
        self._reader: Optional[int] = None
        self._waiting: Dict[int, Pending] = {}

    def take(self) -> bool:
        """Begins to read, if nobody does. Returns whether this thread reads."""
        with self._mutex:
            if self._reader is None or self._reader not in self._inside:
                self._reader = threading.get_ident()
            return self.is_mine

    @property
    def is_mine(self) -> bool:
        """Whether this thread reads."""
        return self._reader == threading.get_ident()

    def take_or_wait(self, pending: Pending) -> bool:
        """As `take`; otherwise the call waits for its turn, or for its end: see `await_turn`."""
        with self._mutex:
            if self.take():
                return True
            pending.turn = threading.Lock()
            pending.turn.acquire()
            self._waiting[pending.id] = pending
            return False

    def await_turn(self, pending: Pending, seconds: float) -> None:
        """Waits until the call has ended, or its thread should read."""
        turn = pending.turn
        is_woken = False
        try:
            if turn is not None and not pending.is_done:
                is_woken = turn.acquire(timeout=max(0.0, min(seconds, LOOK_AGAIN_SECONDS)))
        finally:
            with self._mutex:
                has_waited = self._waiting.pop(pending.id, None) is not None
            if not is_woken and not has_waited:
                self.wake_one()  # this thread was chosen to read while it gave up

    def pass_on(self) -> bool:
        """Ends the reading of this thread. Returns whether another one goes on with it."""
        with self._mutex:
            if self.is_mine:
                self._reader = None
            return self.wake_one()

    def wake_one(self) -> bool:
        """Wakes one that waits, unless somebody reads. Returns whether somebody will."""
        with self._mutex:
            if self._reader is not None and self._reader in self._inside:
                return True
            for pending in list(self._waiting.values()):
                del self._waiting[pending.id]
                if pending.turn is not None and not pending.is_done:
                    pending.turn.release()
                    return True
            return False

    def end(self, pending: Pending) -> None:
        """The call has ended: its thread need not wait any more."""
        with self._mutex:
            is_waiting = self._waiting.pop(pending.id, None) is not None
            if is_waiting and pending.turn is not None:
                pending.turn.release()
