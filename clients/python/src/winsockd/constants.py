"""
The constants of this system's `socket` module, and the names that Winsock has for them. The daemon takes names,
since the numbers differ between systems.
"""

from __future__ import annotations

import errno
import socket
from typing import Dict, Iterable, List, Mapping


def _numbers(names: Iterable[str]) -> Dict[int, str]:
    """The names that this system has too, by their numbers here."""
    return {int(getattr(socket, name)): name for name in names if hasattr(socket, name)}


FAMILIES: Mapping[int, str] = {0: "AF_UNSPEC", **_numbers(("AF_UNIX", "AF_INET", "AF_INET6"))}
TYPES: Mapping[int, str] = _numbers(("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"))
PROTOCOLS: Mapping[int, str] = _numbers(
    ("IPPROTO_ICMP", "IPPROTO_IGMP", "IPPROTO_TCP", "IPPROTO_UDP", "IPPROTO_IPV6", "IPPROTO_ICMPV6")
)
RECV_FLAGS: Mapping[int, str] = _numbers(("MSG_OOB", "MSG_PEEK", "MSG_WAITALL"))
RECV_MSG_FLAGS: Mapping[int, str] = _numbers(("MSG_PEEK",))
SEND_FLAGS: Mapping[int, str] = _numbers(("MSG_OOB", "MSG_DONTROUTE"))
ADDR_INFO_FLAGS: Mapping[int, str] = _numbers(
    (
        "AI_PASSIVE",
        "AI_CANONNAME",
        "AI_NUMERICHOST",
        "AI_NUMERICSERV",
        "AI_ALL",
        "AI_ADDRCONFIG",
        "AI_V4MAPPED",
    )
)
NAME_INFO_FLAGS: Mapping[int, str] = _numbers(
    ("NI_NOFQDN", "NI_NUMERICHOST", "NI_NAMEREQD", "NI_NUMERICSERV", "NI_DGRAM")
)
MESSAGE_FLAGS: Mapping[str, int] = {
    name: int(getattr(socket, name)) for name in ("MSG_TRUNC", "MSG_CTRUNC") if hasattr(socket, name)
}

#: The call must not wait. Winsock has no such flag: the client does the same by a time-out of zero.
MSG_DONTWAIT = int(getattr(socket, "MSG_DONTWAIT", 0))

#: Flags of this system that ask for nothing that Winsock does not do anyway.
_WITHOUT_MEANING = int(getattr(socket, "MSG_NOSIGNAL", 0)) | int(getattr(socket, "MSG_CMSG_CLOEXEC", 0))

#: Bits that this system lets a program add to a type.
TYPE_MODIFIERS = int(getattr(socket, "SOCK_NONBLOCK", 0)) | int(getattr(socket, "SOCK_CLOEXEC", 0))


def flag_names(flags: int, known: Mapping[int, str]) -> List[str]:
    """The names of the flags of a call. Raises OSError EOPNOTSUPP for one that the call does not have."""
    rest = flags & ~(MSG_DONTWAIT | _WITHOUT_MEANING)
    if rest == 0:
        return []
    names = [name for bit, name in known.items() if rest & bit]
    if rest & ~sum(bit for bit in known if rest & bit):
        raise OSError(errno.EOPNOTSUPP, f"Winsock has no flag {rest:#x} for this call")
    return names
