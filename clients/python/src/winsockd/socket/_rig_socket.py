"""The socket class: the interface of the standard library's, over a socket of a rig."""

from __future__ import annotations

import errno
import os
import socket as _stdlib
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from .. import _current, _originals, addresses, constants, control_data, options
from ..errors import RefusedError, RigLostError, TimedOutError, WinsockError, WinsockTimeoutError, errno_of
from ..faults import FaultMaker
from ..journal import entries_of
from ..relays import Relay
from ..winsock_tables import CODES
from . import _handle
from ._buffers import decoded, encoded, flat, scattered
from ._handle import Handle
from ._resolve import resolved

if TYPE_CHECKING:
    from ..session import Session

_HOWS = {_stdlib.SHUT_RD: "SD_RECEIVE", _stdlib.SHUT_WR: "SD_SEND", _stdlib.SHUT_RDWR: "SD_BOTH"}

#: Up to so many bytes travel in JSON; more as they are.
_JSON_BYTES = 64 * 1024

#: The most bytes of one request.
_MOST_BYTES = 4 * 1024 * 1024

#: Room for all control data that Winsock gives at once.
_CONTROL_BYTES = 1024

Buffer = Union[bytes, bytearray, memoryview]


class _SocketClass(type):
    """Within `patch`, local sockets are instances of `socket.socket` too, as programs expect."""

    def __instancecheck__(cls, instance: object) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is socket and _current.is_patched() and isinstance(instance, _originals.Socket)


class socket(_originals.Socket, FaultMaker, metaclass=_SocketClass):
    """
    A socket of a rig, with the interface of `socket.socket`. It opens in the session given, or in the one in use.

    family, type, proto, fileno: as there. A descriptor is one of another socket of a rig.
    provider: `ws2_32`, `posix` or `lab`. catalog_entry_id: of `Session.protocols`, in place of all these.
    faults: rules that are armed from its first call on, as docs/faults.md has them.
    capture: the bytes of each send and receive that its journal keeps; the session's number unless given.

    Errors are those of `winsockd.errors`: an OSError of the class of this system, with the WSA code.

    https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
    """

    _handle: Optional[Handle]

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
                "family": _named(constants.FAMILIES, family, errno.EAFNOSUPPORT, "address family"),
                "type": _named(constants.TYPES, kind, errno.EINVAL, "socket type"),
                "protocol": proto and _named(constants.PROTOCOLS, proto, errno.EPROTONOSUPPORT, "protocol") or None,
                "provider": provider or used.provider,
            }
        answer = used.call("socket", **wanted, faults=faults, capture=None if kept is None else {"maxBytes": kept})
        self._begin(Handle(used, str(answer["socketId"]), family, kind, proto), type=modified)

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

    # What it is at the daemon

    @property
    def handle(self) -> Handle:
        """What is known of the socket at the daemon. Raises OSError EBADF when it is closed."""
        if self._handle is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._handle

    @property
    def id(self) -> str:
        """The id of the socket, `sck_...`."""
        return self.handle.id

    @property
    def winsockd_id(self) -> str:
        """The id, for parameters of calls."""
        return self.handle.id

    @property
    def rig_session(self) -> "Session":
        """The session that owns it. (`session` is that of TLS, as in `ssl.SSLSocket`.)"""
        return self.handle.session

    def _fault_session(self) -> "Session":
        return self.handle.session

    def _fault_socket(self) -> Optional[str]:
        return self.handle.id

    def call(self, operation: str, /, **params: Any) -> Any:
        """Makes a call of this socket, by the names of docs/operations.md. None leaves a parameter out."""
        return self.handle.call(operation, **params)

    def info(self) -> Mapping[str, Any]:
        """What the daemon knows of it: provider, state, directions that have ended, addresses (`getSocket`)."""
        found: Mapping[str, Any] = self.call("getSocket")
        return found

    def journal(self) -> List[Mapping[str, Any]]:
        """Every call of the socket with its outcome, the oldest first (`getSocketJournal`)."""
        return entries_of(self.rig_session.rig, "getSocketJournal", socketId=self.id)

    def capture(self) -> bytes:
        """A pcapng file of the connection, made from the journal. It has payload if `capture` was asked for."""
        body: bytes = self.rig_session.rig.http.request("GET", f"/v1/sockets/{self.id}/journal.pcapng").body
        return body

    # Addresses

    def bind(self, address: Any) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind"""
        wire = self._address(address, "bind")
        self.handle.local_address = addresses.from_wire(self.call("bind", address=wire)["localAddress"])

    def listen(self, backlog: int = 128) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen"""
        _in_c_int(backlog)
        self.call("listen", backlog=max(0, backlog))

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
        accepted = Handle(handle.session, str(answer["socketId"]), handle.family, handle.kind, handle.proto)
        accepted.is_non_blocking = handle.is_non_blocking  # inherited, as Winsock does
        accepted.remote_address = addresses.from_wire(answer["remoteAddress"])
        made = socket._of(accepted)
        if _stdlib.getdefaulttimeout() is None and self.gettimeout():
            made.setblocking(True)
        return made, accepted.remote_address

    def connect(self, address: Any) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect"""
        handle = self.handle
        wire = self._address(address, "connect")
        answer = self._waits("connect", handle.params(address=wire))
        if "localAddress" in answer:
            handle.local_address = addresses.from_wire(answer["localAddress"])
        if "remoteAddress" in answer:
            handle.remote_address = addresses.from_wire(answer["remoteAddress"])

    def connect_ex(self, address: Any) -> int:
        """As connect, but returns the errno of this system, 0 for success."""
        try:
            socket.connect(self, address)
        except TimedOutError:
            return errno.EWOULDBLOCK
        except _stdlib.gaierror:
            raise
        except WinsockError as error:
            return int(error.errno or error.code)
        return 0

    def getsockname(self) -> Any:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockname"""
        return addresses.from_wire(self.call("getSockName")["address"])

    def getpeername(self) -> Any:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getpeername"""
        return addresses.from_wire(self.call("getPeerName")["address"])

    def _address(self, address: Any, function: str) -> Dict[str, Any]:
        handle = self.handle
        if handle.family == addresses.AF_UNIX:
            return addresses.path_to_wire(address)
        return resolved(handle.session, handle.family, handle.kind, address, function)

    # Sending

    def send(self, data: Any, flags: int = 0) -> int:
        """
        Sends bytes; a blocking socket sends all of them. Returns how many the provider has taken.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
        """
        view = flat(data)
        try:
            return self._send(view, flags, self.gettimeout())
        except WinsockError as error:
            sent = int(error.problem.get("bytesSent", 0))
            if sent > 0:
                return sent  # the next call meets the failure
            raise

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all bytes. The time-out counts for all of them together."""
        view = flat(data)
        timeout = self.gettimeout()
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = timeout if deadline is None or timeout == 0 else max(0.0, deadline - time.monotonic())
            if timeout and left == 0.0:
                raise TimedOutError()
            view = view[self._send(view, flags, left) :]
            if not view:
                return

    def _send(self, view: memoryview, flags: int, timeout: Optional[float]) -> int:
        handle = self.handle
        if len(view) > _JSON_BYTES and not flags and timeout != 0 and handle.kind == _stdlib.SOCK_STREAM:
            return self._send_as_they_are(view[:_MOST_BYTES], timeout)
        piece = view[:_MOST_BYTES] if handle.kind == _stdlib.SOCK_STREAM else view
        params = handle.params(data=encoded(piece))
        _add_flags(params, flags, constants.SEND_FLAGS)
        return int(self._waits("send", params, flags=flags, timeout=timeout)["bytesSent"])

    def _send_as_they_are(self, view: memoryview, timeout: Optional[float]) -> int:
        handle = self.handle
        limit = None if timeout is None else max(1, int(timeout * 1000))
        rig = handle.session.rig
        try:
            return rig.http.send_bytes(handle.id, view, limit, rig.patience + 60 + (timeout or 0))
        except WinsockTimeoutError as error:
            sent = int(error.problem.get("bytesSent", 0))
            if sent:
                return sent
            raise TimedOutError() from None
        except RefusedError as refused:
            sent = int(refused.problem.get("bytesSent", 0))
            if refused.name == "wait-limit" and (sent or timeout is None):
                return sent
            raise

    def sendto(self, data: Any, *flags_and_address: Any) -> int:
        """
        sendto(data, address) or sendto(data, flags, address).
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto
        """
        if not 1 <= len(flags_and_address) <= 2:
            raise TypeError(f"sendto() takes 2 or 3 arguments ({len(flags_and_address) + 1} given)")
        view = flat(data)
        flags = flags_and_address[0] if len(flags_and_address) == 2 else 0
        if not isinstance(flags, int):
            raise TypeError(f"an integer is required (got type {type(flags).__name__})")
        address = flags_and_address[-1]
        if address is None:
            raise TypeError("sendto(): AF_INET address must be tuple, not NoneType")
        params = self.handle.params(data=encoded(view), address=self._address(address, "sendto"))
        _add_flags(params, flags, constants.SEND_FLAGS)
        return int(self._waits("sendTo", params, flags=flags)["bytesSent"])

    def sendmsg(
        self, buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: int = 0, address: Any = None
    ) -> int:
        """
        Sends several buffers by one call, a datagram with control data too.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendmsg
        """
        if not isinstance(flags, int):
            raise TypeError(f"an integer is required (got type {type(flags).__name__})")
        views = [flat(one) for one in buffers]
        control = control_data.to_wire(_control_items(ancdata))
        handle = self.handle
        params = handle.params(buffers=[encoded(view) for view in views] or [encoded(memoryview(b""))])
        _add_flags(params, flags, constants.SEND_FLAGS)
        if handle.kind == _stdlib.SOCK_STREAM:
            if control:
                raise OSError(errno.EOPNOTSUPP, "Winsock has no control data of a stream")
            if address is not None:
                self._address(address, "sendmsg")
                raise OSError(errno.EISCONN, "a stream is sent to its peer only")
            return int(self._waits("send", params, flags=flags)["bytesSent"])
        if address is not None:
            params["address"] = self._address(address, "sendmsg")
        if control:
            params["control"] = control
        return int(self._waits("sendMsg", params, flags=flags)["bytesSent"])

    def sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        """Sends a file from an offset to its end, or `count` bytes of it."""
        return int(self._sendfile_use_send(file, offset, count))  # type: ignore[attr-defined]

    def _sendfile_use_sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        """Programs that call it want a regular file; the bytes travel as those of `sendfile`."""
        try:
            os.fstat(file.fileno())
        except (AttributeError, OSError) as error:
            raise _stdlib._GiveupOnSendfile(error)  # type: ignore[attr-defined]
        return self.sendfile(file, offset, count)

    # Receiving

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """
        Receives at most `bufsize` bytes; none means that the peer has ended its stream.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
        """
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if self.handle.kind != _stdlib.SOCK_STREAM:
            return self._take_message("recv", bufsize, flags)[0]
        return self._receive(bufsize, flags, self.gettimeout())

    def _receive(self, bufsize: int, flags: int, timeout: Optional[float]) -> bytes:
        handle = self.handle
        peeks = bool(flags & _stdlib.MSG_PEEK)
        if handle.kept_bytes:
            return _from_kept(handle, bufsize, peeks)
        much = bufsize > _JSON_BYTES and not flags
        if much and handle.receives_much and timeout != 0:
            received = self._receive_as_they_are(min(bufsize, _MOST_BYTES), timeout)
        else:
            params = handle.params(maxBytes=min(bufsize, _JSON_BYTES if much else _MOST_BYTES))
            _add_flags(params, flags, constants.RECV_FLAGS)
            keep = None if peeks else (lambda crossed: handle.keep_bytes(decoded(crossed["data"])))
            answer = self._waits("recv", params, keep, flags, timeout)
            received = decoded(answer["data"])
        handle.receives_much = len(received) >= _JSON_BYTES
        return received

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As recv, into a buffer. nbytes: at most; 0 for the length of the buffer."""
        view = _writable(buffer, nbytes, "recv_into")
        received = self.recv(len(view), flags)
        view[: len(received)] = received
        return len(received)

    def recvfrom(self, bufsize: int, flags: int = 0) -> Tuple[bytes, Any]:
        """
        Receives a datagram: its bytes, and the address of its sender.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
        """
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        handle = self.handle
        if handle.kind == _stdlib.SOCK_STREAM:
            return self.recv(bufsize, flags), None
        received, answer = self._take_message("recvFrom", bufsize, flags)
        return received, _address_in(answer)

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> Tuple[int, Any]:
        """As recvfrom, into a buffer."""
        view = _writable(buffer, nbytes, "recvfrom_into")
        received, address = self.recvfrom(len(view), flags)
        view[: len(received)] = received
        return len(received), address

    def recvmsg(
        self, bufsize: int, ancbufsize: int = 0, flags: int = 0
    ) -> Tuple[bytes, List[control_data.ControlItem], int, Any]:
        """
        Receives bytes with control data: bytes, control items, flags of the message, address of the sender.
        https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg
        """
        if bufsize < 0:
            raise ValueError("negative buffer size in recvmsg()")
        return self._receive_message(bufsize, ancbufsize, flags)

    def recvmsg_into(
        self, buffers: Iterable[Any], ancbufsize: int = 0, flags: int = 0
    ) -> Tuple[int, List[control_data.ControlItem], int, Any]:
        """As recvmsg, into several buffers."""
        views = [_writable(one, 0, "recvmsg_into") for one in buffers]
        received, items, seen, address = self._receive_message(sum(map(len, views)), ancbufsize, flags)
        scattered(received, views)
        return len(received), items, seen, address

    def _receive_message(
        self, bufsize: int, ancbufsize: int, flags: int
    ) -> Tuple[bytes, List[control_data.ControlItem], int, Any]:
        if not 0 <= ancbufsize <= 0x7FFF_FFFF:
            raise ValueError("invalid ancillary data buffer length")
        handle = self.handle
        if handle.kind == _stdlib.SOCK_STREAM:
            return self.recv(bufsize, flags), [], 0, None
        received, answer = self._take_message("recvMsg", bufsize, flags, _CONTROL_BYTES)
        items, is_cut = control_data.from_wire(answer.get("control", ()), ancbufsize)
        seen = constants.MESSAGE_FLAGS.get("MSG_TRUNC", 0) if answer.get("truncated") else 0
        if is_cut or answer.get("controlTruncated"):
            seen |= constants.MESSAGE_FLAGS.get("MSG_CTRUNC", 0)
        return received, items, seen, _address_in(answer)

    def _take_message(
        self, operation: str, bufsize: int, flags: int, control_bytes: Optional[int] = None
    ) -> Tuple[bytes, Mapping[str, Any]]:
        """A datagram, and the answer that it came with: one that is kept, or that of the call."""
        handle = self.handle
        peeks = bool(flags & _stdlib.MSG_PEEK)
        if handle.kept_messages:
            answer = handle.kept_messages[0] if peeks else handle.kept_messages.popleft()
            return decoded(answer["data"])[:bufsize], answer
        params = handle.params(maxBytes=min(bufsize, _MOST_BYTES), controlBytes=control_bytes)
        _add_flags(params, flags, constants.RECV_FLAGS if control_bytes is None else constants.RECV_MSG_FLAGS)
        answer = self._waits(operation, params, None if peeks else handle.kept_messages.append, flags)
        return decoded(answer["data"]), answer

    def _receive_as_they_are(self, most: int, timeout: Optional[float]) -> bytes:
        handle = self.handle
        rig = handle.session.rig
        limit = None if timeout is None else max(1, int(timeout * 1000))
        while True:
            try:
                return rig.http.recv_bytes(handle.id, most, limit, rig.patience, handle.keep_bytes)
            except WinsockTimeoutError:
                raise TimedOutError() from None
            except RefusedError as refused:
                if refused.name != "wait-limit" or timeout is not None:
                    raise

    # The end

    def shutdown(self, how: int) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown"""
        _in_c_int(how)
        self.call("shutdown", how=_named(_HOWS, how, errno.EINVAL, "how"))

    def send_disconnect(self, data: Optional[Buffer] = None) -> None:
        """
        Stops sending and begins the end of the connection. The socket stays open, and goes on receiving.

        data: disconnect data, for a provider that carries it.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
        """
        self.call("sendDisconnect", disconnectData=None if data is None else encoded(flat(data)))

    def recv_disconnect(self, max_bytes: Optional[int] = None) -> Optional[bytes]:
        """
        Stops receiving, and fetches the disconnect data of the peer; None if there is none.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
        """
        found = self.call("recvDisconnect", maxBytes=max_bytes).get("disconnectData")
        return None if found is None else decoded(found)

    def cancel(self) -> int:
        """Ends the calls that wait on the socket (WSA_OPERATION_ABORTED). Returns how many."""
        return int(self.call("cancel")["cancelled"])

    def _real_close(self, _ss: Any = None) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        handle.forget_descriptor()
        _originals.Socket._real_close(self)  # type: ignore[attr-defined]
        try:
            handle.session.wait_call("close", handle.params(), None)
        except RigLostError:
            pass  # it has ended with its session
        except WinsockError as error:
            if error.problem.get("reason") not in ("session-ended", "lease-expired", "earlier-run"):
                raise

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
            super()._real_close()  # type: ignore[misc]
            self._closed = True

    def detach(self) -> int:
        """
        Closes the object without closing the socket. Returns its descriptor, which stands for it in
        `socket(fileno=...)` and `winsockd.socket.close`.
        """
        handle, self._handle = self._handle, None
        if handle is not None:
            _handle.keep_detached(handle)
        return _originals.Socket.detach(self)

    def dup(self) -> "socket":
        """
        A second id of the same socket.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
        """
        made = socket._of(duplicated(self.handle))
        made.settimeout(self.gettimeout())
        return made

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            _originals.Socket.__del__(self)  # type: ignore[attr-defined]
            handle.discard()

    # Modes and options

    def settimeout(self, value: Optional[float]) -> None:
        """In seconds. None: calls wait without end. 0: non-blocking (FIONBIO)."""
        _originals.Socket.settimeout(self, value)
        self.handle.set_non_blocking(self.gettimeout() == 0)

    def setblocking(self, flag: bool) -> None:
        """https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket (FIONBIO)"""
        _originals.Socket.setblocking(self, flag)
        self.handle.set_non_blocking(self.gettimeout() == 0)

    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> Any:
        """
        Numbers and values are those of this system.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt
        """
        handle = self.handle
        if not 0 <= buflen <= 1024:
            raise OSError(errno.EINVAL, "getsockopt buflen out of range")
        if level == _stdlib.SOL_SOCKET and optname in _FACTS:
            return _FACTS[optname](handle)
        chosen = options.option(level, optname)
        value = handle.call("getSockOpt", level=chosen.level, name=chosen.name)["value"]
        if chosen.name == "SO_ERROR" and value["integer"]:
            return _errno_of_code(int(value["integer"]))
        if chosen.name == "SO_REUSEADDR" and handle.reuses_address:
            value = {"boolean": True}
        return options.from_wire(chosen, value, buflen)

    def setsockopt(self, level: int, optname: int, value: Any, optlen: Optional[int] = None) -> None:
        """
        Numbers and values are those of this system.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt
        """
        if value is None and optlen is None:
            raise TypeError("a value of None needs a length")
        chosen = options.option(level, optname)
        wire = options.to_wire(chosen, bytes(optlen or 0) if value is None else value)
        handle = self.handle
        try:
            handle.call("setSockOpt", level=chosen.level, name=chosen.name, value=wire)
        except RefusedError as refused:
            if chosen.name != "SO_REUSEADDR" or refused.name != "option-denied":
                raise
            # What programs of other systems mean by it, Winsock always does.
            handle.reuses_address = True

    def ioctl(self, request: str, value: Optional[int] = None, **argument: Any) -> Optional[int]:
        """
        An ioctl by its name, such as `FIONREAD`. argument: `keepAlive`, `initialRto`, `compatibilityMode`.
        https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls
        """
        found: Optional[int] = self.call("ioctl", request=request, value=value, **argument).get("value")
        return found

    def start_relay(self, upstream: Tuple[str, int], **options: Any) -> Relay:
        """
        Joins every connection to this listening socket to one to an upstream address. See docs/relay.md.

        options: `provider`, `maxConnections`, `connectTimeoutMs`, `capture`, `faults`.
        """
        wire = self._address(upstream, "start_relay")
        return Relay(self.rig_session, self.call("startRelay", upstream=wire, **options))

    def _waits(
        self,
        operation: str,
        params: Dict[str, Any],
        on_crossed: Optional[Callable[[Any], None]] = None,
        flags: int = 0,
        timeout: Any = _HOWS,
    ) -> Any:
        """Makes a call that may wait, as long as the time-out of the socket lets it."""
        session = self.handle.session
        limit = self.gettimeout() if timeout is _HOWS else timeout
        if flags & constants.MSG_DONTWAIT and limit != 0:
            try:
                return session.wait_call(operation, params, 0.0, on_crossed)
            except TimedOutError:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
        if limit == 0:
            return session.rig.call_with(params, operation, on_crossed)
        return session.wait_call(operation, params, limit, on_crossed)

    def __repr__(self) -> str:
        handle = self._handle
        text = f"<{type(self).__module__}.{type(self).__qualname__}{' [closed]' if handle is None else ''}"
        text += f" fd={self.fileno()}, family={self.family}, type={self.type}, proto={self.proto}"
        if handle is not None:
            text += "" if handle.local_address is None else f", laddr={handle.local_address}"
            text += "" if handle.remote_address is None else f", raddr={handle.remote_address}"
            text += f", id={handle.id}"
        return text + ">"


_FACTS: Dict[int, Callable[[Handle], int]] = {
    int(getattr(_stdlib, name)): fact
    for name, fact in (("SO_PROTOCOL", lambda handle: handle.proto), ("SO_DOMAIN", lambda handle: handle.family))
    if hasattr(_stdlib, name)
}


def duplicated(handle: Handle) -> Handle:
    """A second id of a socket, in the same session."""
    answer = handle.call("duplicate")
    made = Handle(handle.session, str(answer["socketId"]), handle.family, handle.kind, handle.proto)
    made.local_address, made.remote_address = handle.local_address, handle.remote_address
    return made


def _descriptor(fileno: Any) -> int:
    if isinstance(fileno, float) or not hasattr(fileno, "__index__"):
        raise TypeError(f"an integer is required (got type {type(fileno).__name__})")
    number = int(fileno.__index__())
    if number < 0:
        raise ValueError("negative file descriptor")
    return number


def _named(known: Mapping[int, str], number: int, failure: int, what: str) -> str:
    if number not in known:
        raise OSError(failure, f"Winsock has no {what} {number}")
    return known[number]


def _in_c_int(number: int) -> None:
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise OverflowError("signed integer is greater than maximum")


def _add_flags(params: Dict[str, Any], flags: int, known: Mapping[int, str]) -> None:
    if flags:
        params["flags"] = constants.flag_names(flags, known)


def _control_items(ancdata: Iterable[Any]) -> List[Tuple[Any, Any, Any]]:
    items = []
    for item in ancdata:
        if not isinstance(item, Sequence) or isinstance(item, (str, bytes)) or len(item) != 3:
            raise TypeError("[sendmsg() ancillary data items (cmsg_level, cmsg_type, cmsg_data)] are needed")
        items.append((item[0], item[1], flat(item[2])))
    return items


def _writable(buffer: Any, nbytes: int, function: str) -> memoryview:
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(f"{function}() argument 1 must be read-write bytes-like object, not {type(buffer).__name__}")
    view = view.cast("B")
    if nbytes < 0:
        raise ValueError(f"negative buffersize in {function}")
    if nbytes > len(view):
        raise ValueError("buffer too small for requested bytes")
    return view[:nbytes] if nbytes else view


def _from_kept(handle: Handle, bufsize: int, peeks: bool) -> bytes:
    kept = handle.kept_bytes.popleft()
    rest = kept if peeks else kept[bufsize:]
    if rest:
        handle.kept_bytes.appendleft(rest)
    return kept[:bufsize]


def _address_in(answer: Mapping[str, Any]) -> Any:
    return addresses.from_wire(answer["address"]) if "address" in answer else None


def _errno_of_code(code: int) -> int:
    return errno_of({"code": code, "name": CODES.get(code)}) if code in CODES else code
