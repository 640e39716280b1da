"""
The interface of the standard library's `select` module, for sockets of rigs and descriptors of this machine
together. What is not defined here is the standard library's.
"""

from __future__ import annotations

import errno
import select as _stdlib
import sys
import time
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from ._waiting import WaitCall, wait
from .socket._handle import Handle, handle_of

POLLIN = int(getattr(_stdlib, "POLLIN", 1))
POLLPRI = int(getattr(_stdlib, "POLLPRI", 2))
POLLOUT = int(getattr(_stdlib, "POLLOUT", 4))
POLLERR = int(getattr(_stdlib, "POLLERR", 8))
POLLHUP = int(getattr(_stdlib, "POLLHUP", 16))
POLLNVAL = int(getattr(_stdlib, "POLLNVAL", 32))
_POLLRDNORM = int(getattr(_stdlib, "POLLRDNORM", 64))
_POLLRDBAND = int(getattr(_stdlib, "POLLRDBAND", 128))
_POLLWRNORM = int(getattr(_stdlib, "POLLWRNORM", 256))
_EPOLLONESHOT = int(getattr(_stdlib, "EPOLLONESHOT", 1 << 30))

#: What Winsock reports, and the bits here that ask for it or say it.
_EVENTS = {
    "POLLRDNORM": POLLIN | _POLLRDNORM,
    "POLLRDBAND": POLLPRI | _POLLRDBAND,
    "POLLWRNORM": POLLOUT | _POLLWRNORM,
}
#: Where a failed connect is in the except set only, as Winsock has it. Elsewhere programs wait for it as writable.
_IS_WINDOWS = sys.platform == "win32"

_ALWAYS = {"POLLERR": POLLERR, "POLLHUP": POLLHUP, "POLLNVAL": POLLNVAL}


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: Optional[float] = None
) -> Tuple[List[Any], List[Any], List[Any]]:
    """
    As `select.select` of this system: a connect that has failed is in the except set on Windows, elsewhere it is
    writable.
    https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-select
    """
    given = [[(one, _descriptor(one)) for one in each] for each in (rlist, wlist, xlist)]
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    sets: Dict[Any, List[List[str]]] = {}
    local: Dict[int, int] = {}
    here = False
    for place, (each, bit) in enumerate(zip(given, (POLLIN, POLLOUT, POLLPRI))):
        for _, descriptor in each:
            handle = handle_of(descriptor)
            if handle is None:
                local[descriptor] = local.get(descriptor, 0) | bit
            else:
                asked = sets.setdefault(handle.session, [[], [], []])
                asked[place].append(handle.id)
                if place == 1 and not _IS_WINDOWS:
                    asked[2].append(handle.id)
                here = here or place == 0 and handle.is_readable_here
    calls = [
        WaitCall(session, "select", _select_params(session, three), lambda answer: any(answer[n] for n in _SETS))
        for session, three in sets.items()
    ]
    answers, ready = wait(calls, local, 0 if here else timeout)
    found = [{one for answer in answers for one in answer[name]} for name in _SETS]
    bits = (POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI)
    if any(events & POLLNVAL for events in ready.values()):
        raise OSError(errno.EBADF, "Bad file descriptor")

    def is_ready(place: int, descriptor: int) -> bool:
        handle = handle_of(descriptor)
        if handle is None:
            return bool(ready.get(descriptor, 0) & bits[place])
        if place == 1 and not _IS_WINDOWS and handle.id in found[2]:
            return True
        return handle.id in found[place] or place == 0 and handle.is_readable_here

    first, second, third = (
        [one for one, descriptor in each if is_ready(place, descriptor)] for place, each in enumerate(given)
    )
    return first, second, third


_SETS = ("read", "write", "except")


def _select_params(session: Any, three: List[List[str]]) -> Dict[str, Any]:
    return {"sessionId": session.id, **{name: list(dict.fromkeys(ids)) for name, ids in zip(_SETS, three) if ids}}


def _descriptor(one: Any) -> int:
    number = one if isinstance(one, int) else one.fileno() if hasattr(one, "fileno") else None
    if not isinstance(number, int):
        raise TypeError("argument must be an int, or have a fileno() method.")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


class poll:
    """
    As `select.poll`.
    https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
    """

    def __init__(self) -> None:
        self._registered: Dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = POLLIN | POLLPRI | POLLOUT) -> None:
        """Adds a descriptor or socket, or changes its events."""
        self._registered[_descriptor(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        """Changes the events of a descriptor that was added."""
        descriptor = _descriptor(fd)
        if descriptor not in self._registered:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        self._registered[descriptor] = eventmask

    def unregister(self, fd: Any) -> None:
        """Removes a descriptor. Raises KeyError if it was not added."""
        del self._registered[_descriptor(fd)]

    def poll(self, timeout: Optional[float] = None) -> List[Tuple[int, int]]:
        """Waits. timeout: in milliseconds; None or less than 0 waits without end."""
        return self._wait(None if timeout is None or timeout < 0 else timeout / 1000)

    def _wait(self, seconds: Optional[float]) -> List[Tuple[int, int]]:
        handles: Dict[int, Handle] = {}
        for descriptor in self._registered:
            handle = handle_of(descriptor)
            if handle is not None:
                handles[descriptor] = handle
        local = {one: events for one, events in self._registered.items() if one not in handles}
        here = {
            one: POLLIN for one, handle in handles.items() if self._registered[one] & POLLIN and handle.is_readable_here
        }
        answers, ready = wait(self._calls(handles), local, 0 if here else seconds)
        found = {one["socketId"]: one["revents"] for answer in answers for one in answer["sockets"]}
        events = {**ready, **here}
        for descriptor, handle in handles.items():
            seen = _seen(found.get(handle.id, ()), self._registered.get(descriptor, 0))
            if seen:
                events[descriptor] = events.get(descriptor, 0) | seen
        return [(one, events[one]) for one in self._registered if events.get(one)]

    def _calls(self, handles: Mapping[int, Handle]) -> List[WaitCall]:
        asked: Dict[Any, List[Dict[str, Any]]] = {}
        for descriptor, handle in handles.items():
            wanted = [name for name, bits in _EVENTS.items() if self._registered[descriptor] & bits]
            asked.setdefault(handle.session, []).append({"socketId": handle.id, "events": wanted})
        return [
            WaitCall(session, "poll", {"sessionId": session.id, "sockets": each}, lambda answer: answer["ready"] > 0)
            for session, each in asked.items()
        ]


def _seen(names: Iterable[str], wanted: int) -> int:
    seen = 0
    for name in names:
        seen |= _ALWAYS.get(name, 0) or _EVENTS.get(name, 0) & wanted
    # The end of the peer's stream can be read, too; to a failed connection one can write without a wait.
    return seen | (POLLIN & wanted if seen & POLLHUP else 0) | (POLLOUT & wanted if seen & POLLERR else 0)


class epoll(poll):
    """As `select.epoll`, but level-triggered also with EPOLLET. It has no descriptor of its own."""

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        super().__init__()
        self.closed = False

    def register(self, fd: Any, eventmask: int = POLLIN | POLLPRI | POLLOUT) -> None:
        """Adds a descriptor or socket."""
        self._check_open()
        if _descriptor(fd) in self._registered:
            raise FileExistsError(errno.EEXIST, "File exists")
        super().register(fd, eventmask)

    def modify(self, fd: Any, eventmask: int) -> None:
        """Changes the events of a descriptor that was added."""
        self._check_open()
        super().modify(fd, eventmask)

    def unregister(self, fd: Any) -> None:
        """Removes a descriptor. Raises FileNotFoundError if it was not added, or has been closed."""
        self._check_open()
        if self._registered.pop(_descriptor(fd), None) is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    def poll(self, timeout: Optional[float] = None, maxevents: int = -1) -> List[Tuple[int, int]]:
        """Waits. timeout: in seconds; None or less than 0 waits without end."""
        self._check_open()
        end = None if timeout is None or timeout < 0 else time.monotonic() + timeout
        while True:
            found = self._wait(None if end is None else max(0.0, end - time.monotonic()))
            for descriptor, events in found:
                if events & POLLNVAL:
                    self._registered.pop(descriptor, None)  # it was closed
            found = [(descriptor, events) for descriptor, events in found if not events & POLLNVAL]
            if found or end is not None and time.monotonic() >= end:
                break
        found = found if maxevents < 0 else found[:maxevents]
        for descriptor, _ in found:
            if self._registered.get(descriptor, 0) & _EPOLLONESHOT:
                self._registered[descriptor] = _EPOLLONESHOT
        return found

    def close(self) -> None:
        """Removes all."""
        self._registered.clear()
        self.closed = True

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed epoll object")

    def __enter__(self) -> "epoll":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def __getattr__(name: str) -> Any:
    return getattr(_stdlib, name)
