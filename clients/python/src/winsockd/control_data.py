"""
Control data: the ancillary data of sendmsg and recvmsg on this system, and the entries of the daemon's `control`.

Sources: cmsg(3), RFC 3542, docs/operations.md
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import sys
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

#: `(cmsg_level, cmsg_type, cmsg_data)`.
ControlItem = Tuple[int, int, bytes]

_IS_WINDOWS = sys.platform == "win32"
_IP = socket.IPPROTO_IP
_IPV6 = getattr(socket, "IPPROTO_IPV6", 41)
_IP_PKTINFO = 19 if _IS_WINDOWS else int(getattr(socket, "IP_PKTINFO", 8))
_IPV6_PKTINFO = int(getattr(socket, "IPV6_PKTINFO", 19 if _IS_WINDOWS else 50))

#: Types whose data is one int.
_INTEGERS: Dict[Tuple[int, int], str] = {
    (_IP, int(socket.IP_TTL)): "IP_TTL",
    (_IP, int(socket.IP_TOS)): "IP_TOS",
    (_IPV6, int(getattr(socket, "IPV6_HOPLIMIT", 21))): "IPV6_HOPLIMIT",
    (_IPV6, int(getattr(socket, "IPV6_TCLASS", 39))): "IPV6_TCLASS",
}
_NUMBERS = {name: key for key, name in _INTEGERS.items()}


def to_wire(items: Iterable[Any]) -> List[Dict[str, Any]]:
    """Control data for sendMsg. Raises OSError EINVAL for an entry that Winsock has not."""
    entries = [_entry(int(level), int(kind), bytes(memoryview(data))) for level, kind, data in items]
    # RFC 3542: -1 asks for what the system does anyway.
    return [entry for entry in entries if entry.get("value") != -1]


def _entry(level: int, kind: int, data: bytes) -> Dict[str, Any]:
    try:
        if (level, kind) in _INTEGERS:
            return {"type": _INTEGERS[level, kind], "value": data[0] if len(data) == 1 else struct.unpack("i", data)[0]}
        if (level, kind) == (_IP, _IP_PKTINFO):
            if _IS_WINDOWS:
                address, index = struct.unpack("4sI", data)
            else:
                index, address, _ = struct.unpack("i4s4s", data)
            return _packet_info("IP_PKTINFO", address, index)
        if (level, kind) == (_IPV6, _IPV6_PKTINFO):
            return _packet_info("IPV6_PKTINFO", *struct.unpack("16sI", data))
    except struct.error:
        pass
    raise OSError(errno.EINVAL, f"no control data of Winsock: level {level}, type {kind}, {len(data)} bytes")


def _packet_info(kind: str, address: bytes, index: int) -> Dict[str, Any]:
    entry: Dict[str, Any] = {"type": kind}
    if any(address):
        entry["address"] = str(ipaddress.ip_address(address))
    if index:
        entry["interfaceIndex"] = index
    return entry


def from_wire(entries: Iterable[Mapping[str, Any]], room: int) -> Tuple[List[ControlItem], bool]:
    """
    Control data of recvMsg, as recvmsg gives it with `room` bytes for it.

    Returns the items, and whether some of them did not fit: the last one may be cut, as the system cuts it.
    """
    items: List[ControlItem] = []
    for entry in entries:
        item = _item(entry)
        if item is None:
            continue
        left = room - _header_bytes()
        if left < 0:
            return items, True
        level, kind, data = item
        if len(data) > left:
            items.append((level, kind, data[:left]))
            return items, True
        items.append(item)
        room -= min(room, _space(len(data)))
    return items, False


def _item(entry: Mapping[str, Any]) -> Optional[ControlItem]:
    kind = str(entry["type"])
    if kind in _NUMBERS:
        level, number = _NUMBERS[kind]
        value = int(entry.get("value", 0))
        # Linux gives the TOS of a datagram as one byte.
        return level, number, struct.pack("B" if kind == "IP_TOS" and not _IS_WINDOWS else "i", value)
    if kind not in ("IP_PKTINFO", "IPV6_PKTINFO"):
        return None
    address = ipaddress.ip_address(str(entry.get("address", "0.0.0.0" if kind == "IP_PKTINFO" else "::"))).packed
    index = int(entry.get("interfaceIndex", 0))
    if kind == "IPV6_PKTINFO":
        return _IPV6, _IPV6_PKTINFO, struct.pack("16sI", address, index)
    if _IS_WINDOWS:
        return _IP, _IP_PKTINFO, struct.pack("4sI", address, index)
    return _IP, _IP_PKTINFO, struct.pack("i4s4s", index, address, address)


def _header_bytes() -> int:
    measured: int = socket.CMSG_LEN(0) if hasattr(socket, "CMSG_LEN") else 16
    return measured


def _space(length: int) -> int:
    measured: int = socket.CMSG_SPACE(length) if hasattr(socket, "CMSG_SPACE") else 16 + (length + 7) // 8 * 8
    return measured
