"""
Requests over kept HTTP connections: raw bytes, the files that the daemon makes of journals, and calls where a
WebSocket does not pass.

Source: docs/http.md, docs/raw-bytes.md
"""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import ssl
import threading
import time
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Tuple, cast

from .. import _originals
from ..errors import RefusedError, RigLostError, error_of
from ..settings import Settings
from .opening import connect, problem_of
from .turns import LOOK_AGAIN_SECONDS

#: How many connections are kept while nobody uses them.
_KEPT = 8

#: How long the daemon may take to see that its client has gone away.
_CROSSING_SECONDS = 10.0

#: No wait is longer: systems count them in milliseconds of an int.
_LONGEST_SECONDS = 86_400.0

_READ_BYTES = 64 * 1024

#: Media types.
JSON = "application/json"
_BYTES = "application/octet-stream"


class Answer:
    """The answer to a request. body: all of it."""

    def __init__(self, status: int, fields: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.fields = fields
        self.body = body


class _Received(io.RawIOBase):
    """
    What has come on a connection, from its first byte on: what was read before, then what comes. So an answer whose
    reading a signal handler has ended can be read again.
    """

    def __init__(self, connection: socket.socket, taken: List[bytes]) -> None:
        super().__init__()
        self._connection = connection
        self._taken = taken
        self._at = (0, 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        place, offset = self._at
        if place == len(self._taken):
            self._wait()
            # One call of C takes the bytes and keeps them, so that no signal handler runs between the two.
            self._taken.extend(map(self._connection.recv, (len(buffer),)))
        piece = self._taken[place][offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at = (place + 1, 0) if offset + len(piece) == len(self._taken[place]) else (place, offset + len(piece))
        return len(piece)

    def _wait(self) -> None:
        """
        Waits for bytes, in short steps: a signal that comes just before a system call is heard after it only.
        """
        if isinstance(self._connection, ssl.SSLSocket) and self._connection.pending():
            return
        patience = self._connection.gettimeout() or 0.0
        deadline = time.monotonic() + patience
        waiter = _originals.ReadWaiter(self._connection)
        while not waiter.wait(min(patience, LOOK_AGAIN_SECONDS)):
            if time.monotonic() >= deadline:
                raise TimeoutError("the daemon does not answer")

    def buffered(self) -> io.BufferedReader:
        """What http.client reads the answer from."""
        return io.BufferedReader(self, _READ_BYTES)


class _Made(NamedTuple):
    """Stands for a socket whose file was made already."""

    file: io.BufferedReader

    def makefile(self, *_: str) -> io.BufferedReader:
        return self.file


class _Connection:
    """A kept connection to the daemon, for one request after another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sock: Optional[socket.socket] = None
        #: Whether a request was begun whose answer is not settled.
        self._is_asked = False
        #: What has come of that answer.
        self._taken: List[bytes] = []

    def open(self, patience: float) -> None:
        """Connects, if it is not connected, and sets how long it may wait for each step, in seconds."""
        if self.sock is None:
            self.sock = connect(self._settings, patience)
        self.sock.settimeout(patience)

    @property
    def is_fresh(self) -> bool:
        """Whether the daemon keeps this connection open, as far as is known here."""
        return self.sock is not None and not _originals.ReadWaiter(self.sock).wait(0)

    def send(self, method: str, path: str, body: "Optional[bytes | memoryview]", media_type: str) -> None:
        """Sends a request."""
        assert self.sock is not None
        self._is_asked = True
        fields = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._settings.host_field}",
            f"Authorization: Bearer {self._settings.token}",
            "Accept-Encoding: identity",
        ]
        if body is not None:
            fields += [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
        head = ("\r\n".join(fields) + "\r\n\r\n").encode("latin-1")
        if body is None or len(body) < _READ_BYTES:
            self.sock.sendall(head + bytes(body or b""))
        else:
            self.sock.sendall(head)
            self.sock.sendall(body)

    def read_answer(self) -> "Tuple[Answer, bool]":
        """The whole answer to the request, from its first byte on, and whether the connection goes on after it."""
        assert self.sock is not None
        # Closed here: a signal handler that raises in a finalizer is not heard.
        with _Received(self.sock, self._taken) as received, received.buffered() as reader:
            # It only calls `makefile`.
            response = http.client.HTTPResponse(cast(socket.socket, _Made(reader)))
            with response:
                response.begin()
                body = response.read()
                return Answer(response.status, dict(response.headers.items()), body), not response.will_close

    def crossed(self) -> "Optional[Answer]":
        """
        Goes away as a client that wants no answer any more. Returns the one that was already on its way: what
        the daemon has not answered it takes back. When this returns, the daemon knows that the client is gone.
        """
        if self.sock is None or not self._is_asked:
            return None
        try:
            _originals.Socket.shutdown(self.sock, socket.SHUT_WR)  # also with TLS the end of the connection only
            self.sock.settimeout(_CROSSING_SECONDS)
            answer, _ = self.read_answer()
            return answer
        except (OSError, http.client.HTTPException):
            return None

    def settle(self) -> None:
        """The answer is the program's: it does not cross any more."""
        self._taken = []
        self._is_asked = False

    def close(self) -> None:
        """Closes the connection."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None


class Ending:
    """
    How another thread ends a request, also before it has a connection and after its answer.

    takes: whether its call takes or makes something. Then the end of the sending side is the client's end for
        the daemon: what is taken goes back, or the answer is on its way and is read.
    """

    def __init__(self, takes: bool) -> None:
        self._how = socket.SHUT_WR if takes else socket.SHUT_RDWR
        self._mutex = threading.RLock()
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
        self._mutex = threading.RLock()
        self._is_closed = False
        self._process = os.getpid()

    def request(
        self,
        method: str,
        path: str,
        body: "Optional[bytes | memoryview]" = None,
        media_type: str = JSON,
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
        if self._is_closed:
            raise RigLostError("the rig is closed")
        patience = min(patience, _LONGEST_SECONDS)
        connection = self._take()
        try:
            connection.open(patience)
            if ending is not None:
                ending.begin(connection)
            connection.send(method, path, body, media_type)
            answer, goes_on = connection.read_answer()
            connection.settle()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise RigLostError(f"no answer of the daemon: {error or type(error).__name__}") from error
        except BaseException:
            crossed = None if on_crossed is None else connection.crossed()
            connection.close()
            if on_crossed is not None and crossed is not None and crossed.status < 400:
                on_crossed(crossed)
            raise
        if (ending is None or ending.finish()) and goes_on:
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
        if self._process != os.getpid():
            return  # they are the parent's, whose threads may have held the lock at the fork
        with self._mutex:
            self._is_closed = True
            kept, self._kept = self._kept, []
        for connection in kept:
            connection.close()

    def _take(self) -> _Connection:
        while True:
            with self._mutex:
                connection = self._kept.pop() if self._kept else None
            if connection is None:
                return _Connection(self._settings)
            if connection.is_fresh:
                return connection
            connection.close()

    def _keep(self, connection: _Connection) -> None:
        with self._mutex:
            if not self._is_closed and connection.sock is not None and len(self._kept) < _KEPT:
                self._kept.append(connection)
                return
        connection.close()


def _error_of(answer: Answer) -> OSError:
    problem = problem_of(answer.body)
    if problem is None:
        return RefusedError(
            {"type": "/problems/bad-request", "detail": f"an answer {answer.status} that is none of winsockd"}
        )
    return error_of(problem)
