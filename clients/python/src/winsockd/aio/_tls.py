"""TLS over a transport, by asyncio's own protocol for it."""

from __future__ import annotations

import asyncio
import ssl as _ssl
from asyncio import sslproto
from typing import Any, Optional


def tls_over(
    protocol: asyncio.BaseProtocol,
    context: _ssl.SSLContext,
    server_hostname: Optional[str],
    ready: "Optional[asyncio.Future[None]]",
) -> asyncio.BaseProtocol:
    """
    A protocol for the transport below, that gives `protocol` a transport of its own after the handshake.
    `loop.start_tls` uses the same class, but says `connection_made` to nobody.

    server_hostname: of a client, what the certificate must name. None: this is the server's end.
    ready: is done after the handshake, or has its error.
    """
    make: Any = sslproto.SSLProtocol
    loop = asyncio.get_running_loop()
    made: asyncio.BaseProtocol = make(loop, protocol, context, ready, server_hostname is None, server_hostname)
    return made
