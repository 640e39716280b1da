"""A Linux program at the other end of a connection, by Python's standard library alone.

    python3 peer.py serve           takes one connection on a free port of loopback, which it prints
    python3 peer.py call PORT TEXT  connects, says the text, and stops sending

Then it reads to the end, prints as one line of JSON what came and which end it was, `fin` or `reset`, and
after a `fin` of a connection that it took answers how much it read.
"""

import hashlib
import json
import socket
import sys

LIMIT_S = 60


def say(**what):
    print(json.dumps(what), flush=True)


def read_to_end(stream):
    """The bytes before the end, and which end it was. One byte a turn at least, so the loop is bounded."""
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


def tell(received, end):
    say(end=end, length=len(received), sha256=hashlib.sha256(received).hexdigest(), text=received[:100].decode())


def serve():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)
        say(port=listener.getsockname()[1])
        stream, _ = listener.accept()
    with stream:
        stream.settimeout(LIMIT_S)
        received, end = read_to_end(stream)
        tell(received, end)
        if end == "fin":
            stream.sendall(f"read {len(received)} bytes".encode())


def call(port, text):
    with socket.create_connection(("127.0.0.1", int(port)), LIMIT_S) as stream:
        try:
            stream.sendall(text.encode())
            stream.shutdown(socket.SHUT_WR)
        except (ConnectionResetError, BrokenPipeError):  # turned away before it could say a word
            return tell(b"", "reset")
        tell(*read_to_end(stream))


{"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
