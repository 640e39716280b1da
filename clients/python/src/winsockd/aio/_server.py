"""Servers over listening sockets of a rig."""

from __future__ import annotations

import asyncio
import ssl as _ssl
from typing import Any, Callable, Dict, List, Mapping, Optional, Set, Tuple

from ..addresses import from_wire
from ..session import Session
from ..socket._rig_socket import socket as RigSocket
from ._calls import call
from ._opening import discard, made_of
from ._tls import tls_over
from ._transport import RigTransport
from ._under_way import UnderWay

#: Why a connection cannot be taken now but may be later: limits of the daemon and of its system.
_FULL = ("quota", "overloaded", "WSAEMFILE", "WSAENOBUFS")

#: Connections that were gone when they were to be taken.
_GONE = ("WSAECONNRESET", "WSAECONNABORTED")

_RETRY_SECONDS = 1.0


class Server(asyncio.AbstractServer):
    """
    Listening sockets of a rig, whose connections get a protocol each. It has the methods of `asyncio.Server`;
    `wait_closed` waits for the connections, too, as there since Python 3.12.

    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.Server
    """

    def __init__(
        self,
        session: Session,
        listeners: List[RigSocket],
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        backlog: int,
        ssl: Optional[_ssl.SSLContext],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._listeners = {listener: listener.handle for listener in listeners}
        self._protocol_factory = protocol_factory
        self._backlog = backlog
        self._ssl = ssl
        self._is_serving = False
        self._is_closed = False
        self._accepts: Dict[RigSocket, UnderWay] = {}
        #: Sockets whose close is under way.
        self._closing: Set[RigSocket] = set()
        self._connections: Set[RigTransport] = set()
        self._serving_forever: "Optional[asyncio.Future[None]]" = None
        self._all_ended = asyncio.Event()

    @property
    def sockets(self) -> Tuple[RigSocket, ...]:
        """The listening sockets; none when it is closed."""
        return () if self._is_closed else tuple(self._listeners)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def is_serving(self) -> bool:
        return self._is_serving

    async def start_serving(self) -> None:
        """Begins to listen and to take connections."""
        if self._is_closed:
            raise RuntimeError(f"server {self!r} is closed")
        if self._is_serving:
            return
        self._is_serving = True
        for listener in self._listeners:
            await call(listener, "listen", backlog=self._backlog)
            self._accept(listener)

    async def serve_forever(self) -> None:
        """
        Serves until its task is cancelled. Then the server and its connections close.

        Raises the error of a listening socket that can take no more connections.
        """
        if self._serving_forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        self._serving_forever = self._loop.create_future()
        try:
            await self.start_serving()
            await self._serving_forever
        except asyncio.CancelledError:
            self.close()
            self.close_clients()
            await self.wait_closed()
            raise
        finally:
            self._serving_forever = None

    def close(self) -> None:
        """Closes the listening sockets. Connections stay."""
        if self._is_closed:
            return
        self._is_closed = True
        self._is_serving = False
        for accept in self._accepts.values():
            accept.cancel()
        for listener in self._listeners:
            self._close(listener)
        if self._serving_forever is not None and not self._serving_forever.done():
            self._serving_forever.cancel()

    def close_clients(self) -> None:
        """Closes the connections, after they have sent what waits."""
        for connection in list(self._connections):
            connection.close()

    def abort_clients(self) -> None:
        """Resets the connections."""
        for connection in list(self._connections):
            connection.abort()

    async def wait_closed(self) -> None:
        """Waits until the server is closed and its connections have ended."""
        await self._all_ended.wait()

    def _close(self, listener: RigSocket) -> None:
        self._closing.add(listener)

        def on_end(_: UnderWay) -> None:
            listener._release()
            self._closing.discard(listener)
            self._look_for_end()

        UnderWay(self._session.rig, "close", self._listeners[listener].params()).then(on_end)

    def _look_for_end(self) -> None:
        if self._is_closed and not self._closing and not self._connections and not self._accepts:
            self._all_ended.set()

    def _accept(self, listener: RigSocket) -> None:
        if self._is_closed:
            return
        accept = UnderWay(self._session.rig, "accept", self._listeners[listener].params())
        self._accepts[listener] = accept.then(lambda ended: self._accepted(listener, ended))

    def _accepted(self, listener: RigSocket, accept: UnderWay) -> None:
        del self._accepts[listener]
        error = accept.error
        name = getattr(error, "name", "")
        if error is None:
            try:
                self._take(int(listener.family), accept.result)
            except OSError as failure:  # this process has no descriptor left: the connection is closed again
                self._retry(listener, failure)
                return
        elif name in _FULL and not self._is_closed:
            self._retry(listener, error)
            return
        elif not self._is_closed and not accept.has_met_wait_limit and name not in _GONE:
            self._fail(listener, error)
        self._accept(listener)
        self._look_for_end()

    def _retry(self, listener: RigSocket, error: OSError) -> None:
        self._report(listener, error)
        self._loop.call_later(_RETRY_SECONDS, self._accept, listener)
        self._look_for_end()

    def _take(self, family: int, answer: Mapping[str, Any]) -> None:
        accepted = made_of(self._session, answer["socketId"], family, None, answer["remoteAddress"])
        if self._is_closed:
            discard(accepted)
            return
        naming = UnderWay(self._session.rig, "getSockName", accepted.handle.params())
        naming.then(lambda ended: self._begin(accepted, ended))

    def _begin(self, accepted: RigSocket, naming: UnderWay) -> None:
        if self._is_closed or naming.error is not None:
            discard(accepted)
            return
        accepted.handle.local_address = from_wire(naming.result["address"])
        protocol = self._protocol_factory()
        if self._ssl is not None:
            protocol = tls_over(protocol, self._ssl, None, None)
        connection = RigTransport(accepted, protocol, self._lost)
        self._connections.add(connection)
        connection.begin()

    def _lost(self, connection: RigTransport) -> None:
        self._connections.discard(connection)
        self._look_for_end()

    def _fail(self, listener: RigSocket, error: OSError) -> None:
        """Ends the server because a listening socket has failed, or the session or its rig has ended."""
        if self._serving_forever is None:
            self._report(listener, error)
        else:
            self._serving_forever.set_exception(error)
        self.close()

    def _report(self, listener: RigSocket, error: OSError) -> None:
        self._loop.call_exception_handler(
            {"message": "a server cannot take a connection", "exception": error, "socket": listener}
        )

    async def __aenter__(self) -> "Server":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await self.wait_closed()

    def __repr__(self) -> str:
        return f"<winsockd.aio.Server sockets={self.sockets!r}>"
