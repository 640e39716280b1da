"""
A client of winsockd: sockets of a Windows machine, in Python.

    import winsockd

    with winsockd.Rig() as rig, rig.create_connection(("127.0.0.1", 8000)) as connection:
        connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        connection.send_disconnect()
        print(connection.recv(4096))
"""

from .batch import Batch, Step
from .errors import (
    RefusedError,
    RefusedPermissionError,
    RigError,
    RigLostError,
    TimedOutError,
    WinsockBlockingIOError,
    WinsockBrokenPipeError,
    WinsockConnectionAbortedError,
    WinsockConnectionRefusedError,
    WinsockConnectionResetError,
    WinsockError,
    WinsockInterruptedError,
    WinsockPermissionError,
    WinsockResolverError,
    WinsockTimeoutError,
)
from .faults import Fault
from .relays import Relay
from .rig import Rig
from .session import Session

__version__ = "0.1.0"

__all__ = [
    "Batch",
    "Fault",
    "RefusedError",
    "RefusedPermissionError",
    "Relay",
    "Rig",
    "RigError",
    "RigLostError",
    "Session",
    "Step",
    "TimedOutError",
    "WinsockBlockingIOError",
    "WinsockBrokenPipeError",
    "WinsockConnectionAbortedError",
    "WinsockConnectionRefusedError",
    "WinsockConnectionResetError",
    "WinsockError",
    "WinsockInterruptedError",
    "WinsockPermissionError",
    "WinsockResolverError",
    "WinsockTimeoutError",
]
