"""
Programs with the Python client that make the calls of a lifecycle one by one, and check the echo. The arguments:
clients.py. BENCH_TOKEN has the token.
"""
import os
import socket

import winsockd

from clients import DATA, measure


def connect(port):
    session = winsockd.Rig(f"http://127.0.0.1:{port}", token=os.environ["BENCH_TOKEN"]).session

    def lifecycle(echo_port):
        opened = session.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.connect(("127.0.0.1", echo_port))
        opened.send(DATA)
        received = opened.recv(4096)
        opened.send_disconnect()
        end = opened.recv(4096)
        opened.close()
        if received != DATA or end != b"":
            raise RuntimeError(f"{received!r} came back, then {end!r}")

    return lifecycle


measure(connect)
