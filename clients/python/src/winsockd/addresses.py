"""Addresses as the standard library writes them, and as the daemon does."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any, Dict, Mapping, Tuple, Union

#: `(host, port)`, `(host, port, flowinfo, scope_id)`, or the path of AF_UNIX.
Address = Any

AF_UNIX = getattr(socket, "AF_UNIX", None)


def is_numeric(family: int, host: str) -> bool:
    """Whether a host is a numeric address of the family, without a scope."""
    try:
        socket.inet_pton(family, host)
    except (OSError, ValueError):
        return False
    return True


def checked(family: int, address: Address, function: str) -> Tuple[str, int, int, int]:
    """
    Checks an address of the internet families, as the standard library does.

    Returns host, port, flowinfo and scope_id. Raises TypeError and OverflowError with its texts.
    """
    name, most = ("AF_INET", 2) if family == socket.AF_INET else ("AF_INET6", 4)
    if not isinstance(address, tuple):
        raise TypeError(f"{function}(): {name} address must be tuple, not {type(address).__name__}")
    if not 2 <= len(address) <= most:
        shape = "a pair (host, port)" if most == 2 else "a tuple (host, port[, flowinfo[, scopeid]])"
        raise TypeError(f"{name} address must be {shape}")
    host = _host(address[0])
    numbers = [_integer(one) for one in address[1:]]
    port, flowinfo, scope_id = (numbers + [0, 0])[:3]
    if not 0 <= port <= 0xFFFF:
        raise OverflowError(f"{function}(): port must be 0-65535.")
    if not 0 <= flowinfo <= 0xFFFFF:
        raise OverflowError(f"{function}(): flowinfo must be 0-1048575.")
    return host, port, flowinfo, scope_id


def _host(host: Any) -> str:
    if isinstance(host, str):
        return host.encode("idna").decode() if not host.isascii() else host
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("ascii")
    raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")


def _integer(value: Any) -> int:
    if isinstance(value, float) or not hasattr(value, "__index__"):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    number: int = value.__index__()
    return number


def to_wire(family: int, host: str, port: int, flowinfo: int, scope_id: int) -> Dict[str, Any]:
    """An address with a numeric host, for the daemon."""
    if family == socket.AF_INET:
        return {"family": "AF_INET", "address": host, "port": port}
    address, _, scope = host.partition("%")
    return {
        "family": "AF_INET6",
        "address": address,
        "port": port,
        "flowInfo": flowinfo,
        "scopeId": scope_id or (int(scope) if scope.isdigit() else 0),
    }


def path_to_wire(path: Union[str, bytes, "os.PathLike[str]"]) -> Dict[str, Any]:
    """A path of AF_UNIX, for the daemon."""
    text = os.fsdecode(path)
    if text.startswith("\0"):
        raise OSError(errno.EINVAL, "Winsock has no abstract names")
    return {"family": "AF_UNIX", "path": text}


def from_wire(address: Mapping[str, Any]) -> Address:
    """An address of the daemon, as the standard library writes it."""
    family = address["family"]
    if family == "AF_INET":
        return address.get("address", "0.0.0.0"), int(address.get("port", 0))
    if family == "AF_INET6":
        host = str(address.get("address", "::"))
        scope_id = int(address.get("scopeId", 0))
        return host, int(address.get("port", 0)), int(address.get("flowInfo", 0)), scope_id
    return address.get("path", "")
