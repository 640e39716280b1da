"""A daemon, as a client has it: its sessions, batches and calls."""

from __future__ import annotations

import json
import os
import threading
import weakref
from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from . import settings as _settings
from .batch import Batch
from .errors import RigError, RigLostError, error_of
from .session import Session, SocketMaker
from .wire.http import HttpConnections
from .wire.http_rpc import HttpRpc
from .wire.opening import OPENING_SECONDS, OpeningRefusedError, problem_of
from .wire.pending import Pending
from .wire.rpc import RpcConnection

#: Seconds beyond the longest wait of the daemon after which an answer counts as lost.
_GRACE_SECONDS = 30.0

#: Renewals of a session's lease over HTTP, in one lease.
_RENEWALS = 3

Wire = Union[RpcConnection, HttpRpc]


class Rig(SocketMaker):
    """
    A daemon of winsockd.

    url, token, cafile: where it is, and the token for it; each is otherwise taken from `WINSOCKD_URL`,
        `WINSOCKD_TOKEN` and `WINSOCKD_CAFILE`, the token at last from the token file of this machine.
    insecure: allows a URL without TLS to another machine.
    transport: `websocket`, `http`, or `auto`: HTTP where a WebSocket does not pass.
    provider: of the sockets that are opened without one: `ws2_32`, `posix` or `lab`. None: the daemon's default.

    A rig is also a context manager: at its end its sessions end, and with them their sockets. A rig that opened
    a WebSocket ends them also when its process dies; over HTTP their lease ends them.

    The methods for sockets, such as `create_connection`, use `session`, which begins at the first need.

    Raises ValueError, LookupError: see `settings.settings`. RefusedError, OSError: the daemon refuses the
    client, or is not there.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        token: Optional[str] = None,
        cafile: Optional[str] = None,
        insecure: bool = False,
        transport: str = "auto",
        provider: Optional[str] = None,
    ) -> None:
        if transport not in ("auto", "websocket", "http"):
            raise ValueError(f"transport is auto, websocket or http, not {transport!r}")
        self.settings = _settings.settings(url, token, cafile, insecure)
        self.provider = provider
        self._http = HttpConnections(self.settings)
        kept = None if transport == "http" else _opened(self.settings, transport)
        try:
            answer = self._http.request("GET", "/v1", patience=OPENING_SECONDS)
            self._about: Dict[str, Any] = json.loads(answer.body)
            #: Seconds after which a daemon without an answer counts as lost.
            self.patience = float(self._about["limits"]["waitSeconds"]) + _GRACE_SECONDS
        except (KeyError, TypeError, ValueError):
            _close(kept, self._http)
            raise RigLostError(f"what answers at {self.settings.url} is no winsockd") from None
        except BaseException:
            _close(kept, self._http)
            raise
        self._beside = HttpRpc(self._http, self.patience)
        self._wire: Wire = self._beside if kept is None else kept
        #: A signal handler may need the session, too, while its thread has the lock.
        self._mutex = threading.RLock()
        self._session: Optional[Session] = None
        self._sessions: "weakref.WeakSet[Session]" = weakref.WeakSet()
        self._finalizer = weakref.finalize(self, _close, self._wire, self._http)
        self._process = os.getpid()

    @property
    def is_kept(self) -> bool:
        """Whether the calls go over a WebSocket, whose end the daemon sees at once."""
        return isinstance(self._wire, RpcConnection)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, has lost its daemon, or belongs to the parent of this process."""
        return self._wire.is_closed or self._process != os.getpid()

    @property
    def about(self) -> Mapping[str, Any]:
        """What `GET /v1` answered when the rig was opened: version, providers, limits, clock, owner."""
        return self._about

    @property
    def session(self) -> Session:
        """The session of the methods for sockets. It begins at the first need."""
        if self._process != os.getpid():  # another thread may have held the lock at the fork: nobody frees it here
            raise RigLostError("this rig belongs to the parent process: make a Rig in this one")
        with self._mutex:
            if self._session is None or self._session.is_ended:
                self._session = self.begin_session()
            return self._session

    def begin_session(
        self,
        *,
        version: str = "2.2",
        provider: Optional[str] = None,
        lease_seconds: Optional[int] = None,
        lab_network: Optional[str] = None,
        capture: Optional[int] = None,
        faults: Optional[List[Mapping[str, Any]]] = None,
    ) -> Session:
        """
        Begins a session (WSAStartup). It ends with the rig, by `Session.end`, or as a context manager.

        version: of Winsock. provider: of its sockets, unless they name one.
        lease_seconds: how long it may be without a call; over a WebSocket the lease does not run.
        lab_network: the name of a network of the lab that sessions of the same owner share.
        capture: the bytes of each send and receive that the journals of its sockets keep, at most 65,536.
        faults: rules that are armed from its first call on.

        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup
        """
        params = {"version": version, "leaseSeconds": lease_seconds, "labNetwork": lab_network, "faults": faults}
        if self.is_kept:
            params["endWithConnection"] = True
        answer = self.call("startup", **params)
        session = Session(self, answer, provider or self.provider, capture)
        self._sessions.add(session)
        if not self.is_kept:
            session.keep_lease(_RENEWALS)
        return session

    def sessions(self) -> List[Mapping[str, Any]]:
        """The sessions of this owner, also those of other programs (`listSessions`)."""
        return self.pages("listSessions", "sessions")

    def batch(self, on_error: str = "stop", timeout: Optional[float] = None) -> Batch:
        """
        A batch: calls that are made one after another by one request. See `Batch`.

        on_error: `stop`, `continue`, or `cleanup`, which also ends what the batch made.
        timeout: of all steps together, in seconds.
        """
        return Batch(self, on_error, timeout)

    def call(self, operation: str, /, **params: Any) -> Any:
        """
        Makes one call of the daemon, by the names of docs/operations.md. Parameters that are None are left out.

        Returns the result. Raises WinsockError, RefusedError, RigLostError.
        """
        return self.call_with({name: value for name, value in params.items() if value is not None}, operation)

    def call_with(
        self,
        params: Mapping[str, Any],
        operation: str,
        on_crossed: Optional[Callable[[Any], None]] = None,
        patience: Optional[float] = None,
    ) -> Any:
        """
        Makes one call with parameters as they are.

        on_crossed: takes its result if a signal handler ended the wait and the call succeeded all the same.
        patience: seconds after which the daemon counts as lost.
        """
        return self._free_wire().call(operation, params, patience or self.patience, on_crossed)

    def _free_wire(self) -> Wire:
        """
        The wire of a new call. A signal handler or a finalizer may come while its thread is in another call: then the
        new one goes beside it, over HTTP.
        """
        return self._beside if self._wire.is_inside else self._wire

    def begin_call(self, operation: str, params: Mapping[str, Any], on_done: Callable[[Pending], None]) -> Pending:
        """Begins a call. on_done: is called at its end, by another thread, and must not wait."""
        return self._free_wire().begin(operation, params, on_done)

    def cancel_call(self, pending: Pending) -> None:
        """Ends a call of `begin_call`."""
        (self._beside if self._beside.has(pending) else self._wire).cancel(pending)

    def discard_call(self, operation: str, /, **params: Any) -> None:
        """Makes a call whose outcome nobody needs, later. Never waits: finalizers use it."""
        self._wire.discard(operation, params)

    @property
    def http(self) -> HttpConnections:
        """Requests of HTTP beside the calls: raw bytes and exports."""
        return self._http

    def pages(self, operation: str, member: str, /, **params: Any) -> List[Any]:
        """All items of a list that comes in pages."""
        items: List[Any] = []
        cursor: Optional[str] = None
        while True:
            page = self.call(operation, cursor=cursor, **params)
            items += page[member]
            cursor = page.get("nextCursor")
            if cursor is None:
                return items

    def close(self) -> None:
        """
        Ends the sessions of this rig and its connections. Further calls raise RigLostError. In a child process it
        leaves all to the parent.
        """
        if self._process != os.getpid():
            return
        if not self._wire.is_closed:
            for session in list(self._sessions):
                try:
                    session.end()
                except OSError:
                    pass  # it has ended already, or the daemon has
        self._finalizer()  # also of a rig that has lost its daemon: its descriptors are still open

    def __enter__(self) -> "Rig":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<winsockd.Rig {self.settings.url}{' closed' if self.is_closed else ''}>"


def _opened(settings: _settings.Settings, transport: str) -> Optional[RpcConnection]:
    """A WebSocket to the daemon; None where none passes."""
    try:
        return RpcConnection(settings)
    except OpeningRefusedError as refused:
        problem = problem_of(refused.body)
        if problem is not None and refused.status != 426:
            raise error_of(problem) from None
        if transport == "websocket" or 0 < refused.status < 400:
            raise RigError({"type": "/problems/upgrade-required", "detail": str(refused)}) from None
        return None


def _close(wire: Optional[Wire], http: HttpConnections) -> None:
    if wire is not None:
        wire.close()
    http.close()
