"""What a socket object of Python holds of a socket of the daemon."""

from __future__ import annotations

import errno
import os
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Mapping, Optional, Tuple

from .. import _originals

if TYPE_CHECKING:
    from ..session import Session


class Handle:
    """
    One id of a socket, and what the client knows of it. `descriptor` is a local descriptor that stands for it:
    it is never ready to read.
    """

    def __init__(self, session: "Session", socket_id: str, family: int, kind: int, proto: int) -> None:
        self.session = session
        self.id = socket_id
        self.family = family
        self.kind = kind
        self.proto = proto
        self.descriptor = _new_descriptor()
        #: Whether the daemon has the socket in non-blocking mode.
        self.is_non_blocking = False
        #: Whether the last receive filled its buffer: then bytes come as they are, not in JSON.
        self.receives_much = False
        #: Bytes that a receive took whose wait was ended by a signal handler.
        self.kept_bytes: Deque[bytes] = deque()
        #: Answers with datagrams that a receive took whose wait was ended so.
        self.kept_messages: Deque[Mapping[str, Any]] = deque()
        #: Answers of accepts whose wait was ended so.
        self.kept_accepts: Deque[Mapping[str, Any]] = deque()
        #: SO_REUSEADDR was set here although the policy of the daemon refuses it: see README.md.
        self.reuses_address = False
        #: Whether TLS over this socket holds bytes that it has received and not given out.
        self.has_more: Callable[[], bool] = lambda: False
        self.local_address: Any = None
        self.remote_address: Any = None
        _discard_closed(self.descriptor)
        _BY_DESCRIPTOR[self.descriptor] = self

    @classmethod
    def of_new(cls, session: "Session", socket_id: str, family: int, kind: int, proto: int) -> "Handle":
        """That of a socket which a call has just made. Without a descriptor for it the socket is closed again."""
        try:
            return cls(session, socket_id, family, kind, proto)
        except OSError:
            session.rig.discard_call("close", socketId=socket_id)
            raise

    def call(self, operation: str, /, **params: Any) -> Any:
        """Makes a call of this socket that does not wait."""
        return self.session.rig.call(operation, socketId=self.id, **params)

    def params(self, **params: Any) -> Dict[str, Any]:
        """The parameters of a call of this socket. None leaves one out."""
        found = {name: value for name, value in params.items() if value is not None}
        found["socketId"] = self.id
        return found

    def set_non_blocking(self, wanted: bool) -> None:
        """Sets the mode at the daemon, unless it has it."""
        if self.is_non_blocking != wanted:
            self.call("ioctl", request="FIONBIO", value=int(wanted))
            self.is_non_blocking = wanted

    def keep_bytes(self, received: bytes) -> None:
        """Keeps bytes of a stream for the next receive. None say that the stream has ended, as the next one does."""
        if received:
            self.kept_bytes.append(received)

    @property
    def is_readable_here(self) -> bool:
        """Whether a receive or accept is answered without the daemon."""
        return bool(self.kept_bytes or self.kept_messages or self.kept_accepts) or self.has_more()

    def forget_descriptor(self) -> None:
        """The descriptor is no longer that of this socket."""
        if _BY_DESCRIPTOR.get(self.descriptor) is self:
            del _BY_DESCRIPTOR[self.descriptor]

    def discard_kept(self) -> None:
        """Closes the connections that were accepted and that nobody took. Never waits."""
        while self.kept_accepts and not self.session.is_ended:
            self.session.rig.discard_call("close", socketId=str(self.kept_accepts.popleft()["socketId"]))

    def discard(self) -> None:
        """Closes the socket at the daemon, later. Never waits: finalizers use it."""
        self.forget_descriptor()
        self.discard_kept()
        if not self.session.is_ended:
            self.session.rig.discard_call("close", socketId=self.id)


#: The open sockets by their descriptors. Only the socket objects keep a handle alive, and those detached below.
_BY_DESCRIPTOR: "weakref.WeakValueDictionary[int, Handle]" = weakref.WeakValueDictionary()

#: What tells a descriptor from a later one of the same number; None where the system does not say.
_Identity = Optional[Tuple[int, int]]

#: Handles whose socket object was detached: their descriptor is all that is left of them.
_DETACHED: Dict[int, Tuple[Handle, _Identity]] = {}


def handle_of(descriptor: int) -> Optional[Handle]:
    """The socket that a local descriptor stands for; None if it is an ordinary one."""
    handle = _BY_DESCRIPTOR.get(descriptor)
    if handle is None or descriptor not in _DETACHED or _DETACHED[descriptor][1] == _identity(descriptor):
        return handle
    _discard_closed(descriptor)
    return None


def keep_detached(handle: Handle) -> None:
    """Keeps a socket whose object was detached, until `taken` or `close_detached`."""
    _DETACHED[handle.descriptor] = handle, _identity(handle.descriptor)


def taken(descriptor: int) -> Handle:
    """The socket of a descriptor, for a new socket object. Raises OSError EBADF if it is none."""
    handle = handle_of(descriptor)
    if handle is None:
        raise OSError(errno.EBADF, "not the descriptor of a socket of a rig")
    _DETACHED.pop(descriptor, None)
    return handle


def _discard_closed(descriptor: int) -> None:
    """Closes a detached socket whose descriptor was closed by `os.close`, which this package does not see."""
    handle, _ = _DETACHED.pop(descriptor, (None, None))
    if handle is not None:
        handle.discard()


def _identity(descriptor: int) -> _Identity:
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None  # closed; on Windows a socket is no descriptor
    return found.st_dev, found.st_ino


def _new_descriptor() -> int:
    """A descriptor that nothing can make readable: an unconnected datagram socket of this process."""
    import socket

    family = getattr(socket, "AF_UNIX", socket.AF_INET)
    return _originals.Socket(family, socket.SOCK_DGRAM).detach()
