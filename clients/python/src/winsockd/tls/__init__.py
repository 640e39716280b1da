"""
TLS over a socket of a rig. The bytes of TLS are made and read here, by the `ssl.SSLContext` of the program with its
verification as it is; the rig only carries them.
"""

from __future__ import annotations

import socket as _stdlib
import ssl
from typing import Any, Callable, NoReturn, Optional, Tuple

from .. import _originals
from ..errors import TimedOutError
from ..socket._buffers import flat
from ..socket._rig_socket import socket
from ._facts import TLSFacts
from ._steps import for_lock, timed_out, without_flags

#: The most bytes that go into one write, so that few wait here when the socket takes no more.
_WRITE_BYTES = 256 * 1024


class TLSSocket(TLSFacts):
    """A socket of a rig with TLS, with the interface of `ssl.SSLSocket`. `wrap_socket` makes it."""

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
        self._run(tls.do_handshake, deadline=deadline)  # does nothing when it is made
        if not self._sending.acquire(blocking=False):
            if self.gettimeout() == 0:
                raise ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, "another thread is writing")
            if not self._sending.acquire(timeout=for_lock(deadline)):
                raise timed_out("The write operation timed out")
        try:
            if not self._unsent_of_write:
                self._send_unsent(deadline)
                written = self._run(tls.write, data, deadline=deadline, flush=self._send_unsent)
                self._unsent_of_write = int(written)
            self._send_unsent(deadline)
            written, self._unsent_of_write = self._unsent_of_write, 0
        except (ssl.SSLWantWriteError, TimedOutError):
            raise
        except BaseException:
            self._unsent_of_write = 0  # as of a signal handler: the program goes on with other bytes
            raise
        finally:
            self._sending.release()
        self._flush(deadline)  # what a thread that reads has made meanwhile
        return written

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
        without_flags(flags, "send")
        return self.write(flat(data)[:_WRITE_BYTES])

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all bytes."""
        if self._sslobj is None:
            return socket.sendall(self, data, flags)
        without_flags(flags, "sendall")
        view = flat(data)
        while view:
            view = view[self.send(view) :]

    def recv(self, bufsize: int = 1024, flags: int = 0) -> bytes:
        """Receives bytes."""
        if self._sslobj is None:
            return socket.recv(self, bufsize, flags)
        without_flags(flags, "recv")
        received: bytes = self.read(bufsize)
        return received

    def recv_into(self, buffer: Any, nbytes: Optional[int] = None, flags: int = 0) -> int:
        """Receives bytes into a buffer."""
        if self._sslobj is None:
            return socket.recv_into(self, buffer, nbytes or 0, flags)
        without_flags(flags, "recv_into")
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
