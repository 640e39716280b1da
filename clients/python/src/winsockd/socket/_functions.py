"""The functions of the standard library's `socket` module, over a rig."""

from __future__ import annotations

import socket as _stdlib
import sys
from typing import TYPE_CHECKING, Any, List, Optional, Tuple, Union

from .. import _current, _originals, addresses, constants
from ..constants import ADDR_INFO_FLAGS, FAMILIES, NAME_INFO_FLAGS, PROTOCOLS, TYPES
from ..errors import WinsockResolverError
from . import _handle
from ._rig_socket import duplicated, socket

if TYPE_CHECKING:
    from ..session import Session

#: The value of a time-out that was not given.
_GLOBAL_DEFAULT = getattr(_stdlib, "_GLOBAL_DEFAULT_TIMEOUT", object())

AddrInfo = Tuple[Any, Any, int, str, Any]


def connect_in(
    session: "Session", address: Any, timeout: Any, source_address: Any, all_errors: bool = False, **options: Any
) -> socket:
    """`create_connection` in a session."""
    failures: List[Exception] = []
    for family, found in _targets(session, *address):
        opened = None
        try:
            # Without a protocol: the streams of the lab are not TCP.
            opened = socket(family, _stdlib.SOCK_STREAM, session=session, **options)
            if timeout is not _GLOBAL_DEFAULT:
                opened.settimeout(timeout)
            if source_address:
                opened.bind(source_address)
            opened.connect(found)
            return opened
        except OSError as error:
            failures.append(error)
            if opened is not None:
                opened.close()
    if not failures:
        raise OSError("getaddrinfo returns an empty list")
    if all_errors and sys.version_info >= (3, 11):
        raise ExceptionGroup("create_connection failed", failures)  # noqa: F821 # novm
    raise failures[-1]


def _targets(session: "Session", host: Any, port: Any) -> List[Tuple[int, Any]]:
    """The addresses of a host. A numeric one needs no lookup."""
    if isinstance(host, str) and isinstance(port, int):
        for family in (_stdlib.AF_INET, _stdlib.AF_INET6):
            if addresses.is_numeric(family, host):
                return [(family, (host, port))]
    found = _addr_info(session, host, port, 0, _stdlib.SOCK_STREAM)
    return [(family, address) for family, *_, address in found]


def listen_in(
    session: "Session",
    address: Any,
    family: int = _stdlib.AF_INET,
    backlog: Optional[int] = None,
    dualstack_ipv6: bool = False,
    **options: Any,
) -> socket:
    """`create_server` in a session."""
    if dualstack_ipv6 and family != _stdlib.AF_INET6:
        raise ValueError("dualstack_ipv6 requires AF_INET6 family")
    opened = socket(family, _stdlib.SOCK_STREAM, session=session, **options)
    try:
        if family == _stdlib.AF_INET6:
            opened.setsockopt(_stdlib.IPPROTO_IPV6, _stdlib.IPV6_V6ONLY, 0 if dualstack_ipv6 else 1)
        opened.bind(address)
        opened.listen(128 if backlog is None else backlog)
        return opened
    except BaseException:
        opened.close()
        raise


def create_connection(
    address: Any, timeout: Any = _GLOBAL_DEFAULT, source_address: Any = None, *, all_errors: bool = False
) -> socket:
    """As `socket.create_connection`."""
    return connect_in(_current.current(), address, timeout, source_address, all_errors)


def create_server(
    address: Any,
    *,
    family: int = _stdlib.AF_INET,
    backlog: Optional[int] = None,
    reuse_port: bool = False,
    dualstack_ipv6: bool = False,
) -> socket:
    """As `socket.create_server`. Winsock has no SO_REUSEPORT."""
    if reuse_port:
        raise ValueError("SO_REUSEPORT not supported on this platform")
    return listen_in(_current.current(), address, family, backlog, dualstack_ipv6)


def has_dualstack_ipv6() -> bool:
    """Whether one socket of the rig can serve both families."""
    try:
        with socket(_stdlib.AF_INET6, _stdlib.SOCK_STREAM) as probe:
            probe.setsockopt(_stdlib.IPPROTO_IPV6, _stdlib.IPV6_V6ONLY, 0)
            return True
    except OSError:
        return False


def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> List[AddrInfo]:
    """
    As `socket.getaddrinfo`, by the resolver of the rig.
    https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
    """
    return _addr_info(_current.current(), host, port, family, type, proto, flags)


def _addr_info(
    session: "Session", host: Any, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0
) -> List[AddrInfo]:
    if family not in (0, _stdlib.AF_INET, _stdlib.AF_INET6):
        raise _stdlib.gaierror(_stdlib.EAI_FAMILY, "ai_family not supported")
    node, service = _text(host, "getaddrinfo() argument 1 must be string or None"), _service(port)
    if node == "":
        node = None
    if node is None and service is None:
        raise _stdlib.gaierror(_stdlib.EAI_NONAME, "Name or service not known")
    answer = session.call(
        "getAddrInfo",
        node=node,
        service=service,
        family=FAMILIES[int(family)],
        type=TYPES.get(int(kind)),
        protocol=PROTOCOLS.get(int(proto)),
        flags=constants.flag_names(flags, ADDR_INFO_FLAGS),
        provider=session.provider,
    )
    found: List[AddrInfo] = []
    canonical = str(answer.get("canonicalName", ""))
    for one in answer["addresses"]:
        here = _stdlib.AF_INET6 if one["family"] == "AF_INET6" else _stdlib.AF_INET
        address = addresses.from_wire(one["address"])
        for each_kind, each_proto in _kinds(int(kind), int(proto), session.provider == "lab"):
            found.append((here, each_kind, each_proto, canonical if not found else "", address))
    return found


def _kinds(kind: int, proto: int, is_lab: bool) -> List[Tuple[Any, int]]:
    """
    Types and protocols of the results: with none asked for, those of this system's own resolver. The lab has
    neither TCP nor UDP, so that a program must not ask it for them.
    """
    if is_lab:
        return [(each, proto) for each in (_stdlib.SOCK_STREAM, _stdlib.SOCK_DGRAM) if kind in (0, int(each))]
    known = [(_stdlib.SOCK_STREAM, _stdlib.IPPROTO_TCP), (_stdlib.SOCK_DGRAM, _stdlib.IPPROTO_UDP)]
    fitting = [(each, number) for each, number in known if kind in (0, int(each)) and proto in (0, int(number))]
    return fitting or [(kind, proto)]


def _text(value: Any, complaint: str) -> Optional[str]:
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("embedded null character")
        return value if value.isascii() else value.encode("idna").decode("ascii")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("ascii")
    raise TypeError(complaint)


def _service(port: Any) -> Optional[str]:
    if port is None:
        return None
    if isinstance(port, int):
        if not -0x8000_0000_0000_0000 <= port <= 0x7FFF_FFFF_FFFF_FFFF:
            raise OverflowError("Python int too large to convert to C long")
        return str(port & 0xFFFF)
    if isinstance(port, str):
        return port
    if isinstance(port, (bytes, bytearray)):
        return bytes(port).decode()
    raise OSError("Int or String expected")


def getnameinfo(sockaddr: Any, flags: int) -> Tuple[str, str]:
    """
    As `socket.getnameinfo`, by the resolver of the rig.
    https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getnameinfow
    """
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be tuple, not " + type(sockaddr).__name__)
    family = _stdlib.AF_INET6 if ":" in str(sockaddr[0]) else _stdlib.AF_INET
    host, port, flowinfo, scope_id = addresses.checked(
        family, sockaddr[: 4 if family == _stdlib.AF_INET6 else 2], "getnameinfo"
    )
    if not addresses.is_numeric(family, host.partition("%")[0]):
        raise _stdlib.gaierror(_stdlib.EAI_NONAME, "Name or service not known")
    session = _current.current()
    answer = session.call(
        "getNameInfo",
        address=addresses.to_wire(family, host, port, flowinfo, scope_id),
        flags=constants.flag_names(flags, NAME_INFO_FLAGS),
        provider=session.provider,
    )
    return str(answer["node"]), str(answer["service"])


def gethostbyname(hostname: Any) -> str:
    """As `socket.gethostbyname`."""
    return gethostbyname_ex(hostname)[2][0]


def gethostbyname_ex(hostname: Any) -> Tuple[str, List[str], List[str]]:
    """As `socket.gethostbyname_ex`. Winsock gives no aliases."""
    name = _text(hostname, "gethostbyname() argument 1 must be str, bytes or bytearray") or "0.0.0.0"
    if name == "<broadcast>":
        return name, [], ["255.255.255.255"]
    found = _addr_info(_current.current(), name, None, _stdlib.AF_INET, _stdlib.SOCK_STREAM, 0, _stdlib.AI_CANONNAME)
    return found[0][3] or name, [], [address[0] for *_, address in found]


def gethostbyaddr(ip_address: Any) -> Tuple[str, List[str], List[str]]:
    """As `socket.gethostbyaddr`. Winsock gives no aliases."""
    name = _text(ip_address, "gethostbyaddr() argument 1 must be str, bytes or bytearray") or "0.0.0.0"
    *_, address = _addr_info(_current.current(), name, None, 0, _stdlib.SOCK_STREAM)[0]
    try:
        host, _ = getnameinfo(address, _stdlib.NI_NAMEREQD)
    except WinsockResolverError as error:
        raise _stdlib.herror(1, error.strerror) from None
    return host, [], [address[0]]


def getfqdn(name: str = "") -> str:
    """As `socket.getfqdn`."""
    name = name.strip() or _stdlib.gethostname()
    try:
        host, aliases, _ = gethostbyaddr(name)
    except OSError:
        return name
    return next((one for one in [host, *aliases] if "." in one), host)


def getservbyname(servicename: str, protocolname: Optional[str] = None) -> int:
    """As `socket.getservbyname`."""
    kinds = {"tcp": _stdlib.SOCK_STREAM, "udp": _stdlib.SOCK_DGRAM, None: 0}
    if protocolname not in kinds:
        raise OSError("service/proto not found")
    try:
        *_, address = _addr_info(_current.current(), None, servicename, _stdlib.AF_INET, kinds[protocolname])[0]
    except _stdlib.gaierror:
        raise OSError("service/proto not found") from None
    return int(address[1])


def getservbyport(port: int, protocolname: Optional[str] = None) -> str:
    """As `socket.getservbyport`."""
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("getservbyport: port must be 0-65535.")
    flags = _stdlib.NI_NUMERICHOST | (_stdlib.NI_DGRAM if protocolname == "udp" else 0)
    _, service = getnameinfo(("127.0.0.1", port), flags)
    if service == str(port):
        raise OSError("port/proto not found")
    return service


def fromfd(fd: int, family: int, type: int, proto: int = 0) -> Union[socket, _stdlib.socket]:
    """As `socket.fromfd`: a second id of the socket that a descriptor stands for."""
    handle = _handle.handle_of(fd)
    if handle is None:
        return _originals.fromfd(fd, family, type, proto)
    return socket._of(duplicated(handle))


def close(fd: int) -> None:
    """As `socket.close`: closes a descriptor, and the socket that it stands for."""
    handle = _handle.handle_of(fd) if isinstance(fd, int) else None
    if handle is None:
        _originals.close(fd)
        return
    socket._of(_handle.taken(fd)).close()
