"""
The session whose sockets `winsockd.socket` opens: that of `Rig.patch` or `Session.use`, otherwise that of a rig
which is made from the environment at the first need.
"""

from __future__ import annotations

import os
import socket as _socket
import threading
from typing import TYPE_CHECKING, List, Optional

if TYPE_CHECKING:
    from .rig import Rig
    from .session import Session

_in_use: "List[Session]" = []
#: A signal handler may need the session, too, while its thread has the lock.
_mutex = threading.RLock()
_default: "Optional[Rig]" = None
_is_patched = False


def _begin_child() -> None:
    """In a forked child: no thread is left that could free the lock."""
    global _mutex
    _mutex = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)


def current() -> "Session":
    """The session in use. Raises as `Rig` does if there is none and no daemon."""
    global _default
    if _in_use:
        return _in_use[-1]
    with _mutex:
        if _default is None or _default.is_closed:
            from .rig import Rig

            _default = Rig()
        return _default.session


def begin(session: "Session") -> None:
    """Puts a session to use, in all threads."""
    _in_use.append(session)


def end(session: "Session") -> None:
    """Ends the use of a session, if it has begun."""
    if session in _in_use:
        _in_use.remove(session)


def is_patched() -> bool:
    """Whether `patch` is in force."""
    return _is_patched


def set_patched(is_in_force: bool) -> None:
    """Says that `patch` is in force, or no longer."""
    global _is_patched
    _is_patched = is_in_force


def is_local(family: int, fileno: object) -> bool:
    """Whether a socket that a program opens within `patch` stays one of this machine."""
    if not is_patched():
        return False
    if fileno is not None:
        from .socket._handle import handle_of

        return not isinstance(fileno, int) or handle_of(fileno) is None
    return family not in _OF_RIGS


#: The families whose sockets are a rig's within `patch`; -1 is the default, AF_INET.
_OF_RIGS = (-1, _socket.AF_INET, _socket.AF_INET6)
