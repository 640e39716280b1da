"""
Calls of JSON-RPC by POST, where a WebSocket does not pass.

Source: docs/json-rpc.md, docs/waiting.md
"""

from __future__ import annotations

import json
import threading
import weakref
from collections import deque
from typing import Any, Callable, Deque, Optional, Tuple

from ..errors import RigError, RigLostError
from .http import JSON, Answer, Ending, HttpConnections
from .pending import Params, Pending, error_of_answer

#: Operations whose client has gone for the daemon when it ends its sending side (docs/waiting.md).
_TAKING = ("accept", "enumNetworkEvents", "recv", "recvFrom", "recvMsg", "socket", "startup")


class HttpRpc:
    """
    Calls of JSON-RPC by POST, with the methods of `RpcConnection`.

    patience: seconds after which the daemon counts as lost for a call of `begin`.
    """

    def __init__(self, connections: HttpConnections, patience: float) -> None:
        self._connections = connections
        self._patience = patience
        self._discarded: Deque[Tuple[str, Params]] = deque()
        self._endings: "weakref.WeakKeyDictionary[Pending, Ending]" = weakref.WeakKeyDictionary()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed

    @property
    def is_inside(self) -> bool:
        """False: each call has a connection of its own, so that any number may be made by one thread at once."""
        return False

    def has(self, pending: Pending) -> bool:
        """Whether it is a call that was begun here."""
        return pending in self._endings

    def call(
        self,
        method: str,
        params: Params,
        patience: float,
        on_crossed: Optional[Callable[[Any], None]] = None,
        ending: Optional[Ending] = None,
    ) -> Any:
        """
        Makes a call and waits for its answer.

        on_crossed: takes the result if a signal handler has ended the wait and the call succeeded all the same.
        """
        try:
            while True:
                self._discard_one(patience)
        except IndexError:
            pass  # none is left
        return self._post(method, params, patience, ending, on_crossed)

    def begin(self, method: str, params: Params, on_done: Optional[Callable[[Pending], None]] = None) -> Pending:
        """Begins a call in a thread of its own."""
        pending = Pending(0, on_done)
        ending = self._endings[pending] = Ending(method in _TAKING)

        def run() -> None:
            try:
                pending.result = self.call(method, params, self._patience, None, ending)
            except OSError as error:
                pending.error = error
            except Exception as error:  # whoever waits for the call must hear of its end
                pending.error = RigLostError(f"the answer of the daemon was not understood: {error}")
            pending.is_done = True
            if pending.on_done is not None:
                pending.on_done(pending)

        threading.Thread(target=run, name="winsockd call", daemon=True).start()
        return pending

    def cancel(self, pending: Pending) -> None:
        """Ends a call of `begin` by the end of its connection. Its answer may be on the way already."""
        self._endings[pending].ask()

    def discard(self, method: str, params: Params) -> None:
        """Makes a call whose outcome nobody needs, before the next call. Never waits."""
        self._discarded.append((method, params))

    def close(self) -> None:
        """Ends the connections."""
        self._is_closed = True
        self._connections.close()

    def _discard_one(self, patience: float) -> None:
        method, params = self._discarded.popleft()
        try:
            self._post(method, params, patience)
        except RigError:
            pass  # it was refused, or had ended before: nobody needs to know

    def _post(
        self,
        method: str,
        params: Params,
        patience: float,
        ending: Optional[Ending] = None,
        on_crossed: Optional[Callable[[Any], None]] = None,
    ) -> Any:
        text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        cross = None if on_crossed is None else _result_taker(on_crossed)
        answer = self._connections.request("POST", "/v1/rpc", text.encode(), JSON, patience, ending, cross)
        found = json.loads(answer.body)
        if "error" in found:
            raise error_of_answer(found["error"])
        return found["result"]


def _result_taker(take: Callable[[Any], None]) -> Callable[[Answer], None]:
    def taken(answer: Answer) -> None:
        found = json.loads(answer.body)
        if "result" in found:
            take(found["result"])

    return taken
