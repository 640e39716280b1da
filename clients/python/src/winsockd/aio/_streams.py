"""The streams of asyncio over a rig."""

from __future__ import annotations

import asyncio
import ssl as _ssl
from typing import Any, Awaitable, Callable, Optional, Sequence, Tuple, Union, cast

from ..rig import Rig
from ..session import Session
from ._opening import bound, connected, session_of
from ._server import Server
from ._tls import tls_over
from ._transport import RigTransport

#: As of the streams of asyncio, in bytes.
_LIMIT = 64 * 1024

ClientConnected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Optional[Awaitable[None]]]


async def open_connection(
    host: Optional[str],
    port: Any,
    *,
    session: Union[Rig, Session, None] = None,
    limit: int = _LIMIT,
    ssl: Union[_ssl.SSLContext, bool, None] = None,
    server_hostname: Optional[str] = None,
    local_addr: Optional[Tuple[str, int]] = None,
    **socket_options: Any,
) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """
    Connects to a TCP address, as `asyncio.open_connection` does: each address of the host is tried.

    host: is looked up on the rig. None: the loopback address there.
    session: that owns the socket, or a rig. None: that in use.
    limit: of the reader's buffer, in bytes.
    ssl: a context for TLS; True for one with the certificates of this machine.
    server_hostname: what the certificate must name; the host unless given.
    local_addr: host and port to bind to.
    socket_options: of `winsockd.socket.socket`, such as `provider`, `faults`, `capture`.

    Returns reader and writer. `writer.get_extra_info("winsockd_socket")` is the socket, for `aio.call`.
    Raises WinsockError, RefusedError, RigLostError, ssl.SSLError.

    https://docs.python.org/3/library/asyncio-stream.html#asyncio.open_connection
    """
    if server_hostname is not None and not ssl:
        raise ValueError("server_hostname is only meaningful with ssl")
    name = server_hostname or host
    if ssl and not name:
        raise ValueError("You must set server_hostname when using ssl without a host")
    context = _ssl.create_default_context() if ssl is True else ssl or None
    opened = await connected(await session_of(session), host, port, local_addr, socket_options)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    protocol = _ClientProtocol(reader, loop=loop)
    if context is None:
        RigTransport(opened, protocol).begin()
    else:
        ready: "asyncio.Future[None]" = loop.create_future()
        below = RigTransport(opened, tls_over(protocol, context, name, ready))
        below.begin()
        try:
            await ready
        except BaseException:
            below.close()
            raise
    return reader, asyncio.StreamWriter(protocol.transport, protocol, reader, loop)


async def start_server(
    client_connected_cb: ClientConnected,
    host: Union[str, Sequence[str], None],
    port: Any,
    *,
    session: Union[Rig, Session, None] = None,
    backlog: int = 100,
    limit: int = _LIMIT,
    ssl: Optional[_ssl.SSLContext] = None,
    start_serving: bool = True,
    **socket_options: Any,
) -> Server:
    """
    Starts a TCP server, as `asyncio.start_server` does.

    client_connected_cb: is called with reader and writer of each connection; a coroutine becomes a task.
    host: one or several; each of their addresses gets a listening socket. None: all addresses of the machine.
    port: 0 for any free one, another for each socket.
    session, limit, socket_options: as of `open_connection`.
    backlog: how many connections may wait.
    ssl: a context for TLS.
    start_serving: False leaves it to `Server.start_serving` or `Server.serve_forever`.

    Raises WinsockError, RefusedError, RigLostError.

    https://docs.python.org/3/library/asyncio-stream.html#asyncio.start_server
    """
    loop = asyncio.get_running_loop()

    def protocol_of_connection() -> asyncio.BaseProtocol:
        reader = asyncio.StreamReader(limit=limit, loop=loop)
        return asyncio.StreamReaderProtocol(reader, client_connected_cb, loop=loop)

    hosts = [host or None] if host is None or isinstance(host, str) else list(host)
    owner = await session_of(session)
    server = Server(owner, await bound(owner, hosts, port, socket_options), protocol_of_connection, backlog, ssl)
    if start_serving:
        try:
            await server.start_serving()
        except BaseException:
            server.close()
            raise
    return server


class _ClientProtocol(asyncio.StreamReaderProtocol):
    """A protocol of streams that knows its transport: with TLS that is another than the one below."""

    transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        super().connection_made(transport)
