"""What all parts of the socket class need: the socket at the daemon, its modes, and its calls."""

from __future__ import annotations

import errno
import math
import os
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, TypeVar

from .. import _originals, addresses, constants
from ..errors import RefusedError, TimedOutError, WinsockTimeoutError
from ..faults import FaultMaker
from ..journal import entries_of
from ._handle import Handle
from ._resolve import resolved

if TYPE_CHECKING:
    from ..session import Session

_Moved = TypeVar("_Moved", int, bytes)

#: Stands for the time-out of the socket.
_OF_THE_SOCKET = object()


class OpenedSocket(_originals.Socket, FaultMaker):
    """A socket object of the standard library whose socket is one of a rig."""

    #: None when the object is closed.
    _handle: Optional[Handle]

    @property
    def handle(self) -> Handle:
        """What is known of the socket at the daemon. Raises OSError EBADF when it is closed."""
        if self._handle is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._handle

    @property
    def id(self) -> str:
        """The id of the socket, `sck_...`."""
        return self.handle.id

    @property
    def winsockd_id(self) -> str:
        """The id, for parameters of calls."""
        return self.handle.id

    @property
    def rig_session(self) -> "Session":
        """The session that owns it. (`session` is that of TLS, as in `ssl.SSLSocket`.)"""
        return self.handle.session

    def _fault_session(self) -> "Session":
        return self.handle.session

    def _fault_socket(self) -> Optional[str]:
        return self.handle.id

    def call(self, operation: str, /, **params: Any) -> Any:
        """Makes a call of this socket, by the names of docs/operations.md. None leaves a parameter out."""
        return self.handle.call(operation, **params)

    def info(self) -> Mapping[str, Any]:
        """What the daemon knows of it: provider, state, directions that have ended, addresses (`getSocket`)."""
        found: Mapping[str, Any] = self.call("getSocket")
        return found

    def journal(self) -> List[Mapping[str, Any]]:
        """Every call of the socket with its outcome, the oldest first (`getSocketJournal`)."""
        return entries_of(self.rig_session.rig, "getSocketJournal", socketId=self.id)

    def capture(self) -> bytes:
        """A pcapng file of the connection, made from the journal. It has payload if `capture` was asked for."""
        body: bytes = self.rig_session.rig.http.request("GET", f"/v1/sockets/{self.id}/journal.pcapng").body
        return body

    def settimeout(self, value: Optional[float]) -> None:
        """In seconds. None: calls wait without end. 0: non-blocking (FIONBIO)."""
        _originals.Socket.settimeout(self, value)
        self.handle.set_non_blocking(self.gettimeout() == 0)

    def setblocking(self, flag: bool) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket (FIONBIO)"""
        _originals.Socket.setblocking(self, flag)
        self.handle.set_non_blocking(self.gettimeout() == 0)

    def _address(self, address: Any, function: str) -> Dict[str, Any]:
        handle = self.handle
        if handle.family == addresses.AF_UNIX:
            return addresses.path_to_wire(address)
        return resolved(handle.session, handle.family, handle.kind, address, function)

    def _waits(
        self,
        operation: str,
        params: Dict[str, Any],
        on_crossed: Optional[Callable[[Any], None]] = None,
        flags: int = 0,
        timeout: Any = _OF_THE_SOCKET,
    ) -> Any:
        """Makes a call that may wait, as long as the time-out of the socket lets it."""
        session = self.handle.session
        limit = self.gettimeout() if timeout is _OF_THE_SOCKET else timeout
        if flags & constants.MSG_DONTWAIT and limit != 0:
            try:
                return session.wait_call(operation, params, 0.0, on_crossed)
            except TimedOutError:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
        if limit == 0:
            return session.rig.call_with(params, operation, on_crossed)
        return session.wait_call(operation, params, limit, on_crossed)

    def _waits_for_raw_bytes(self, call: Callable[[Optional[int]], _Moved], timeout: Optional[float]) -> _Moved:
        """
        Makes a request of raw bytes. The daemon's own limit of a wait does not show: the request is repeated.

        call: makes it, with its limit in milliseconds. timeout: in seconds; None waits without end.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            try:
                return call(None if left is None else min(max(1, math.ceil(left * 1000)), 0x7FFF_FFFF))
            except WinsockTimeoutError:
                raise TimedOutError() from None
            except RefusedError as refused:
                if refused.name != "wait-limit":
                    raise

    def __repr__(self) -> str:
        handle = self._handle
        text = f"<{type(self).__module__}.{type(self).__qualname__}{' [closed]' if handle is None else ''}"
        text += f" fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}"
        if handle is not None:
            text += "" if handle.local_address is None else f", laddr={handle.local_address}"
            text += "" if handle.remote_address is None else f", raddr={handle.remote_address}"
            text += f", id={handle.id}"
        return text + ">"


def named(known: Mapping[int, str], number: int, failure: int, what: str) -> str:
    """The name that Winsock has for a number. Raises OSError with the errno `failure` if it has none."""
    if number not in known:
        raise OSError(failure, f"Winsock has no {what} {number}")
    return known[number]


def check_c_int(number: int) -> None:
    """Raises OverflowError, as the standard library does, for a number that is no int of C."""
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise OverflowError("signed integer is greater than maximum")


def add_flags(params: Dict[str, Any], flags: int, known: Mapping[int, str]) -> None:
    """Adds the flags of a call to its parameters, by their names."""
    if flags:
        params["flags"] = constants.flag_names(flags, known)
