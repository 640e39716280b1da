"""The part of the socket class that makes and ends connections."""

from __future__ import annotations

import errno
import socket as _stdlib
from typing import Any, Optional, Tuple, Union

from .. import addresses
from ..errors import TimedOutError, WinsockError
from ..relays import Relay
from ._buffers import decoded, encoded, flat
from ._opened import OpenedSocket, check_c_int, named

_HOWS = {_stdlib.SHUT_RD: "SD_RECEIVE", _stdlib.SHUT_WR: "SD_SEND", _stdlib.SHUT_RDWR: "SD_BOTH"}

Buffer = Union[bytes, bytearray, memoryview]


class Connection(OpenedSocket):
    """Addresses, connections and their ends."""

    def bind(self, address: Any) -> None:
        """
        Gives the socket a local address. Port 0 is any free one.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind
        """
        wire = self._address(address, "bind")
        self.handle.local_address = addresses.from_wire(self.call("bind", address=wire)["localAddress"])

    def listen(self, backlog: int = 128) -> None:
        """
        Makes the socket, which must be bound, take connections; so many may wait.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
        """
        check_c_int(backlog)
        self.call("listen", backlog=max(0, backlog))

    def connect(self, address: Any) -> None:
        """
        Connects to an address. A time-out ends the wait, not the attempt.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
        """
        handle = self.handle
        wire = self._address(address, "connect")
        answer = self._waits("connect", handle.params(address=wire))
        if "localAddress" in answer:
            handle.local_address = addresses.from_wire(answer["localAddress"])
        if "remoteAddress" in answer:
            handle.remote_address = addresses.from_wire(answer["remoteAddress"])

    def connect_ex(self, address: Any) -> int:
        """As connect, but returns the errno of this system, 0 for success."""
        try:
            Connection.connect(self, address)  # not that of a subclass, which goes on with TLS
        except TimedOutError:
            return errno.EWOULDBLOCK
        except _stdlib.gaierror:
            raise
        except WinsockError as error:
            return int(error.errno or error.code)
        return 0

    def getsockname(self) -> Any:
        """
        The local address. A socket that is not bound has none: WSAEINVAL.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockname
        """
        return addresses.from_wire(self.call("getSockName")["address"])

    def getpeername(self) -> Any:
        """
        The address of the peer.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getpeername
        """
        return addresses.from_wire(self.call("getPeerName")["address"])

    def shutdown(self, how: int) -> None:
        """
        Ends directions of the connection: SHUT_RD, SHUT_WR or SHUT_RDWR.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown
        """
        check_c_int(how)
        self.call("shutdown", how=named(_HOWS, how, errno.EINVAL, "how"))

    def send_disconnect(self, data: Optional[Buffer] = None) -> None:
        """
        Stops sending and begins the end of the connection. The socket stays open, and goes on receiving.

        data: disconnect data, for a provider that carries it.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
        """
        self.call("sendDisconnect", disconnectData=None if data is None else encoded(flat(data)))

    def recv_disconnect(self, max_bytes: Optional[int] = None) -> Optional[bytes]:
        """
        Stops receiving, and fetches the disconnect data of the peer; None if there is none.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
        """
        found = self.call("recvDisconnect", maxBytes=max_bytes).get("disconnectData")
        return None if found is None else decoded(found)

    def cancel(self) -> int:
        """Ends the calls that wait on the socket (WSA_OPERATION_ABORTED). Returns how many."""
        return int(self.call("cancel")["cancelled"])

    def start_relay(self, upstream: Tuple[str, int], **options: Any) -> Relay:
        """
        Joins every connection to this listening socket to one to an upstream address. See docs/relay.md.

        options: `provider`, `maxConnections`, `connectTimeoutMs`, `capture`, `faults`.
        """
        wire = self._address(upstream, "start_relay")
        return Relay(self.rig_session, self.call("startRelay", upstream=wire, **options))
