"""The socket class: the interface of the standard library's, over a socket of a rig."""

from __future__ import annotations

import errno
import socket as _stdlib
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .. import _current, _originals, addresses, constants
from ..errors import RigLostError, WinsockError
from . import _handle
from ._connection import Connection
from ._handle import Handle
from ._opened import named
from ._receiving import Receiving
from ._sending import Sending
from ._tuning import Tuning


class _SocketClass(type):
    """Within `patch`, local sockets are instances of `socket.socket` too, as programs expect."""

    def __instancecheck__(cls, instance: object) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is socket and _current.is_patched() and isinstance(instance, _originals.Socket)


class socket(Connection, Sending, Receiving, Tuning, metaclass=_SocketClass):
    """
    A socket of a rig, with the interface of `socket.socket`. It opens in the session given, or in the one in use.

    family, type, proto, fileno: as there. A descriptor is one of another socket of a rig.
    provider: `ws2_32`, `posix` or `lab`. catalog_entry_id: of `Session.protocols`, in place of all these.
    faults: rules that are armed from its first call on, as docs/faults.md has them.
    capture: the bytes of each send and receive that its journal keeps; the session's number unless given.

    Errors are those of `winsockd.errors`: an OSError of the class of this system, with the WSA code.

    https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
    """

    def __new__(cls, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None, **options: Any) -> Any:
        if not options and _current.is_local(family, fileno):
            return _originals.Socket(family, type, proto, fileno)
        return super().__new__(cls)

    def __init__(
        self,
        family: int = -1,
        type: int = -1,
        proto: int = -1,
        fileno: Any = None,
        *,
        session: Any = None,
        provider: Optional[str] = None,
        catalog_entry_id: Optional[int] = None,
        faults: Optional[List[Mapping[str, Any]]] = None,
        capture: Optional[int] = None,
    ) -> None:
        if fileno is not None:
            handle = _handle.taken(_descriptor(fileno))
            self._begin(handle, int(family), int(type), int(proto))
            return
        used = session if session is not None else _current.current()
        family = int(_stdlib.AF_INET) if family == -1 else int(family)
        modified = int(_stdlib.SOCK_STREAM) if type == -1 else int(type)
        kind = modified & ~constants.TYPE_MODIFIERS
        proto = 0 if proto == -1 else int(proto)
        kept = used.capture if capture is None else capture
        wanted: Dict[str, Any] = {"catalogEntryId": catalog_entry_id}
        if catalog_entry_id is None:
            wanted = {
                "family": named(constants.FAMILIES, family, errno.EAFNOSUPPORT, "address family"),
                "type": named(constants.TYPES, kind, errno.EINVAL, "socket type"),
                "protocol": proto and named(constants.PROTOCOLS, proto, errno.EPROTONOSUPPORT, "protocol") or None,
                "provider": provider or used.provider,
            }
        answer = used.call("socket", **wanted, faults=faults, capture=None if kept is None else {"maxBytes": kept})
        self._begin(Handle.of_new(used, str(answer["socketId"]), family, kind, proto), type=modified)

    @classmethod
    def _of(cls, handle: Handle) -> "socket":
        made: socket = _originals.Socket.__new__(socket)
        made._begin(handle)
        return made

    def _begin(self, handle: Handle, family: int = -1, type: int = -1, proto: int = -1) -> None:
        """family, type, proto: what the object says, in place of what the socket is."""
        self._handle = handle
        _originals.Socket.__init__(
            self,
            handle.family if family == -1 else family,
            handle.kind if type == -1 else type,
            handle.proto if proto == -1 else proto,
            handle.descriptor,
        )
        if self.gettimeout() == 0:
            _originals.Socket.setblocking(self, False)  # the local descriptor, which a program may look at
        handle.set_non_blocking(self.gettimeout() == 0)

    def accept(self) -> Tuple["socket", Any]:
        """
        Takes a connection: the socket, and the address of its peer.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
        """
        handle = self.handle
        if handle.kept_accepts:
            answer = handle.kept_accepts.popleft()
        else:
            answer = self._waits("accept", handle.params(), handle.kept_accepts.append)
        try:
            accepted = Handle(handle.session, str(answer["socketId"]), handle.family, handle.kind, handle.proto)
        except OSError:
            handle.kept_accepts.appendleft(answer)  # for the next accept, when there is a descriptor for it
            raise
        accepted.is_non_blocking = handle.is_non_blocking  # inherited, as Winsock does
        accepted.remote_address = addresses.from_wire(answer["remoteAddress"])
        made = socket._of(accepted)
        if _stdlib.getdefaulttimeout() is None and self.gettimeout():
            made.setblocking(True)
        return made, accepted.remote_address

    def dup(self) -> "socket":
        """
        A second id of the same socket.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
        """
        made = socket._of(duplicated(self.handle))
        made.settimeout(self.gettimeout())
        return made

    def detach(self) -> int:
        """
        Closes the object without closing the socket. Returns its descriptor, which stands for it in
        `socket(fileno=...)` and `winsockd.socket.close`.
        """
        handle, self._handle = self._handle, None
        if handle is not None:
            _handle.keep_detached(handle)
        return _originals.Socket.detach(self)

    def _give_up(self) -> Handle:
        """Closes the object only: another one goes on with its socket."""
        handle = self.handle
        self._handle = None
        _originals.Socket.detach(self)
        self._closed = True
        return handle

    def _release(self) -> None:
        """Closes the object only, whose socket has been closed at the daemon by another call."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.forget_descriptor()
            _originals.Socket._real_close(self)  # type: ignore[attr-defined]
            self._closed = True

    def _real_close(self, _ss: Any = None) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        handle.forget_descriptor()
        _originals.Socket._real_close(self)  # type: ignore[attr-defined]
        handle.discard_kept()
        try:
            handle.session.wait_call("close", handle.params(), None)
        except RigLostError:
            pass  # it has ended with its session
        except WinsockError as error:
            if "reason" not in error.problem:
                raise

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            handle.forget_descriptor()  # first: once it is closed, another thread may get the same number
            _originals.Socket.__del__(self)  # type: ignore[attr-defined]
            handle.discard()


def duplicated(handle: Handle) -> Handle:
    """A second id of a socket, in the same session."""
    answer = handle.call("duplicate")
    made = Handle.of_new(handle.session, str(answer["socketId"]), handle.family, handle.kind, handle.proto)
    made.local_address, made.remote_address = handle.local_address, handle.remote_address
    return made


def _descriptor(fileno: Any) -> int:
    if isinstance(fileno, float) or not hasattr(fileno, "__index__"):
        raise TypeError(f"an integer is required (got type {type(fileno).__name__})")
    number = int(fileno.__index__())
    if number < 0:
        raise ValueError("negative file descriptor")
    return number
