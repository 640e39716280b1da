"""Sessions: what a process is to Winsock. A session owns sockets, faults, relays and a journal."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from . import _current
from .errors import RefusedError, TimedOutError, WinsockError
from .faults import Fault, FaultMaker
from .journal import entries_of

if TYPE_CHECKING:
    from .relays import Relay
    from .rig import Rig
    from .socket import socket as RigSocket

#: What a call ends with at the end of its `timeoutMs`.
_WSAETIMEDOUT = 10060

#: Why the daemon refuses the calls of a session that has ended.
_ENDED = ("session-ended", "lease-expired", "earlier-run", "not-found")


class SocketMaker(FaultMaker):
    """What opens sockets: a session, or a rig by the session of its own."""

    @property
    def session(self) -> "Session":
        """The session that owns the sockets."""
        raise NotImplementedError

    def _fault_session(self) -> "Session":
        return self.session

    def socket(self, family: int = -1, type: int = -1, proto: int = -1, **options: Any) -> "RigSocket":
        """
        Opens a socket, as `socket.socket` does. See `winsockd.socket.socket` for the options, such as
        `provider`, `faults` and `capture`.
        """
        from .socket import socket as RigSocket

        return RigSocket(family, type, proto, session=self.session, **options)

    def create_connection(
        self,
        address: Tuple[str, int],
        timeout: Any = None,
        source_address: Optional[Tuple[str, int]] = None,
        **options: Any,
    ) -> "RigSocket":
        """
        Connects to a TCP address, as `socket.create_connection` does: each address of the host is tried.

        timeout: in seconds. source_address: to bind to. options: of the socket.
        """
        from .socket import _functions

        return _functions.connect_in(self.session, address, timeout, source_address, **options)

    def create_server(
        self, address: Tuple[str, int], *, family: int = 2, backlog: Optional[int] = None, **options: Any
    ) -> "RigSocket":
        """
        Opens a listening socket, as `socket.create_server` does.

        backlog: how many connections may wait. options: of the socket.
        """
        from .socket import _functions

        return _functions.listen_in(self.session, address, family, backlog, **options)

    @contextmanager
    def patch(self) -> Iterator["Session"]:
        """
        Within the `with` block the standard library opens its sockets here: `socket`, `select`, `selectors`,
        `ssl`, and what uses them, in all threads. See `winsockd.patch`.
        """
        from .patch import patched

        with patched(self.session):
            yield self.session


class Session(SocketMaker):
    """A session of a rig, made by `Rig.begin_session`. As a context manager it ends at the end of the block."""

    def __init__(
        self, rig: "Rig", answer: Mapping[str, Any], provider: Optional[str] = None, capture: Optional[int] = None
    ) -> None:
        self.rig = rig
        #: The id of the session, `ses_...`.
        self.id = str(answer["sessionId"])
        #: The negotiated version of Winsock.
        self.version = str(answer.get("version", ""))
        self.provider = provider
        self.capture = capture
        self._is_ended = False
        self._renewing: Optional[threading.Event] = None

    @property
    def winsockd_id(self) -> str:
        """The id, for parameters of calls."""
        return self.id

    @property
    def session(self) -> "Session":
        return self

    @property
    def is_ended(self) -> bool:
        """Whether it was ended here, or its rig is closed."""
        return self._is_ended or self.rig.is_closed

    def call(self, operation: str, /, **params: Any) -> Any:
        """Makes a call of this session, by the names of docs/operations.md. None leaves a parameter out."""
        return self.rig.call(operation, sessionId=self.id, **params)

    def wait_call(
        self,
        operation: str,
        params: Dict[str, Any],
        timeout: Optional[float],
        on_crossed: Optional[Callable[[Any], None]] = None,
    ) -> Any:
        """
        Makes a call that may wait. The daemon's own limit of a wait does not show: the call is repeated.

        timeout: in seconds; None waits without end. Raises TimedOutError at its end.
        """
        if timeout is None:
            while True:
                try:
                    return self.rig.call_with(params, operation, on_crossed)
                except RefusedError as refused:
                    if refused.name != "wait-limit":
                        raise
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            params["timeoutMs"] = min(milliseconds(left), 0x7FFF_FFFF)
            try:
                return self.rig.call_with(params, operation, on_crossed)
            except RefusedError as refused:
                if refused.name != "wait-limit":
                    raise
            except WinsockError as error:
                if error.code == _WSAETIMEDOUT and time.monotonic() >= deadline - 0.001:
                    raise TimedOutError() from None
                raise

    def info(self) -> Mapping[str, Any]:
        """What the daemon knows of the session (`getSession`)."""
        found: Mapping[str, Any] = self.call("getSession")
        return found

    def sockets(self) -> List[Mapping[str, Any]]:
        """Its open sockets, the oldest first (`listSockets`)."""
        return self.rig.pages("listSockets", "sockets", sessionId=self.id)

    def protocols(self) -> List[Mapping[str, Any]]:
        """The catalog of its providers (WSAEnumProtocols)."""
        found: List[Mapping[str, Any]] = self.call("enumProtocols")["protocols"]
        return found

    def journal(self) -> List[Mapping[str, Any]]:
        """Every call of the session with its outcome, the oldest first. docs/journal-and-events.md has the members."""
        return entries_of(self.rig, "getSessionJournal", sessionId=self.id)

    def relays(self) -> List["Relay"]:
        """Its relays."""
        from .relays import Relay

        return [Relay(self, one) for one in self.call("listRelays")["relays"]]

    def faults(self) -> List[Fault]:
        """The rules that are armed in this session."""
        return [Fault(self, one) for one in self.call("listFaults")["faults"]]

    def reset(self) -> None:
        """Removes all faults and ends all relays of the session."""
        self.call("resetSession")

    def set_lab_link(self, **link: Any) -> Mapping[str, Any]:
        """
        Sets the network of the lab: latency_ms, bytes_per_second, loss (0 to 1), seed, partition.

        Returns the whole link.
        """
        found: Mapping[str, Any] = self.call("setLabLink", **camel_case(link))
        return found

    def advance_lab_clock(self, milliseconds: int) -> Mapping[str, Any]:
        """Moves the clock of the lab. Returns its time and how many events ran."""
        found: Mapping[str, Any] = self.call("advanceLabClock", advanceMs=milliseconds)
        return found

    def renew(self) -> None:
        """Begins the lease anew."""
        self.call("renewSession")

    def keep_lease(self, times: int) -> None:
        """Renews the lease so many times in each lease, while this process lives."""
        seconds = float(self.info()["leaseSeconds"]) / times
        ended = self._renewing = threading.Event()

        def renew() -> None:
            while not ended.wait(seconds) and not self.is_ended:
                try:
                    self.renew()
                except RefusedError as refused:
                    if refused.name in _ENDED:
                        return  # the next call says why
                except OSError:
                    pass  # such as a connection that broke: the lease may last until the next renewal

        threading.Thread(target=renew, name="winsockd lease", daemon=True).start()

    @contextmanager
    def use(self) -> Iterator["Session"]:
        """Within the `with` block `winsockd.socket` opens its sockets in this session, in all threads."""
        _current.begin(self)
        try:
            yield self
        finally:
            _current.end(self)

    def end(self) -> None:
        """Ends the session (endSession): its sockets close, its calls end. Further calls are refused."""
        if self._is_ended:
            return
        self._is_ended = True
        if self._renewing is not None:
            self._renewing.set()
        if not self.rig.is_closed:
            self.call("endSession")

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.end()
        except OSError:
            pass  # it has ended by itself, or with its daemon: what ends the block is said, not this

    def __repr__(self) -> str:
        return f"<winsockd.Session {self.id}{' ended' if self.is_ended else ''}>"


def milliseconds(seconds: float) -> int:
    """So many whole milliseconds that they are not shorter."""
    return math.ceil(seconds * 1000)


def camel_case(members: Mapping[str, Any]) -> Dict[str, Any]:
    """Names as Python writes them, as the daemon does: `after_bytes` is `afterBytes`."""

    def written(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(part.capitalize() for part in rest)

    return {written(name): value for name, value in members.items()}
