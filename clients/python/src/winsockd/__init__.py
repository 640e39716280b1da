"""
A client of winsockd: sockets of a Windows machine, in Python.

    import winsockd

    with winsockd.Rig() as rig, rig.create_connection(("127.0.0.1", 8000)) as connection:
        connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        connection.send_disconnect()
        print(connection.recv(4096))
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: The modules that the names above come from; a program may also name these.
_MODULES = ("batch", "errors", "faults", "journal", "relays", "rig", "session")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Loads the client at its first use: pytest loads this package in every run, for its plugin."""
        if name in _MODULES:
            return importlib.import_module(f".{name}", __name__)
        if name in __all__:
            for module in map(__getattr__, _MODULES):
                if hasattr(module, name):
                    return getattr(module, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
