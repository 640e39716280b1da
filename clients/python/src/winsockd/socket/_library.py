"""The names of the standard library's `socket` module that are the same over a rig: constants and pure functions."""

import socket as stdlib
from socket import *  # noqa: F403

__all__ = []
__all__ += stdlib.__all__
# Those that this package has of its own.
__all__.remove("SocketType")
__all__.remove("close")
__all__.remove("create_connection")
__all__.remove("create_server")
__all__.remove("fromfd")
__all__.remove("getaddrinfo")
__all__.remove("getfqdn")
__all__.remove("gethostbyaddr")
__all__.remove("gethostbyname")
__all__.remove("gethostbyname_ex")
__all__.remove("getnameinfo")
__all__.remove("getservbyname")
__all__.remove("getservbyport")
__all__.remove("has_dualstack_ipv6")
__all__.remove("socket")
if "socketpair" in __all__:
    __all__.remove("socketpair")
