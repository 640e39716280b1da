"""
TLS over a socket of a rig. The bytes of TLS are made and read here, by the `ssl.SSLContext` of the program with its
verification as it is; the rig only carries them.
"""

from __future__ import annotations

import errno
import socket as _stdlib
import ssl
import threading
import time
from typing import Any, Callable, List, NoReturn, Optional, Tuple

from . import _originals
from .errors import TimedOutError, WinsockBlockingIOError, WinsockError
from .socket._buffers import flat
from .socket._handle import Handle
from .socket._rig_socket import socket

#: The most bytes that are taken from the rig at once: a record of TLS and a little more.
_RECORD_BYTES = 32 * 1024

#: The most bytes that go into one write, so that few wait here when the socket takes no more.
_WRITE_BYTES = 256 * 1024


class TLSSocket(socket, ssl.SSLSocket):
    """A socket of a rig with TLS, with the interface of `ssl.SSLSocket`. `wrap_socket` makes it."""

    _context: ssl.SSLContext
    _session: Optional[ssl.SSLSession]
    do_handshake_on_connect: bool
    suppress_ragged_eofs: bool
    #: What the steps of TLS have made and the socket has not taken.
    _unsent: bytes
    #: Bytes of the program that a write took which has not ended.
    _unsent_of_write: int
    #: For one step of TLS, for sending what was made, for receiving.
    _turn: "threading.RLock"
    _sending: threading.Lock
    _receiving: threading.Lock
    _sslobj: Optional[ssl.SSLObject]

    @classmethod
    def _over(
        cls,
        handle: Handle,
        context: ssl.SSLContext,
        timeout: Optional[float],
        server_side: bool,
        do_handshake_on_connect: bool,
        suppress_ragged_eofs: bool,
        server_hostname: Optional[str],
        session: Optional[ssl.SSLSession],
    ) -> "TLSSocket":
        made: TLSSocket = _originals.Socket.__new__(cls)
        made._sslobj = None
        made._begin(handle)
        made.settimeout(timeout)
        made._context = context
        made._session = session
        made._unsent = b""
        made._unsent_of_write = 0
        made._turn, made._sending, made._receiving = threading.RLock(), threading.Lock(), threading.Lock()
        made.server_side = server_side
        made.server_hostname = server_hostname
        made.do_handshake_on_connect = do_handshake_on_connect
        made.suppress_ragged_eofs = suppress_ragged_eofs
        try:
            if made._has_peer():
                made._make_tls()
                made._handshake_on_connect()
        except BaseException:
            made.close()
            raise
        return made

    def _has_peer(self) -> bool:
        try:
            self.getpeername()
        except WinsockError as error:
            if error.errno != errno.ENOTCONN:
                raise
            return False
        return True

    def _make_tls(self) -> None:
        incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._incoming = incoming
        tls = self._sslobj = self._context.wrap_bio(
            incoming, self._outgoing, self.server_side, self.server_hostname, self._session
        )
        # Without this object, or neither would end while the other one lives.
        self.handle.has_more = lambda: incoming.pending > 0 or tls.pending() > 0

    def _end_tls(self) -> None:
        self._sslobj = None
        if self._handle is not None:
            self._handle.has_more = lambda: False

    def _handshake_on_connect(self) -> None:
        if self.do_handshake_on_connect:
            if self.gettimeout() == 0.0:
                raise ValueError("do_handshake_on_connect should not be specified for non-blocking sockets")
            self.do_handshake()

    # The steps of TLS, and the bytes that they need and make. One thread may read while another one writes.

    def _run(self, step: Callable[..., Any], *arguments: Any, deadline: Optional[float]) -> Any:
        while True:
            needs_more = False
            result = None
            try:
                with self._turn:  # OpenSSL takes one step of a connection at a time
                    result = step(*arguments)
            except ssl.SSLWantReadError:
                needs_more = True
            except ssl.SSLError:
                self._flush_alert(deadline)
                raise
            if not needs_more:
                return result
            self._flush(deadline)
            self._fill(deadline)

    def _fill(self, deadline: Optional[float]) -> None:
        if not self._receiving.acquire(blocking=False):
            # Another thread receives: what it gets may be what this one needs.
            if self.gettimeout() == 0:
                raise _want_read()
            if not self._receiving.acquire(timeout=_for_lock(deadline)):
                raise _timed_out("The read operation timed out")
            self._receiving.release()
            return
        try:
            received = self._receive(_RECORD_BYTES, 0, self._left(deadline))
            if received:
                self._incoming.write(received)
            else:
                self._incoming.write_eof()
        except WinsockBlockingIOError:
            raise _want_read() from None
        except TimedOutError:
            raise _timed_out("The read operation timed out") from None
        finally:
            self._receiving.release()

    def _flush(self, deadline: Optional[float]) -> None:
        """Sends what the steps have made. If another thread is sending, that one sends this too."""
        while self._unsent or self._outgoing.pending:
            if not self._sending.acquire(blocking=False):
                return
            try:
                self._send_unsent(deadline)
            finally:
                self._sending.release()

    def _send_unsent(self, deadline: Optional[float]) -> None:
        self._unsent += self._outgoing.read()
        while self._unsent:
            try:
                sent = self._send(memoryview(self._unsent), 0, self._left(deadline))
            except WinsockBlockingIOError:
                raise ssl.SSLWantWriteError(
                    ssl.SSL_ERROR_WANT_WRITE, "The operation did not complete (write)"
                ) from None
            except TimedOutError:
                raise _timed_out("The write operation timed out") from None
            self._unsent = self._unsent[sent:] + self._outgoing.read()

    def _flush_alert(self, deadline: Optional[float]) -> None:
        try:
            self._flush(deadline)
        except OSError:
            pass  # the failure of TLS is the one to tell

    def _deadline(self) -> Optional[float]:
        timeout = self.gettimeout()
        return time.monotonic() + timeout if timeout else None

    def _left(self, deadline: Optional[float]) -> Optional[float]:
        return self.gettimeout() if deadline is None else max(0.001, deadline - time.monotonic())

    # What ssl.SSLSocket has

    @property
    def context(self) -> ssl.SSLContext:
        """The context of the program, or the one that its callback for SNI has set."""
        return self._context if self._sslobj is None else self._sslobj.context

    @context.setter
    def context(self, context: ssl.SSLContext) -> None:
        self._context = context
        if self._sslobj is not None:
            self._sslobj.context = context

    @property
    def session(self) -> Optional[ssl.SSLSession]:
        """The session of TLS."""
        return None if self._sslobj is None else self._sslobj.session

    @session.setter
    def session(self, session: Optional[ssl.SSLSession]) -> None:
        self._session = session
        if self._sslobj is not None:
            self._sslobj.session = session

    @property
    def session_reused(self) -> Optional[bool]:
        """Whether the session of TLS was used before."""
        return None if self._sslobj is None else self._sslobj.session_reused

    def _established(self) -> ssl.SSLObject:
        if self._sslobj is None:
            self.getpeername()  # says that there is no connection
            raise ValueError(f"No SSL wrapper around {self!r}")
        return self._sslobj

    def do_handshake(self, block: bool = False) -> None:
        """Makes the handshake."""
        deadline = self._deadline()
        self._run(self._established().do_handshake, deadline=deadline)
        self._flush(deadline)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """Reads decrypted bytes; into a buffer: returns how many."""
        tls = self._established()
        arguments = (len,) if buffer is None else (len, buffer)
        try:
            return self._run(tls.read, *arguments, deadline=self._deadline())
        except ssl.SSLZeroReturnError:
            return b"" if buffer is None else 0
        except ssl.SSLError as error:
            if error.args[0] == ssl.SSL_ERROR_EOF and self.suppress_ragged_eofs:
                return b"" if buffer is None else 0
            raise

    def write(self, data: Any) -> int:
        """
        Encrypts and sends bytes. Returns how many. As with OpenSSL, a write that ended because the socket took no
        more has taken its bytes: it is to be made again with the same ones, and sends the rest of them.
        """
        tls = self._established()
        deadline = self._deadline()
        if not self._sending.acquire(blocking=False):
            if self.gettimeout() == 0:
                raise ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, "another thread is writing")
            if not self._sending.acquire(timeout=_for_lock(deadline)):
                raise _timed_out("The write operation timed out")
        try:
            if not self._unsent_of_write:
                self._send_unsent(deadline)
                self._unsent_of_write = int(self._run(tls.write, data, deadline=deadline))
            self._send_unsent(deadline)
            written, self._unsent_of_write = self._unsent_of_write, 0
        finally:
            self._sending.release()
        self._flush(deadline)  # what a thread that reads has made meanwhile
        return written

    def getpeercert(self, binary_form: bool = False) -> Any:
        """The certificate of the peer."""
        return self._established().getpeercert(binary_form)

    def get_verified_chain(self) -> Any:
        """The verified chain of the peer, from Python 3.13 on."""
        return self._established().get_verified_chain()  # type: ignore[attr-defined]

    def get_unverified_chain(self) -> Any:
        """The chain that the peer sent, from Python 3.13 on."""
        return self._established().get_unverified_chain()  # type: ignore[attr-defined]

    def selected_npn_protocol(self) -> Optional[str]:
        """None: the extension has been replaced."""
        return None

    def selected_alpn_protocol(self) -> Optional[str]:
        """The protocol of the application that both have agreed on."""
        return None if self._sslobj is None else self._sslobj.selected_alpn_protocol()

    def cipher(self) -> Optional[Tuple[str, str, int]]:
        """Name, version of the protocol, and bits of the cipher."""
        return None if self._sslobj is None else self._sslobj.cipher()

    def shared_ciphers(self) -> Optional[List[Tuple[str, str, int]]]:
        """The ciphers that both have."""
        return None if self._sslobj is None else self._sslobj.shared_ciphers()

    def compression(self) -> Optional[str]:
        """The compression in use."""
        return None if self._sslobj is None else self._sslobj.compression()

    def pending(self) -> int:
        """How many decrypted bytes can be read at once."""
        return 0 if self._sslobj is None else self._sslobj.pending()

    def version(self) -> Optional[str]:
        """The version of TLS."""
        return None if self._sslobj is None else self._sslobj.version()

    def get_channel_binding(self, cb_type: str = "tls-unique") -> Optional[bytes]:
        """Bytes that only this connection has."""
        return None if self._sslobj is None else self._sslobj.get_channel_binding(cb_type)

    def verify_client_post_handshake(self) -> None:
        """Asks the client for its certificate, on a server with TLS 1.3."""
        self._established().verify_client_post_handshake()

    def unwrap(self) -> "TLSSocket":
        """Ends TLS. Returns the socket, which goes on without it."""
        deadline = self._deadline()
        self._run(self._established().unwrap, deadline=deadline)
        self._flush(deadline)
        rest = self._incoming.read()
        self._end_tls()
        if rest:
            self.handle.kept_bytes.append(rest)
        return self

    # What a socket has

    def connect(self, address: Any) -> None:
        """Connects, and begins TLS."""
        self._connect(lambda: socket.connect(self, address) or 0)  # type: ignore[func-returns-value]

    def connect_ex(self, address: Any) -> int:
        """As connect, but returns the errno of this system."""
        return self._connect(lambda: socket.connect_ex(self, address))

    def _connect(self, connecting: Callable[[], int]) -> int:
        if self.server_side:
            raise ValueError("can't connect in server-side mode")
        if self._sslobj is not None:
            raise ValueError("attempt to connect already-connected SSLSocket!")
        self._make_tls()
        try:
            number = connecting()
            if number == 0:
                self._handshake_on_connect()
        except (OSError, ValueError):
            self._end_tls()
            raise
        return number

    def accept(self) -> Tuple["TLSSocket", Any]:
        """Accepts a connection, and begins TLS on it."""
        accepted, address = socket.accept(self)
        return (
            wrap_socket(
                self._context,
                accepted,
                server_side=True,
                do_handshake_on_connect=self.do_handshake_on_connect,
                suppress_ragged_eofs=self.suppress_ragged_eofs,
            ),
            address,
        )

    def send(self, data: Any, flags: int = 0) -> int:
        """Sends bytes."""
        if self._sslobj is None:
            return socket.send(self, data, flags)
        _without_flags(flags, "send")
        return self.write(flat(data)[:_WRITE_BYTES])

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all bytes."""
        if self._sslobj is None:
            return socket.sendall(self, data, flags)
        _without_flags(flags, "sendall")
        view = flat(data)
        while view:
            view = view[self.send(view) :]

    def recv(self, bufsize: int = 1024, flags: int = 0) -> bytes:
        """Receives bytes."""
        if self._sslobj is None:
            return socket.recv(self, bufsize, flags)
        _without_flags(flags, "recv")
        received: bytes = self.read(bufsize)
        return received

    def recv_into(self, buffer: Any, nbytes: Optional[int] = None, flags: int = 0) -> int:
        """Receives bytes into a buffer."""
        if self._sslobj is None:
            return socket.recv_into(self, buffer, nbytes or 0, flags)
        _without_flags(flags, "recv_into")
        view = memoryview(buffer).cast("B")
        return int(self.read(nbytes or len(view), view)) if view else 0

    def sendto(self, data: Any, *flags_and_address: Any) -> int:
        """Only without TLS."""
        self._only_without_tls("sendto")
        return socket.sendto(self, data, *flags_and_address)

    def recvfrom(self, bufsize: int = 1024, flags: int = 0) -> Tuple[bytes, Any]:
        """Only without TLS."""
        self._only_without_tls("recvfrom")
        return socket.recvfrom(self, bufsize, flags)

    def recvfrom_into(self, buffer: Any, nbytes: Optional[int] = None, flags: int = 0) -> Tuple[int, Any]:
        """Only without TLS."""
        self._only_without_tls("recvfrom_into")
        return socket.recvfrom_into(self, buffer, nbytes or 0, flags)

    def sendmsg(self, *arguments: Any, **named: Any) -> NoReturn:
        """Not with TLS."""
        raise NotImplementedError("sendmsg not allowed on instances of TLSSocket")

    def recvmsg(self, *arguments: Any, **named: Any) -> NoReturn:
        """Not with TLS."""
        raise NotImplementedError("recvmsg not allowed on instances of TLSSocket")

    def recvmsg_into(self, *arguments: Any, **named: Any) -> NoReturn:
        """Not with TLS."""
        raise NotImplementedError("recvmsg_into not allowed on instances of TLSSocket")

    def dup(self) -> Any:
        """Not with TLS."""
        raise NotImplementedError("Can't dup() TLSSocket instances")

    def shutdown(self, how: int) -> None:
        """Ends directions of the connection, without the closing message of TLS."""
        self._end_tls()
        socket.shutdown(self, how)

    def _real_close(self, _ss: Any = None) -> None:
        self._end_tls()
        socket._real_close(self)

    def _only_without_tls(self, function: str) -> None:
        if self._sslobj is not None:
            raise ValueError(f"{function} not allowed on instances of TLSSocket")


def wrap_socket(
    context: ssl.SSLContext,
    sock: Any,
    server_side: bool = False,
    do_handshake_on_connect: bool = True,
    suppress_ragged_eofs: bool = True,
    server_hostname: Optional[str] = None,
    session: Optional[ssl.SSLSession] = None,
) -> Any:
    """As `ssl.SSLContext.wrap_socket`, for sockets of rigs; others are wrapped by that."""
    if not issubclass(type(sock), socket):  # isinstance takes local sockets, too
        return _originals.wrap_socket(
            context, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
        )
    if sock.type != _stdlib.SOCK_STREAM:
        raise NotImplementedError("only stream sockets are supported")
    if server_side and server_hostname:
        raise ValueError("server_hostname can only be specified in client mode")
    if context.check_hostname and not server_side and not server_hostname:
        raise ValueError("check_hostname requires server_hostname")
    timeout = sock.gettimeout()
    return TLSSocket._over(
        sock._give_up(),
        context,
        timeout,
        server_side,
        do_handshake_on_connect,
        suppress_ragged_eofs,
        server_hostname,
        session,
    )


def _without_flags(flags: int, function: str) -> None:
    if flags:
        raise ValueError(f"non-zero flags not allowed in calls to {function}() on TLSSocket")


def _timed_out(text: str) -> TimedOutError:
    error = TimedOutError()
    error.args = (text,)
    return error


def _want_read() -> ssl.SSLWantReadError:
    return ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def _for_lock(deadline: Optional[float]) -> float:
    """How long to wait for a lock, in seconds; -1 is without end."""
    return -1 if deadline is None else max(0.0, deadline - time.monotonic())
