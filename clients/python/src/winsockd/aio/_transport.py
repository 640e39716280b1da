"""The transport of a stream socket of a rig."""

from __future__ import annotations

import asyncio
from asyncio.trsock import TransportSocket
from typing import Any, Callable, Dict, Iterable, Optional, Tuple, cast

from ..socket._buffers import encoded, flat
from ..socket._kept import keep_received
from ..socket._rig_socket import socket as RigSocket
from ._under_way import UnderWay
from ._write_flow import WriteFlow

#: The most bytes of one receive, and of one send.
_RECV_BYTES = 64 * 1024
_SEND_BYTES = 256 * 1024

#: The calls of an abortive close. One request, so that the second comes after the first on every wire.
_ABORTIVE_CLOSE: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    (
        "setSockOpt",
        {"level": "SOL_SOCKET", "name": "SO_LINGER", "value": {"linger": {"onoff": True, "linger": 0}}},
    ),
    ("close", {}),
)


class RigTransport(WriteFlow):
    """
    Joins a protocol of asyncio to a connected stream socket of a rig.

    sock: the transport closes it. While it reads, nobody else may receive from it.
    on_lost: is called with the transport after the `connection_lost` of its protocol.

    `get_extra_info` has `peername`, `sockname`, `socket`, and as `winsockd_socket` the socket of the rig, for
    `aio.call`. Errors reach `connection_lost` as those of `winsockd.errors`.

    https://docs.python.org/3/library/asyncio-protocol.html#asyncio.Transport
    """

    #: What `loop.start_tls` asks for.
    _start_tls_compatible = True

    def __init__(
        self,
        sock: RigSocket,
        protocol: asyncio.BaseProtocol,
        on_lost: Optional[Callable[["RigTransport"], None]] = None,
    ) -> None:
        handle = sock.handle
        extra = {
            "socket": TransportSocket(sock),
            "winsockd_socket": sock,
            "sockname": handle.local_address,
            "peername": handle.remote_address,
        }
        super().__init__(protocol, extra)
        self._sock = sock
        self._handle = handle
        self._rig = handle.session.rig
        self._on_lost = on_lost
        self._receive: Optional[UnderWay] = None
        self._is_paused = False
        self._is_at_end = False
        self._send: Optional[UnderWay] = None
        #: The call that ends the sending direction, and whether it has been made.
        self._last_call: Optional[Tuple[str, Dict[str, Any]]] = None
        self._has_ended_sending = False
        self._is_closing = False
        self._is_closed = False
        self._error: Optional[Exception] = None

    def begin(self) -> None:
        """Says `connection_made` to the protocol and begins to receive."""
        self._protocol.connection_made(self)
        self._read()

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    # Receiving

    def is_reading(self) -> bool:
        return not self._is_paused and not self._is_closing

    def pause_reading(self) -> None:
        """Asks the daemon to end the receive. Bytes that it takes all the same wait for `resume_reading`."""
        if self.is_reading():
            self._is_paused = True
            self._end_receive()

    def resume_reading(self) -> None:
        if self._is_paused and not self._is_closing:
            self._is_paused = False
            self._loop.call_soon(self._read)

    def _read(self) -> None:
        """Gives the protocol what is kept, and begins a receive unless one is under way."""
        kept = self._handle.kept_bytes
        while kept and self.is_reading():
            self._give(kept.popleft())
        if self.is_reading() and not self._is_at_end and self._receive is None:
            receive = UnderWay(self._rig, "recv", self._handle.params(maxBytes=_RECV_BYTES))
            self._receive = receive.then(self._received)

    def _end_receive(self) -> None:
        if self._receive is not None:
            self._receive.cancel()

    def _received(self, receive: UnderWay) -> None:
        self._receive = None
        if self._is_closing:
            return
        if receive.error is None:
            keep_received(self._handle, receive.result)
            if receive.result["eof"] and not self._handle.kept_bytes and self.is_reading():
                self._end_of_stream()  # if nobody reads, the next receive says it again
        elif not receive.was_ended_by_cancel and not receive.has_met_wait_limit:
            self._fail(receive.error, "receiving failed")
        self._read()

    def _give(self, data: bytes) -> None:
        try:
            if isinstance(self._protocol, asyncio.BufferedProtocol):
                _fill(self._protocol, data)
            else:
                cast(asyncio.Protocol, self._protocol).data_received(data)
        except Exception as error:
            self._fail(error, "the protocol has failed to take what was received")

    def _end_of_stream(self) -> None:
        self._is_at_end = True
        try:
            stays_open = cast(asyncio.Protocol, self._protocol).eof_received()
        except Exception as error:
            self._fail(error, "protocol.eof_received() failed")
        else:
            if not stays_open:
                self.close()

    # Sending

    def write(self, data: Any) -> None:
        """Sends bytes. After `close` and `abort` they are discarded, as other transports do."""
        view = flat(data)
        if self._last_call is not None:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._is_closing or not view:
            return
        self._buffer += view
        self._go_on()
        self._pause_if_full()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Ends the sending direction (shutdown SD_SEND) when all bytes are sent."""
        self._end_sending("shutdown", how="SD_SEND")

    def send_disconnect(self, data: Optional[bytes] = None) -> None:
        """
        Ends the sending direction by WSASendDisconnect when all bytes are sent.

        data: disconnect data, for a provider that carries it.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
        """
        self._end_sending("sendDisconnect", disconnectData=None if data is None else encoded(flat(data)))

    def _end_sending(self, operation: str, **params: Any) -> None:
        if not self._is_closing and self._last_call is None:
            self._last_call = operation, self._handle.params(**params)
            self._go_on()

    def _go_on(self) -> None:
        """Makes the next call that sends, ends the sending or closes, unless one is under way."""
        if self._send is not None or self._is_closed:
            return
        if self._buffer:
            with memoryview(self._buffer) as whole, whole[:_SEND_BYTES] as piece:
                params = self._handle.params(data=encoded(piece))
            self._send = UnderWay(self._rig, "send", params).then(self._sent)
        elif self._last_call is not None and not self._has_ended_sending:
            self._has_ended_sending = True
            self._send = UnderWay(self._rig, *self._last_call).then(self._sent)
        elif self._is_closing:
            self._close_socket()

    def _sent(self, send: UnderWay) -> None:
        self._send = None
        if self._is_closed:
            return
        if send.error is None:
            del self._buffer[: send.result.get("bytesSent", 0)]
            self._resume_if_drained()
        elif not send.has_met_wait_limit:
            self._fail(send.error, "sending failed")
        self._go_on()

    # The end

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        """Stops receiving, sends what waits, and closes the socket (closesocket)."""
        if not self._is_closing:
            self._is_closing = True
            self._end_receive()
            self._go_on()

    def abort(self) -> None:
        """Closes the socket at once and abortively (SO_LINGER on, 0): the peer sees a reset."""
        if not self._is_closed:
            self._discard(None)
            steps = [
                {"operation": operation, "params": self._handle.params(**params)}
                for operation, params in _ABORTIVE_CLOSE
            ]
            UnderWay(self._rig, "batch", {"steps": steps, "onError": "continue"}).then(self._lost)

    def _force_close(self, error: Optional[Exception]) -> None:
        """Closes the socket without sending what waits. The TLS of asyncio calls it, too."""
        if not self._is_closed:
            self._discard(error)
            self._close_socket()

    def _fail(self, error: Exception, message: str) -> None:
        if not isinstance(error, OSError):
            self._loop.call_exception_handler(
                {"message": message, "exception": error, "transport": self, "protocol": self._protocol}
            )
        self._force_close(error)

    def _discard(self, error: Optional[Exception]) -> None:
        self._error = error
        self._is_closing = True
        self._is_closed = True
        self._buffer.clear()
        self._end_receive()

    def _close_socket(self) -> None:
        self._is_closed = True
        UnderWay(self._rig, "close", self._handle.params()).then(self._lost)

    def _lost(self, closing: UnderWay) -> None:
        if closing.has_met_wait_limit:
            self._close_socket()  # it lingers
            return
        # Any other error means that it has ended before: with its session, its rig, or by the program.
        self._sock._release()
        try:
            self._protocol.connection_lost(self._error)
        finally:
            if self._on_lost is not None:
                self._on_lost(self)

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else "closing" if self._is_closing else "open"
        return f"<winsockd.aio.RigTransport {state} {self._handle.id}>"


def _fill(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Gives bytes to a protocol that has buffers of its own."""
    view = memoryview(data)
    while view:
        room = memoryview(protocol.get_buffer(len(view)))
        taken = min(len(room), len(view))
        if taken == 0:
            raise RuntimeError("get_buffer() returned an empty buffer")
        room[:taken] = view[:taken]
        protocol.buffer_updated(taken)
        view = view[taken:]
