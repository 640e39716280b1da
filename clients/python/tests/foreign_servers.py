"""
Servers of other projects as programs of their own, for tests of unchanged clients. A server listens on a free port
of 127.0.0.1 and prints it: `python foreign_servers.py http|echo|smtp|ftp [file of a certificate]`.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional


class _PortOfClient(BaseHTTPRequestHandler):
    """Answers with the port of the client. After `/close` it closes the connection without having said so."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = str(self.client_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/close"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def http(context: Optional[ssl.SSLContext]) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _PortOfClient)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def echo(context: Optional[ssl.SSLContext]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            received = await reader.read(65536)
            if not received:
                break
            writer.write(received)
            await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def smtp(context: Optional[ssl.SSLContext]) -> None:
    from aiosmtpd.handlers import Debugging
    from aiosmtpd.smtp import SMTP

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(Debugging(sys.stdout), hostname="localhost", tls_context=context), "127.0.0.1", 0
        )
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def ftp(certificate: Optional[str]) -> None:
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    handler: Any = FTPHandler
    if certificate is not None:
        from pyftpdlib.handlers import TLS_FTPHandler as handler

        handler.certfile = certificate
        handler.tls_data_required = True
    with tempfile.TemporaryDirectory() as folder:
        handler.authorizer = DummyAuthorizer()
        handler.authorizer.add_user("user", "password", str(Path(folder)), perm="elradfmw")
        server = FTPServer(("127.0.0.1", 0), handler)
        print(server.address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    if kind == "ftp":
        ftp(rest[0] if rest else None)
    else:
        made = None
        if rest:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.load_cert_chain(rest[0])
        {"http": http, "echo": echo, "smtp": smtp}[kind](made)
