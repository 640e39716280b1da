"""
The functions and classes of the standard library, as they were when this package was imported. The client's
own connections use these, so that they never go through a rig while `patch` is in force.
"""

from __future__ import annotations

import select as _select
import socket as _socket
import ssl as _ssl
import sys
from typing import Optional

#: The local socket class.
Socket = _socket.socket
getaddrinfo = _socket.getaddrinfo
fromfd = _socket.fromfd
#: Closes a descriptor of a socket.
close = _socket.close
SSLContext = _ssl.SSLContext
wrap_socket = _ssl.SSLContext.wrap_socket
select = _select.select
#: None on Windows.
poll = getattr(_select, "poll", None)


def connect(host: str, port: int, timeout: float) -> _socket.socket:
    """
    Connects to one of the addresses of a host, by TCP. It does what `socket.create_connection` does, which
    looks up its parts in the module `socket` when it is called.

    timeout: in seconds, for each address. Raises the OSError of the last address.
    """
    failure: Optional[OSError] = None
    found = getaddrinfo(host, port, type=_socket.SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        opened = Socket(family, kind, protocol)
        try:
            opened.settimeout(timeout)
            opened.connect(address)
            opened.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            return opened
        except OSError as error:
            failure = error
            opened.close()
    raise failure or OSError(f"no address of {host!r}")


class ReadWaiter:
    """Waits until one of a few local sockets can be read. One thread at a time may use it."""

    def __init__(self, *sockets: _socket.socket) -> None:
        self._sockets = list(sockets)
        self._poll = poll() if poll is not None else None
        if self._poll is not None:
            for one in sockets:
                self._poll.register(one, _select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Whether one can be read, or has failed, within so many seconds."""
        try:
            if self._poll is not None:
                return bool(self._poll.poll(seconds * 1000))
            return bool(select(self._sockets, [], [], seconds)[0])
        except (OSError, ValueError):
            return True  # one was closed meanwhile, which reading it says


def wait_to_write(one: _socket.socket, seconds: float) -> None:
    """Waits until a local socket takes more bytes."""
    if poll is None:
        select([], [one], [], seconds)
        return
    waiting = poll()
    waiting.register(one, _select.POLLOUT)
    waiting.poll(seconds * 1000)


def local_socketpair(
    family: int = _socket.AF_INET, type: int = _socket.SOCK_STREAM, proto: int = 0
) -> "tuple[_socket.socket, _socket.socket]":
    """`socket.socketpair` where the system has none: its own one would look up the patched class."""
    if family not in (_socket.AF_INET, _socket.AF_INET6) or type != _socket.SOCK_STREAM or proto != 0:
        raise ValueError("a pair of sockets is of AF_INET or AF_INET6, SOCK_STREAM and the protocol 0 here")
    with Socket(family, type) as listener:
        listener.bind(("127.0.0.1" if family == _socket.AF_INET else "::1", 0))
        listener.listen(1)
        one = Socket(family, type)
        one.connect(listener.getsockname())
        other, address = listener.accept()
        if address != one.getsockname():
            one.close()
            other.close()
            raise ConnectionError("somebody else has connected to the pair")
        return one, other


#: Until Python 3.14 that of the standard library on Windows makes its sockets by the class in the module `socket`.
socketpair = local_socketpair if sys.platform == "win32" else _socket.socketpair
