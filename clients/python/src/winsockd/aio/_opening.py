"""Sockets that are looked up, opened, connected and bound without blocking the loop."""

from __future__ import annotations

import asyncio
import socket as _stdlib
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .. import _current, addresses
from ..rig import Rig
from ..session import Session
from ..socket._functions import _service, _text
from ..socket._handle import Handle
from ..socket._rig_socket import socket as RigSocket
from ._calls import call

#: A family of this system, and an address of the daemon.
Found = Tuple[int, Mapping[str, Any]]

_FAMILIES = {"AF_INET": int(_stdlib.AF_INET), "AF_INET6": int(_stdlib.AF_INET6)}


async def session_of(given: Union[Rig, Session, None]) -> Session:
    """The session given, that of a rig, or the one in use. It may begin by that, which a thread waits for."""
    if isinstance(given, Session):
        return given
    begun: Session = await asyncio.get_running_loop().run_in_executor(
        None, _current.current if given is None else lambda: given.session
    )
    return begun


async def connected(
    session: Session,
    host: Optional[str],
    port: Any,
    local_addr: Optional[Tuple[str, int]],
    options: Mapping[str, Any],
) -> RigSocket:
    """
    Connects to the first address of a host that takes it.

    options: of `opened`. Raises the error of the first address if none does.
    """
    failures: List[OSError] = []
    for family, address in await looked_up(session, host, port, options):
        try:
            return await _connected_to(session, family, address, local_addr, options)
        except OSError as error:
            failures.append(error)
    raise failures[0] if failures else OSError("getaddrinfo() returned empty list")


async def bound(
    session: Session, hosts: Sequence[Optional[str]], port: Any, options: Mapping[str, Any]
) -> List[RigSocket]:
    """Opens a socket for each address of the hosts and binds it. None: all addresses of the machine."""
    found: List[Found] = []
    for host in hosts:
        of_host = await looked_up(session, host, port, options, is_passive=True)
        found += [one for one in of_host if one not in found]
    made: List[RigSocket] = []
    try:
        for family, address in found:
            made.append(await _bound_to(session, family, address, options))
    except BaseException:
        for one in made:
            discard(one)
        raise
    return made


async def looked_up(
    session: Session, host: Optional[str], port: Any, options: Mapping[str, Any], is_passive: bool = False
) -> List[Found]:
    """
    The addresses of a host, by the resolver of the rig. A numeric one needs no lookup.

    is_passive: to bind to; no host is then all addresses of the machine.
    https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
    """
    if host and isinstance(port, int):
        for family in _FAMILIES.values():
            if addresses.is_numeric(family, host.partition("%")[0]):
                parts = addresses.checked(family, (host, port), "getaddrinfo")
                return [(family, addresses.to_wire(family, *parts))]
    answer = await call(
        session,
        "getAddrInfo",
        node=_text(host or None, "host must be a string or None"),
        service=_service(port),
        type="SOCK_STREAM",
        flags=["AI_PASSIVE"] if is_passive else None,
        provider=options.get("provider") or session.provider,
    )
    found: List[Found] = []
    for one in answer["addresses"]:
        address = _FAMILIES.get(one["family"], 0), one["address"]
        if address[0] and address not in found:
            found.append(address)
    return found


async def _opened(
    session: Session,
    family: int,
    *,
    provider: Optional[str] = None,
    catalog_entry_id: Optional[int] = None,
    faults: Optional[List[Mapping[str, Any]]] = None,
    capture: Optional[int] = None,
) -> str:
    """Opens a stream socket, with the options of `winsockd.socket.socket`. Returns its id."""
    kept = session.capture if capture is None else capture
    wanted: Dict[str, Any] = {"catalogEntryId": catalog_entry_id}
    if catalog_entry_id is None:
        name = "AF_INET" if family == _stdlib.AF_INET else "AF_INET6"
        wanted = {"family": name, "type": "SOCK_STREAM", "provider": provider or session.provider}
    answer = await call(
        session,
        "socket",
        **wanted,
        faults=faults,
        capture=None if kept is None else {"maxBytes": kept},
        on_crossed=lambda crossed: _discard_id(session, crossed["socketId"]),
    )
    return str(answer["socketId"])


async def _connected_to(
    session: Session,
    family: int,
    address: Mapping[str, Any],
    local_addr: Optional[Tuple[str, int]],
    options: Mapping[str, Any],
) -> RigSocket:
    opened = await _opened(session, family, **options)
    try:
        if local_addr is not None:
            here = [one for one in await looked_up(session, *local_addr, options, True) if one[0] == family]
            if not here:
                raise OSError(f"no address of {local_addr[0]!r} has the family of {address}")
            await call(session.rig, "bind", socketId=opened, address=here[0][1])
        answer = await call(session.rig, "connect", socketId=opened, address=address)
    except BaseException:
        _discard_id(session, opened)
        raise
    return made_of(session, opened, family, answer.get("localAddress"), answer.get("remoteAddress", address))


async def _bound_to(session: Session, family: int, address: Mapping[str, Any], options: Mapping[str, Any]) -> RigSocket:
    opened = await _opened(session, family, **options)
    try:
        if family == _stdlib.AF_INET6:  # or it would take the port of AF_INET, too
            wanted = {"boolean": True}
            await call(
                session.rig,
                "setSockOpt",
                socketId=opened,
                level="IPPROTO_IPV6",
                name="IPV6_V6ONLY",
                value=wanted,
            )
        answer = await call(session.rig, "bind", socketId=opened, address=address)
    except BaseException:
        _discard_id(session, opened)
        raise
    return made_of(session, opened, family, answer["localAddress"], None)


def made_of(
    session: Session,
    socket_id: str,
    family: int,
    local: Optional[Mapping[str, Any]],
    remote: Optional[Mapping[str, Any]],
) -> RigSocket:
    """The socket object of an id."""
    handle = Handle.of_new(session, socket_id, family, int(_stdlib.SOCK_STREAM), 0)
    handle.local_address = None if local is None else addresses.from_wire(local)
    handle.remote_address = None if remote is None else addresses.from_wire(remote)
    return RigSocket._of(handle)


def discard(made: RigSocket) -> None:
    """Closes a socket without waiting for it."""
    _discard_id(made.handle.session, made.handle.id)
    made._release()


def _discard_id(session: Session, socket_id: str) -> None:
    session.rig.discard_call("close", socketId=socket_id)
