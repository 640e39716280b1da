"""
Connections to the daemon, and the opening handshake of a WebSocket.

Source: RFC 6455, 4.1, https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import time
from typing import Optional, Tuple

from .. import _originals
from ..settings import Settings

SUBPROTOCOL = "winsockd.v1"

#: Seconds for the connection and its opening handshake together.
OPENING_SECONDS = 20.0

#: The longest head of the answer to the opening request.
_MAX_HEAD_BYTES = 64 * 1024

#: RFC 6455, 1.3: appended to the key to make the proof of the server.
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class OpeningRefusedError(Exception):
    """
    The opening request got another answer than 101.

    status: of HTTP; 0 if the answer was no HTTP. body: of the answer, a problem document if the daemon sent it.
    """

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"the WebSocket was refused with status {status}")
        self.status = status
        self.body = body


def connect(settings: Settings, timeout: float) -> socket.socket:
    """Connects to the daemon, with TLS if its URL says so."""
    host, port = settings.address
    try:
        connection = _originals.connect(host, port, timeout)
    except OSError as error:
        why = error.strerror or str(error)
        raise type(error)(error.errno, f"no daemon at {settings.url} (WINSOCKD_URL): {why}") from None
    if not settings.is_tls:
        return connection
    try:
        return _originals.wrap_socket(settings.tls_context(), connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def open_websocket(connection: socket.socket, settings: Settings, path: str) -> bytes:
    """
    Opens a WebSocket on a new connection. Returns what has come of its first frames already.

    Raises OpeningRefusedError if the answer is not 101.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    fields = [
        f"GET {path} HTTP/1.1",
        f"Host: {settings.host_field}",
        f"Authorization: Bearer {settings.token}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
    ]
    connection.sendall(("\r\n".join(fields) + "\r\n\r\n").encode("latin-1"))
    deadline = time.monotonic() + OPENING_SECONDS
    head, rest = _read_head(connection, deadline)
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.") else 0
    named = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if status != 101:
        length = named.get("content-length", "0")
        wanted = min(int(length) if length.isdigit() else 0, _MAX_HEAD_BYTES)
        raise OpeningRefusedError(status, _read_body(connection, rest, wanted, deadline))
    proof = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
    if named.get("sec-websocket-accept") != proof or named.get("sec-websocket-protocol") != SUBPROTOCOL:
        raise OpeningRefusedError(0, b"")
    return rest


def _read_head(connection: socket.socket, deadline: float) -> Tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = _read_before(connection, deadline)
        received += piece
        if not piece or len(received) > _MAX_HEAD_BYTES:
            raise OpeningRefusedError(0, b"")
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def _read_body(connection: socket.socket, received: bytes, length: int, deadline: float) -> bytes:
    while len(received) < length:
        piece = _read_before(connection, deadline)
        if not piece:
            break
        received += piece
    return received[:length]


def _read_before(connection: socket.socket, deadline: float) -> bytes:
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    return connection.recv(4096)


def problem_of(body: bytes) -> Optional[dict]:  # type: ignore[type-arg]
    """The problem document of a refusal; None if the body is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "type" in found else None
