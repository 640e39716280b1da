"""
The interface of the standard library's `socket` module over a rig: `from winsockd import socket` in place of
`import socket`. Its sockets open in the session of `Session.use` or `Rig.patch`, otherwise in that of a rig made
from the environment.

Names that are not defined here are those of the standard library, such as the constants and `inet_aton`.
"""

import socket as _stdlib
from socket import timeout
from typing import Any

from .. import _originals
from ..options import numbers as _numbers
from ._functions import (
    close,
    create_connection,
    create_server,
    fromfd,
    getaddrinfo,
    getfqdn,
    gethostbyaddr,
    gethostbyname,
    gethostbyname_ex,
    getnameinfo,
    getservbyname,
    getservbyport,
    has_dualstack_ipv6,
)
from ._library import *  # noqa: F403
from ._library import __all__ as _of_the_library
from ._rig_socket import socket

socket.__module__ = __name__  # as its readers know it
SocketType = socket
socketpair = _originals.socketpair  # within `patch` that of the standard library may be made of sockets of the rig

__all__ = [
    *_of_the_library,
    "SocketType",
    "close",
    "create_connection",
    "create_server",
    "fromfd",
    "getaddrinfo",
    "getfqdn",
    "gethostbyaddr",
    "gethostbyname",
    "gethostbyname_ex",
    "getnameinfo",
    "getservbyname",
    "getservbyport",
    "has_dualstack_ipv6",
    "socket",
    "socketpair",
    "timeout",
]


def __getattr__(name: str) -> Any:
    """Options of Winsock that this system lacks, and what else the standard library's module has."""
    own = _numbers()
    if name in own:
        return own[name]
    return getattr(_stdlib, name)
