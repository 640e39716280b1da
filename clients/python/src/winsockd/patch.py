"""
Runs unchanged programs on a rig: within `patched`, the standard library's `socket`, `select`, `selectors` and
`ssl` open their sockets there, and so does all that is built on them, such as http.client or requests.

It holds for the whole process, all threads included. AF_UNIX, `socketpair` and descriptors of this machine stay
local. The client's own connections do not go through it.
"""

from __future__ import annotations

import select as _select
import selectors as _selectors
import socket as _socket
import ssl as _ssl
import sys
import threading
from contextlib import contextmanager
from typing import Any, Iterator, List, NamedTuple, Tuple

from . import _current, _originals, select, selectors, socket
from .session import Session
from .tls import wrap_socket

_mutex = threading.Lock()

#: What a name had that was not there.
_ABSENT = object()


class _Change(NamedTuple):
    owner: Any
    name: str
    before: Any
    after: Any


@contextmanager
def patched(session: Session) -> Iterator[None]:
    """
    Patches the standard library for the `with` block.

    Raises RuntimeError if a patch is in force, and at the end if somebody else has changed what it set; that is
    left as it is, all else is restored.
    """
    if not _mutex.acquire(blocking=False):
        raise RuntimeError("a patch is in force: it is for the whole process, and for one rig at a time")
    changes: List[_Change] = []
    try:
        _current.begin(session)
        _current.set_patched(True)
        for owner, name, after in _replacements():
            # First the note: an exception of a signal handler may come between any two steps.
            changes.append(_Change(owner, name, vars(owner).get(name, _ABSENT), after))
            setattr(owner, name, after)
        yield
    finally:
        _current.set_patched(False)
        _current.end(session)
        changed_by_others = [one for one in reversed(changes) if not _restore(one)]
        _mutex.release()
    if changed_by_others:
        names = ", ".join(f"{getattr(one.owner, '__name__', one.owner)}.{one.name}" for one in changed_by_others)
        raise RuntimeError(f"changed by somebody else while the patch was in force, and left so: {names}")


def _replacements() -> List[Tuple[Any, str, Any]]:
    found: List[Tuple[Any, str, Any]] = [
        (_socket, name, getattr(socket, name))
        for name in (
            "close",
            "fromfd",
            "getaddrinfo",
            "gethostbyaddr",
            "gethostbyname",
            "gethostbyname_ex",
            "getnameinfo",
            "getservbyname",
            "getservbyport",
            "socket",
        )
    ]
    if sys.platform == "win32":
        found.append((_socket, "socketpair", _originals.socketpair))
    found += [(_select, name, getattr(select, name)) for name in ("select", "poll", "epoll") if hasattr(_select, name)]
    # Classes, since others keep copies of them from their import on.
    found.append((_selectors.SelectSelector, "_select", selectors.RigSelector._select))
    for name, waiter in (("PollSelector", select.poll), ("EpollSelector", select.epoll)):
        if hasattr(_selectors, name):
            found.append((getattr(_selectors, name), "_selector_cls", waiter))
    if hasattr(_selectors, "KqueueSelector"):
        found.append((_selectors, "DefaultSelector", selectors.RigSelector))
    found.append((_ssl.SSLContext, "wrap_socket", wrap_socket))
    return found


def _restore(change: _Change) -> bool:
    """Whether the name still had what the patch set."""
    if vars(change.owner).get(change.name) is not change.after:
        return False
    if change.before is _ABSENT:
        delattr(change.owner, change.name)
    else:
        setattr(change.owner, change.name, change.before)
    return True
