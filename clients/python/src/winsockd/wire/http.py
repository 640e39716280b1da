"""
Requests over kept HTTP connections: calls of JSON-RPC where a WebSocket does not pass, raw bytes, and the files
that the daemon makes of journals.

Source: docs/http.md, docs/raw-bytes.md
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import weakref
from collections import deque
from typing import Any, Callable, Deque, List, Mapping, Optional, Tuple

from .. import _originals
from ..errors import RefusedError, RigError, RigLostError, error_of
from ..settings import Settings
from .rpc import Params, Pending, error_of_answer
from .websocket import connect, problem_of

#: How many connections are kept while nobody uses them.
_KEPT = 8

#: How long the daemon may take to see that its client has gone away.
_CROSSING_SECONDS = 10.0

#: Operations whose client has gone for the daemon when it ends its sending side (docs/waiting.md).
_TAKING = ("accept", "enumNetworkEvents", "recv", "recvFrom", "recvMsg", "socket", "startup")

_JSON = "application/json"
_BYTES = "application/octet-stream"


class _Connection(http.client.HTTPConnection):
    """An HTTP connection whose socket is one of this machine, also while `patch` is in force."""

    def __init__(self, settings: Settings, timeout: float) -> None:
        host, port = settings.address
        super().__init__(host, port, timeout=timeout)
        self._settings = settings

    def connect(self) -> None:
        self.sock: Optional[socket.socket] = connect(self._settings, self.timeout or 20.0)

    @property
    def is_fresh(self) -> bool:
        """Whether the daemon keeps this connection open, as far as is known here."""
        return self.sock is not None and not _originals.ReadWaiter(self.sock).wait(0)

    def wait(self, seconds: float) -> None:
        """Waits for the first bytes of an answer. A signal handler that ends the wait takes none of them."""
        if self.sock is not None and not _originals.ReadWaiter(self.sock).wait(seconds):
            raise TimeoutError("the daemon does not answer")

    def read_answer(self) -> "Answer":
        """The whole answer to a request."""
        response = self.getresponse()
        return Answer(response.status, dict(response.headers.items()), response.read())

    def crossed(self) -> "Optional[Answer]":
        """
        Goes away as a client that wants no answer any more. Returns the one that was already on its way: what
        the daemon has not answered it takes back.
        """
        if self.sock is None:
            return None
        try:
            _originals.Socket.shutdown(self.sock, socket.SHUT_WR)  # also with TLS the end of the connection only
            self.sock.settimeout(_CROSSING_SECONDS)
            return self.read_answer()
        except (OSError, http.client.HTTPException):
            return None


class Answer:
    """The answer to a request. body: all of it."""

    def __init__(self, status: int, fields: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.fields = fields
        self.body = body


class Ending:
    """
    How another thread ends a request, also before it has a connection and after its answer.

    takes: whether its call takes or makes something. Then the end of the sending side is the client's end for
        the daemon: what is taken goes back, or the answer is on its way and is read.
    """

    def __init__(self, takes: bool) -> None:
        self._how = socket.SHUT_WR if takes else socket.SHUT_RDWR
        self._mutex = threading.Lock()
        self._is_asked = False
        self._connection: Optional[_Connection] = None

    def ask(self) -> None:
        """Ends the request."""
        with self._mutex:
            self._is_asked = True
            self._shut()

    def begin(self, connection: _Connection) -> None:
        """The request begins, on an open connection."""
        with self._mutex:
            self._connection = connection
            if self._is_asked:
                self._shut()

    def finish(self) -> bool:
        """The answer is read. Returns whether the connection was left alone, as it is from now on."""
        with self._mutex:
            self._connection = None
            return not self._is_asked

    def _shut(self) -> None:
        if self._connection is not None and self._connection.sock is not None:
            try:
                self._connection.sock.shutdown(self._how)
            except OSError:
                pass  # it has ended already


class HttpConnections:
    """A few kept connections to the daemon. Each request takes one for itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: List[_Connection] = []
        self._mutex = threading.Lock()
        self._is_closed = False
        self._process = os.getpid()

    def request(
        self,
        method: str,
        path: str,
        body: "Optional[bytes | memoryview]" = None,
        media_type: str = _JSON,
        patience: float = 60.0,
        ending: Optional[Ending] = None,
        on_crossed: Optional[Callable[[Answer], None]] = None,
    ) -> Answer:
        """
        Sends a request and reads its answer. If a signal handler ends the wait, the connection ends, by which the
        daemon takes back what it has not delivered.

        patience: seconds in which the daemon must send something.
        ending: lets another thread end the request.
        on_crossed: takes an answer without a problem that was on its way when a signal handler ended the wait.

        Raises RigLostError if there is no answer, RigError for a problem document.
        """
        if self._process != os.getpid():
            raise RigLostError("this rig belongs to the parent process: make a Rig in this one")
        connection = self._take(patience)
        try:
            if connection.sock is None:
                connection.connect()
            if ending is not None:
                ending.begin(connection)
            fields = {"Authorization": f"Bearer {self._settings.token}", "Host": self._settings.host_field}
            if body is not None:
                fields["Content-Type"] = media_type
            connection.request(method, path, body, fields)
            connection.wait(patience)
            answer = connection.read_answer()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise RigLostError(f"no answer of the daemon: {error or type(error).__name__}") from error
        except BaseException:
            crossed = None if on_crossed is None else connection.crossed()
            connection.close()
            if on_crossed is not None and crossed is not None and crossed.status < 400:
                on_crossed(crossed)
            raise
        if ending is None or ending.finish():
            self._keep(connection)
        else:
            connection.close()
        if answer.status >= 400:
            raise _error_of(answer)
        return answer

    def send_bytes(self, socket_id: str, data: memoryview, timeout_ms: Optional[int], patience: float) -> int:
        """Sends all bytes (`sendBytes`). A problem has how many were sent, as `bytesSent`."""
        query = "" if timeout_ms is None else f"?timeoutMs={timeout_ms}"
        path = f"/v1/sockets/{socket_id}/sendBytes{query}"
        return int(json.loads(self.request("POST", path, data, _BYTES, patience).body)["bytesSent"])

    def recv_bytes(
        self,
        socket_id: str,
        max_bytes: int,
        timeout_ms: Optional[int],
        patience: float,
        on_crossed: Callable[[bytes], None],
    ) -> bytes:
        """One receive (`recvBytes`). on_crossed: takes its bytes if a signal handler ended the wait."""
        query = "" if timeout_ms is None else f"&timeoutMs={timeout_ms}"
        path = f"/v1/sockets/{socket_id}/recvBytes?maxBytes={max_bytes}{query}"
        return self.request("POST", path, None, _BYTES, patience, None, lambda it: on_crossed(it.body)).body

    def close(self) -> None:
        """Closes the connections that are not in use; the others close at the end of their request."""
        with self._mutex:
            self._is_closed = True
            kept, self._kept = self._kept, []
        for connection in kept:
            connection.close()

    def _take(self, patience: float) -> _Connection:
        while True:
            with self._mutex:
                connection = self._kept.pop() if self._kept else None
            if connection is None:
                return _Connection(self._settings, patience)
            if connection.is_fresh and connection.sock is not None:
                connection.sock.settimeout(patience)
                return connection
            connection.close()

    def _keep(self, connection: _Connection) -> None:
        with self._mutex:
            if not self._is_closed and connection.sock is not None and len(self._kept) < _KEPT:
                self._kept.append(connection)
                return
        connection.close()


class HttpRpc:
    """Calls of JSON-RPC by POST, with the methods of `RpcConnection`."""

    def __init__(self, connections: HttpConnections) -> None:
        self._connections = connections
        self._discarded: Deque[Tuple[str, Params]] = deque()
        self._endings: "weakref.WeakKeyDictionary[Pending, Ending]" = weakref.WeakKeyDictionary()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed

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
        while self._discarded:
            try:
                self._post(*self._discarded.popleft(), patience)
            except RigError:
                pass  # it was refused, or had ended before: nobody needs to know
        return self._post(method, params, patience, ending, on_crossed)

    def begin(
        self, method: str, params: Params, on_done: Optional[Callable[[Pending], None]] = None
    ) -> Pending:
        """Begins a call in a thread of its own."""
        pending = Pending(0, on_done)
        ending = self._endings[pending] = Ending(method in _TAKING)

        def run() -> None:
            try:
                pending.result = self.call(method, params, 60.0, None, ending)
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
        answer = self._connections.request("POST", "/v1/rpc", text.encode(), _JSON, patience, ending, cross)
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


def _error_of(answer: Answer) -> OSError:
    problem = problem_of(answer.body)
    if problem is None:
        return RefusedError({"type": "/problems/bad-request", "detail": f"the daemon answered {answer.status}"})
    return error_of(problem)
