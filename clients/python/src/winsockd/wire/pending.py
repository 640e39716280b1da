"""Calls that are under way, and the errors of their answers."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Mapping, Optional

from ..errors import RigError, error_of

Params = Mapping[str, Any]


class Pending:
    """A call that is under way."""

    __slots__ = ("id", "length", "is_done", "result", "error", "turn", "on_done", "written", "__weakref__")

    def __init__(self, number: int, on_done: Optional[Callable[["Pending"], None]]) -> None:
        self.id = number
        #: Of its message, in characters.
        self.length = 0
        self.is_done = False
        self.result: Any = None
        self.error: Optional[OSError] = None
        #: Free when the call is done, or when its thread should read.
        self.turn: Optional[threading.Lock] = None
        self.on_done = on_done
        #: The counts of bytes of its message that were sent. Empty: the daemon knows nothing of it.
        self.written: List[int] = []

    def outcome(self) -> Any:
        """The result; raises the error, which is given out once."""
        error, self.error = self.error, None
        if error is None:
            return self.result
        try:
            raise error
        finally:
            del error  # or its traceback and this frame would keep each other alive


def error_of_answer(error: Mapping[str, Any]) -> RigError:
    """The exception for the error of a JSON-RPC answer."""
    problem = error.get("data")
    if isinstance(problem, dict):
        return error_of(problem)
    return error_of({"type": "/problems/invalid-request", "detail": str(error.get("message"))})
