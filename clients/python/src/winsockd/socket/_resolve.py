"""The lookups of `connect`, `bind` and `sendto`: they take host names, the daemon takes numeric addresses."""

from __future__ import annotations

import socket as _stdlib
from typing import TYPE_CHECKING, Any, Dict

from .. import addresses

if TYPE_CHECKING:
    from ..session import Session

_TYPES = {int(_stdlib.SOCK_STREAM): "SOCK_STREAM", int(_stdlib.SOCK_DGRAM): "SOCK_DGRAM"}


def resolved(session: "Session", family: int, kind: int, address: Any, function: str) -> Dict[str, Any]:
    """
    An address for the daemon. A host name is looked up on the rig.

    Raises TypeError, OverflowError, gaierror, as the standard library does.
    """
    host, port, flowinfo, scope_id = addresses.checked(family, address, function)
    if host == "":
        host = "0.0.0.0" if family == _stdlib.AF_INET else "::"
    elif host == "<broadcast>" and family == _stdlib.AF_INET:
        host = "255.255.255.255"
    if addresses.is_numeric(family, host.partition("%")[0]):
        return addresses.to_wire(family, host, port, flowinfo, scope_id)
    name = "AF_INET" if family == _stdlib.AF_INET else "AF_INET6"
    found = session.call("getAddrInfo", node=host, family=name, type=_TYPES.get(kind), provider=session.provider)
    first: Dict[str, Any] = dict(found["addresses"][0]["address"])
    first["port"] = port
    return first
