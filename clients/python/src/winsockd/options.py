"""Socket options: the numbers and values of this system's `socket` module, as the daemon takes and gives them."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import sys
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple, Union

from .winsock_tables import OPTIONS

_IS_WINDOWS = sys.platform == "win32"

#: Options that have another name here than in Winsock: the name here, and that of Winsock.
_OTHER_NAMES = {
    "IPV6_RECVPKTINFO": "IPV6_PKTINFO",
    "IPV6_RECVHOPLIMIT": "IPV6_HOPLIMIT",
}

#: Numbers of Linux for options that Python's module does not name.
_LINUX_NUMBERS = {"IP_PKTINFO": 8, "IP_RECVTTL": 12, "IP_MTU_DISCOVER": 10, "IP_MTU": 14}

_TIMEOUTS = ("SO_RCVTIMEO", "SO_SNDTIMEO")


class Option(NamedTuple):
    """A socket option, by the names of Winsock."""

    level: str
    name: str
    type: str


#: Options that this system lacks have numbers of this package, since their numbers of Windows mean other options.
_OWN_NUMBERS = 0x57530000


def _known_options() -> Dict[Tuple[int, int], Option]:
    found: Dict[Tuple[int, int], Option] = {}
    here_named = {"IPV6_PKTINFO", "IPV6_HOPLIMIT"} if not _IS_WINDOWS else set()
    for name, (level, number, kind) in OPTIONS.items():
        here = getattr(socket, name, _LINUX_NUMBERS.get(name) if sys.platform == "linux" else None)
        if name in here_named:
            here = None
        key = (int(getattr(socket, level)), _OWN_NUMBERS | number & 0xFFFF if here is None else int(here))
        found.setdefault(key, Option(level, name, kind))
    for name, named in _OTHER_NAMES.items():
        if hasattr(socket, name):
            found[int(getattr(socket, OPTIONS[named].level)), int(getattr(socket, name))] = Option(
                OPTIONS[named].level, named, OPTIONS[named].type
            )
    return found


#: Level and number here, and the option.
_KNOWN = _known_options()


def option(level: int, number: int) -> Option:
    """The option with these numbers. Raises OSError ENOPROTOOPT if Winsock has none."""
    found = _KNOWN.get((level, number))
    if found is None:
        raise OSError(errno.ENOPROTOOPT, f"Winsock has no option {number} of level {level}")
    return found


def numbers() -> Dict[str, int]:
    """The options of Winsock by name, with their numbers here."""
    return {found.name: number for (_, number), found in _KNOWN.items()}


def to_wire(chosen: Option, value: Union[int, bytes, bytearray, memoryview]) -> Dict[str, Any]:
    """The value of an option for the daemon. Raises OSError EINVAL if it has not the form of its type."""
    raw = None if isinstance(value, int) else bytes(value)
    try:
        return _to_wire(chosen, value if isinstance(value, int) else 0, raw)
    except struct.error:
        raise OSError(errno.EINVAL, f"{len(raw or b'')} bytes are no value of {chosen.name}") from None


def _to_wire(chosen: Option, number: int, raw: Optional[bytes]) -> Dict[str, Any]:
    if chosen.type == "LINGER":
        if raw is None:
            raise OSError(errno.EINVAL, "SO_LINGER takes a struct linger")
        onoff, seconds = struct.unpack("HH" if _IS_WINDOWS else "ii", raw)
        return {"linger": {"onoff": bool(onoff), "linger": max(0, min(seconds, 0xFFFF))}}
    if chosen.type.endswith("mreq") or chosen.type.endswith("mreq_source"):
        return {"membership": _membership(chosen.type, raw or b"")}
    if raw is not None:
        number = _milliseconds(raw) if chosen.name in _TIMEOUTS and len(raw) > 4 else _integer(raw)
    if chosen.type == "BOOL":
        return {"boolean": number != 0}
    return {"integer": number & 0xFFFFFFFF if chosen.type == "DWORD" else number}


def _integer(raw: bytes) -> int:
    """An int, or a u_char as some systems take for the options of multicast."""
    if len(raw) == 1:
        return raw[0]
    (number,) = struct.unpack_from("i", raw)
    return int(number)


def _milliseconds(raw: bytes) -> int:
    seconds, microseconds = struct.unpack("ll", raw)
    return int(seconds) * 1000 + -(-int(microseconds) // 1000)


def _membership(kind: str, raw: bytes) -> Dict[str, Any]:
    if kind == "ipv6_mreq":
        group, index = struct.unpack("16sI", raw)
        return _without_zeros({"multicastAddress": _text(group), "interfaceIndex": index})
    if kind == "ip_mreq_source":
        group, second, third = struct.unpack("4s4s4s", raw)
        source, interface = (second, third) if _IS_WINDOWS else (third, second)
        found = {"multicastAddress": _text(group), "sourceAddress": _text(source)}
        return _without_zeros({**found, "interfaceAddress": _text(interface)})
    if len(raw) == 12:
        group, interface, index = struct.unpack("4s4si", raw)
        return _without_zeros(
            {"multicastAddress": _text(group), "interfaceAddress": _text(interface), "interfaceIndex": index}
        )
    group, interface = struct.unpack("4s4s", raw)
    return _without_zeros({"multicastAddress": _text(group), "interfaceAddress": _text(interface)})


def _text(raw: bytes) -> str:
    return str(ipaddress.ip_address(raw))


def _without_zeros(membership: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in membership.items() if value not in (0, "0.0.0.0")}


def from_wire(chosen: Option, value: Mapping[str, Any], length: int) -> Union[int, bytes]:
    """
    The value of an option as getsockopt gives it: a number, or `length` bytes if a length was asked for.
    """
    number, raw = _from_wire(chosen, value)
    return number if length == 0 else raw[:length]


def _from_wire(chosen: Option, value: Mapping[str, Any]) -> Tuple[int, bytes]:
    if "linger" in value:
        onoff, seconds = int(value["linger"]["onoff"]), int(value["linger"]["linger"])
        return onoff, struct.pack("HH" if _IS_WINDOWS else "ii", onoff, seconds)
    number = int(value["boolean"]) if "boolean" in value else int(value["integer"])
    if chosen.name in _TIMEOUTS and not _IS_WINDOWS:
        return number // 1000, struct.pack("ll", number // 1000, number % 1000 * 1000)
    signed = number - 0x1_0000_0000 if number > 0x7FFF_FFFF else number
    return signed, struct.pack("i", signed)
