"""A Linux program as the peer of a connection, with Python's standard library alone.

    python3 peer.py serve           accepts one connection on a free port of loopback, which it prints
    python3 peer.py call PORT TEXT  connects, sends the text, and shuts down sending

Then it reads to the end, and prints as one line of JSON what it received and how the stream ended, `fin` or
`reset`. After a `fin`, `serve` also sends how much it has read.
"""

import hashlib
import json
import socket
import sys

LIMIT_S = 60


def print_json(**members):
    print(json.dumps(members), flush=True)


def read_to_end(stream):
    """The bytes before the end, and how the stream ended. Each turn reads a byte, so the loop is bounded."""
    received = b""
    while len(received) < 16 * 1024 * 1024:
        try:
            part = stream.recv(65_536)
        except ConnectionResetError:
            return received, "reset"
        if part == b"":
            return received, "fin"
        received += part
    return received, "none"


def report(received, end):
    digest = hashlib.sha256(received).hexdigest()
    print_json(end=end, length=len(received), sha256=digest, text=received[:100].decode())


def serve():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)
        print_json(port=listener.getsockname()[1])
        stream, _ = listener.accept()
    with stream:
        stream.settimeout(LIMIT_S)
        received, end = read_to_end(stream)
        report(received, end)
        if end == "fin":
            stream.sendall(f"read {len(received)} bytes".encode())


def call(port, text):
    with socket.create_connection(("127.0.0.1", int(port)), LIMIT_S) as stream:
        try:
            stream.sendall(text.encode())
            stream.shutdown(socket.SHUT_WR)
        except (ConnectionResetError, BrokenPipeError):  # the listener rejected it before it could send
            return report(b"", "reset")
        report(*read_to_end(stream))


{"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
