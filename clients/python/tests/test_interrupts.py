"""
What comes in between: signal handlers that raise at any moment, handlers and finalizers that make calls, pings while
a message is being sent.
"""

from __future__ import annotations

import gc
import random
import signal
import socket
import struct
import threading
from typing import Any, Callable, Iterator, List

import pytest
from conftest import pair_of, wait_until

import winsockd
from winsockd.wire import rpc
from winsockd.wire.frames import PING, frame_of
from winsockd.wire.websocket import WebSocket

ROUNDS = 600

#: A local socket that a handler takes from the function that made it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


class Interrupted(BaseException):
    """What the handler raises: no Exception, as that of a test's time limit."""


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """Sets an alarm whose handler raises, in so many seconds; 0 takes it back."""

    def raise_it(*_: Any) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, raise_it)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds) and None
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["websocket", "http"])
def any_rig(request: pytest.FixtureRequest) -> Iterator[winsockd.Rig]:
    with winsockd.Rig(transport=request.param) as rig:
        yield rig


def interrupted(call: Callable[[], Any], alarm: Callable[[float], None], seconds: float) -> bool:
    """Whether the alarm has ended the call."""
    try:
        alarm(seconds)
        call()
        alarm(0)
    except Interrupted:
        return True
    return False


def test_receives_that_are_interrupted_anywhere_lose_no_byte(
    any_rig: winsockd.Rig, alarm: Callable[[float], None]
) -> None:
    """Nothing is there to receive when the alarm comes, so that no byte can be lost in the program."""
    moments = random.Random(1)
    with any_rig.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as peer:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(20)
                for number in range(ROUNDS):
                    assert interrupted(lambda: connection.recv(4), alarm, moments.uniform(0.00001, 0.0015))
                    if number % 10 == 0:
                        peer.sendall(struct.pack("!I", number))
                        assert connection.recv(4, socket.MSG_WAITALL) == struct.pack("!I", number)
    assert not any_rig.is_closed


def test_accepts_that_are_interrupted_anywhere_lose_no_connection(
    any_rig: winsockd.Rig, alarm: Callable[[float], None]
) -> None:
    moments = random.Random(2)
    with any_rig.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        for number in range(ROUNDS // 2):
            assert interrupted(listener.accept, alarm, moments.uniform(0.00001, 0.0015))
            if number % 10 == 0:
                with socket.create_connection(listener.getsockname()) as peer:
                    accepted, address = listener.accept()
                    assert address == peer.getsockname()
                    accepted.close()


def test_short_calls_that_are_interrupted_leave_the_rig_usable(
    any_rig: winsockd.Rig, alarm: Callable[[float], None]
) -> None:
    moments = random.Random(3)
    opened = any_rig.socket()
    ended = sum(interrupted(opened.info, alarm, moments.uniform(0.00001, 0.001)) for _ in range(ROUNDS))
    assert ended > 0
    assert opened.info()["state"] == "fresh"
    opened.close()


def test_a_signal_handler_makes_calls_while_another_one_waits(any_rig: winsockd.Rig) -> None:
    with pair_of(any_rig.session) as (client, server):
        seen: List[Any] = []
        before = signal.signal(signal.SIGALRM, lambda *_: seen.append(client.send(b"from the handler")))
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            server.settimeout(20)
            assert server.recv(100) == b"from the handler"
        finally:
            signal.signal(signal.SIGALRM, before)
        assert seen == [16]


def test_a_finalizer_makes_a_call_while_an_answer_is_read(rig: winsockd.Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    with pair_of(rig.session) as (client, server):
        decode = rpc._decode

        class Closing:
            def __init__(self) -> None:
                self.file = client.makefile("rb")
                self.itself = self

            def __del__(self) -> None:
                client.close()
                self.file.close()  # the last user of the socket: closesocket

        Closing()

        def collecting(text: str) -> Any:
            monkeypatch.undo()
            gc.collect()
            return decode(text)

        monkeypatch.setattr(rpc, "_decode", collecting)
        assert server.info()["state"] == "connected"
        server.settimeout(20)
        assert server.recv(1) == b""
    assert not rig.is_closed


def test_pings_are_answered_between_the_frames_of_a_sender() -> None:
    """The end of the daemon sends pings, and reads nothing until then."""
    here, there = socket.socketpair()
    with there:
        there.settimeout(20)
        websocket = WebSocket(here, b"")
        sent = threading.Thread(target=websocket.send, args=("x" * 4_000_000, websocket_reader(websocket), []))
        sent.start()
        there.sendall(bytes([0x80 | PING, 1]) + b"p")
        wait_until(lambda: websocket._pongs)
        received = 0
        while received < 4_000_000 + 14 + 7:
            received += len(there.recv(1 << 20))
        sent.join(20)
        assert not sent.is_alive()
        websocket.close()
    assert len(frame_of(PING, b"p")) == 7


def websocket_reader(websocket: WebSocket) -> Callable[[], bool]:
    """What a thread of the connection does while a message cannot be sent."""

    def read() -> bool:
        websocket.wait(0.05)
        websocket.receive()
        return True

    return read


@pytest.mark.parametrize("answer", [b"no json", b"[]", b"1", b"\xff"])
def test_a_message_that_is_no_answer_ends_the_rig_at_once(answer: bytes, rig: winsockd.Rig) -> None:
    opened = rig.socket()
    wire: Any = rig._wire
    wire._websocket._messages.append(answer)
    with pytest.raises(winsockd.RigLostError, match="no answer"):
        opened.info()
    assert rig.is_closed
    opened._release()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_refused_at_once(value: float, rig: winsockd.Rig) -> None:
    with pytest.raises(ValueError):
        rig.call("armFault", sessionId=rig.session.id, effect="fail", probability=value)
    assert rig.session.info()["sockets"] == 0
