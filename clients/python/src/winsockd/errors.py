"""
The errors of a rig. Each is an OSError of the class that the standard library raises for it on this system,
such as ConnectionResetError, and has the problem document of the daemon.
"""

from __future__ import annotations

import errno
import socket
import sys
from typing import Any, Dict, Mapping, Optional, Tuple, Type

#: A problem document (RFC 9457), as docs/problem-documents.md describes it.
Problem = Mapping[str, Any]

#: The errno of codes whose name is not WSA and the name of an errno.
_ERRNO_OF_NAME: Dict[str, int] = {
    "WSA_INVALID_HANDLE": errno.EBADF,
    "WSA_NOT_ENOUGH_MEMORY": errno.ENOMEM,
    "WSA_INVALID_PARAMETER": errno.EINVAL,
    "WSA_OPERATION_ABORTED": errno.ECANCELED,
    "WSA_E_CANCELLED": errno.ECANCELED,
    "WSAECANCELLED": errno.ECANCELED,
    "WSATRY_AGAIN": errno.EAGAIN,
}

#: The errno of refusals of the daemon; of all others it is EINVAL.
_ERRNO_OF_REFUSAL: Dict[str, int] = {
    "unauthorized": errno.EACCES,
    "origin-denied": errno.EACCES,
    "destination-denied": errno.EACCES,
    "option-denied": errno.EACCES,
    "socket-denied": errno.EACCES,
    "not-found": errno.EBADF,
    "session-ended": errno.ECONNABORTED,
    "lease-expired": errno.ECONNABORTED,
    "earlier-run": errno.ECONNABORTED,
    "draining": errno.ECONNABORTED,
    "in-use": errno.EBUSY,
    "quota": errno.ENOBUFS,
    "overloaded": errno.ENOBUFS,
    "wait-limit": errno.EAGAIN,
    "too-large": errno.EMSGSIZE,
}

#: The EAI number of codes of the resolver.
_EAI_OF_CODE: Dict[int, int] = {
    10022: socket.EAI_BADFLAGS,
    10044: socket.EAI_SOCKTYPE,
    10047: socket.EAI_FAMILY,
    10109: socket.EAI_SERVICE,
    11001: socket.EAI_NONAME,
    11002: socket.EAI_AGAIN,
    11003: socket.EAI_FAIL,
    11004: getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
}


class RigError(OSError):
    """
    A call that the daemon answered with a problem document.

    problem: the document. `errno` is the number of this system for the same failure.
    """

    problem: Problem

    def __init__(self, problem: Problem, number: Optional[int] = None) -> None:
        chosen = errno_of(problem) if number is None else number
        super().__init__(chosen, str(problem.get("detail") or problem.get("title") or "refused"))
        self.problem = problem

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.problem, self.errno)


class WinsockError(RigError):
    """
    A Winsock call that failed. `code` and `winerror` are the WSA number, such as 10054; `name` is its name,
    such as `WSAECONNRESET`.
    https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
    """

    winerror: int

    def __init__(self, problem: Problem, number: Optional[int] = None) -> None:
        super().__init__(problem, number)
        self.winerror = self.code

    @property
    def code(self) -> int:
        """The WSA number."""
        return int(self.problem["code"])

    @property
    def name(self) -> str:
        """The name of the WSA number."""
        return str(self.problem.get("name", ""))

    def __str__(self) -> str:
        return f"[{self.name} {self.code}] {self.strerror}"


class RefusedError(RigError):
    """
    A call that the daemon refused, without a Winsock code. `name` says why, such as `destination-denied`.
    """

    code = None

    @property
    def name(self) -> str:
        """The last part of the problem's type."""
        return str(self.problem.get("type", "")).rpartition("/")[2]

    def __str__(self) -> str:
        return f"[{self.name}] {self.strerror}"


class RefusedPermissionError(RefusedError, PermissionError):
    """Refused by the policy of the daemon, or for lack of a valid token."""


class RigLostError(ConnectionAbortedError):
    """
    The connection to the daemon has ended, and with it the sessions that it held. `errno` is ECONNABORTED.
    """

    def __init__(self, message: Optional[str] = None) -> None:
        super().__init__(message or "the daemon is lost")
        self.errno = errno.ECONNABORTED
        self.strerror = str(self.args[0])

    def __str__(self) -> str:
        return str(self.strerror)


class WinsockBlockingIOError(WinsockError, BlockingIOError):
    """WSAEWOULDBLOCK, WSAEINPROGRESS, WSAEALREADY."""


class WinsockBrokenPipeError(WinsockError, BrokenPipeError):
    """WSAESHUTDOWN."""


class WinsockConnectionAbortedError(WinsockError, ConnectionAbortedError):
    """WSAECONNABORTED."""


class WinsockConnectionRefusedError(WinsockError, ConnectionRefusedError):
    """WSAECONNREFUSED."""


class WinsockConnectionResetError(WinsockError, ConnectionResetError):
    """WSAECONNRESET."""


class WinsockInterruptedError(WinsockError, InterruptedError):
    """WSAEINTR."""


class WinsockPermissionError(WinsockError, PermissionError):
    """WSAEACCES."""


if sys.version_info >= (3, 10):
    _Timeout = TimeoutError
else:

    class _Timeout(TimeoutError, socket.timeout):
        """Both classes that a program may catch: until Python 3.9 they are two."""


class WinsockTimeoutError(WinsockError, _Timeout):
    """WSAETIMEDOUT: the limit of the caller, or of the system for a connect."""


class WinsockResolverError(WinsockError, socket.gaierror):
    """A lookup that found nothing, or failed. `errno` is an EAI number of this system."""

    def __init__(self, problem: Problem, number: Optional[int] = None) -> None:
        found = _EAI_OF_CODE.get(int(problem["code"]), socket.EAI_FAIL) if number is None else number
        super().__init__(problem, found)


_CLASS_OF_ERRNO: Dict[int, Type[WinsockError]] = {
    errno.EWOULDBLOCK: WinsockBlockingIOError,
    errno.EAGAIN: WinsockBlockingIOError,
    errno.EINPROGRESS: WinsockBlockingIOError,
    errno.EALREADY: WinsockBlockingIOError,
    getattr(errno, "ESHUTDOWN", errno.EPIPE): WinsockBrokenPipeError,
    errno.ECONNABORTED: WinsockConnectionAbortedError,
    errno.ECONNREFUSED: WinsockConnectionRefusedError,
    errno.ECONNRESET: WinsockConnectionResetError,
    errno.EINTR: WinsockInterruptedError,
    errno.EACCES: WinsockPermissionError,
    errno.ETIMEDOUT: WinsockTimeoutError,
}

_RESOLVER = ("getAddrInfo", "getNameInfo")


def errno_of(problem: Problem) -> int:
    """The errno of this system for a problem document."""
    name = problem.get("name")
    if name is None:
        return _ERRNO_OF_REFUSAL.get(str(problem.get("type", "")).rpartition("/")[2], errno.EINVAL)
    if name == "WSAEWOULDBLOCK" and problem.get("operation") == "connect":
        return errno.EINPROGRESS
    if name in _ERRNO_OF_NAME:
        return _ERRNO_OF_NAME[name]
    return getattr(errno, str(name)[3:], int(problem["code"]))


def error_of(problem: Problem) -> RigError:
    """The exception for a problem document."""
    number = errno_of(problem)
    if "code" not in problem:
        return RefusedPermissionError(problem) if number == errno.EACCES else RefusedError(problem)
    if problem.get("operation") in _RESOLVER:
        return WinsockResolverError(problem)
    return _CLASS_OF_ERRNO.get(number, WinsockError)(problem)


class TimedOutError(_Timeout):
    """
    The time-out of a socket has ended a call, as the standard library's `timed out`. No byte was lost: the
    call can be repeated.
    """

    winerror = 10060
    code = 10060
    name = "WSAETIMEDOUT"

    def __init__(self, text: str = "timed out") -> None:
        super().__init__(text)
