"""Clients of rpyc_rig.py that make the calls of a lifecycle and check the echo. The arguments: clients.py."""
import rpyc
from rpyc.core.stream import SocketStream

from clients import DATA, measure


def connect(port):
    stream = SocketStream.connect("127.0.0.1", port, nodelay=True)
    remote = rpyc.classic.connect_stream(stream).modules.socket

    def lifecycle(echo_port):
        opened = remote.socket(2, 1)
        opened.connect(("127.0.0.1", echo_port))
        opened.send(DATA)
        received = opened.recv(4096)
        opened.shutdown(1)
        end = opened.recv(4096)
        opened.close()
        if received != DATA or end != b"":
            raise RuntimeError(f"{received!r} came back, then {end!r}")

    return lifecycle


measure(connect)
