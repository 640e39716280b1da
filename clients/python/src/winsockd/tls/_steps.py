"""The steps of TLS, and the bytes that they need and make. One thread may read while another one writes."""

from __future__ import annotations

import errno
import ssl
import threading
import time
from concurrent.futures import Future, wait
from typing import Any, Callable, Mapping, Optional

from .. import _originals
from ..errors import TimedOutError, WinsockBlockingIOError, WinsockError
from ..socket._buffers import JSON_BYTES
from ..socket._handle import Handle
from ..socket._rig_socket import socket

#: The most bytes that are taken from the rig at once: a record of TLS and a little more.
_RECORD_BYTES = 32 * 1024

#: How long one call waits for room, in seconds. If a signal handler ends it, its answer tells how much was sent; over
#: HTTP that comes only when the call ends by itself, and is waited for.
_SEND_SECONDS = 2.0


class TLSSteps(socket, ssl.SSLSocket):  # type: ignore[misc]  # TLSSocket has those that differ
    """A socket of a rig, and the TLS over it."""

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
    ) -> "TLSSteps":
        made: TLSSteps = _originals.Socket.__new__(cls)
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

    def _run(
        self,
        step: Callable[..., Any],
        *arguments: Any,
        deadline: Optional[float],
        flush: Optional[Callable[[Optional[float]], None]] = None,
    ) -> Any:
        """Takes a step, with all that it needs. flush: sends what it makes, for a thread that holds `_sending`."""
        flush = flush or self._flush
        while True:
            needs_more = False
            result = None
            try:
                with self._turn:  # OpenSSL takes one step of a connection at a time
                    result = step(*arguments)
            except ssl.SSLWantReadError:
                needs_more = True
            except ssl.SSLError:
                _flush_alert(flush, deadline)
                raise
            if not needs_more:
                return result
            flush(deadline)
            self._fill(deadline)

    def _fill(self, deadline: Optional[float]) -> None:
        if not self._receiving.acquire(blocking=False):
            # Another thread receives: what it gets may be what this one needs.
            if self.gettimeout() == 0:
                raise _want_read()
            if not self._receiving.acquire(timeout=for_lock(deadline)):
                raise timed_out("The read operation timed out")
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
            raise timed_out("The read operation timed out") from None
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
            left = self._left(deadline)
            is_last = left is not None and left <= _SEND_SECONDS
            try:
                sent = self._send_some(left if is_last else _SEND_SECONDS)
            except WinsockBlockingIOError:
                raise ssl.SSLWantWriteError(
                    ssl.SSL_ERROR_WANT_WRITE, "The operation did not complete (write)"
                ) from None
            except TimedOutError:
                if not is_last:
                    continue
                raise timed_out("The write operation timed out") from None
            self._unsent = self._unsent[sent:] + self._outgoing.read()

    def _send_some(self, timeout: Optional[float]) -> int:
        view = memoryview(self._unsent)
        if len(view) <= JSON_BYTES or timeout == 0:
            return self._send(view, 0, timeout, self._sent_all_the_same)
        # Raw bytes, by a thread of their own: no signal handler ends their request, so its answer tells how many went.
        sending: "Future[int]" = Future()
        arguments = (sending, lambda: self._send(view, 0, timeout))
        threading.Thread(target=_settle, args=arguments, name="winsockd send", daemon=True).start()
        try:
            try:
                wait([sending])
            except BaseException:
                wait([sending])
                if sending.exception() is None:
                    self._sent_all_the_same({"bytesSent": sending.result()})
                raise
            return sending.result()
        finally:
            del sending, arguments  # or the traceback of its error and this frame would keep each other alive

    def _sent_all_the_same(self, answer: Mapping[str, Any]) -> None:
        """What a call has sent whose wait was ended by a signal handler. The peer must not get it again."""
        self._unsent = self._unsent[int(answer["bytesSent"]) :]

    def _deadline(self) -> Optional[float]:
        timeout = self.gettimeout()
        return time.monotonic() + timeout if timeout else None

    def _left(self, deadline: Optional[float]) -> Optional[float]:
        return self.gettimeout() if deadline is None else max(0.001, deadline - time.monotonic())


def _settle(sending: "Future[int]", send: Callable[[], int]) -> None:
    try:
        sending.set_result(send())
    except BaseException as error:
        sending.set_exception(error)


def _flush_alert(flush: Callable[[Optional[float]], None], deadline: Optional[float]) -> None:
    try:
        flush(deadline)
    except OSError:
        pass  # the failure of TLS is the one to tell


def without_flags(flags: int, function: str) -> None:
    if flags:
        raise ValueError(f"non-zero flags not allowed in calls to {function}() on TLSSocket")


def timed_out(text: str) -> TimedOutError:
    error = TimedOutError()
    error.args = (text,)
    return error


def _want_read() -> ssl.SSLWantReadError:
    return ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def for_lock(deadline: Optional[float]) -> float:
    """How long to wait for a lock, in seconds; -1 is without end."""
    return -1 if deadline is None else max(0.0, deadline - time.monotonic())
