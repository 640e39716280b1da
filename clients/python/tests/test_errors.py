"""Errors: what the standard library raises for the same failure on this system, with the code of Winsock."""

import errno
import os
import pickle
import socket

import pytest
from conftest import Thread, wait_until

import winsockd
from winsockd.errors import error_of
from winsockd.winsock_tables import CODES


def raised_by(call, *arguments):
    """What a call raises."""
    with pytest.raises(OSError) as raised:
        call(*arguments)
    return raised.value


def refused_connect(rig):
    """A connect to a port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with rig.socket() as one:
            one.connect(taken.getsockname())


def reset_by_peer(rig):
    """A receive after the reset of the peer."""
    with socket.create_server(("127.0.0.1", 0)) as listener, rig.create_connection(listener.getsockname()) as one:
        peer, _ = listener.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
        one.recv(1)


def send_after_shutdown(rig):
    """A send after the end of sending."""
    with socket.create_server(("127.0.0.1", 0)) as listener, rig.create_connection(listener.getsockname()) as one:
        one.send_disconnect()
        one.send(b"x")


def receive_of_nothing(rig):
    """A non-blocking receive when there is nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, rig.create_connection(listener.getsockname()) as one:
        one.setblocking(False)
        one.recv(1)


def send_without_connection(rig):
    """A send of a fresh socket."""
    with rig.socket() as one:
        one.send(b"x")


def bind_of_a_taken_address(rig):
    """A bind where another socket listens."""
    with rig.create_server(("127.0.0.1", 0)) as listener, rig.socket() as one:
        one.bind(listener.getsockname())


CASES = [
    (refused_connect, ConnectionRefusedError, errno.ECONNREFUSED, 10061, "WSAECONNREFUSED"),
    (reset_by_peer, ConnectionResetError, errno.ECONNRESET, 10054, "WSAECONNRESET"),
    (send_after_shutdown, BrokenPipeError, errno.ESHUTDOWN, 10058, "WSAESHUTDOWN"),
    (receive_of_nothing, BlockingIOError, errno.EAGAIN, 10035, "WSAEWOULDBLOCK"),
    (send_without_connection, OSError, errno.ENOTCONN, 10057, "WSAENOTCONN"),
    (bind_of_a_taken_address, OSError, errno.EADDRINUSE, 10048, "WSAEADDRINUSE"),
]


@pytest.mark.parametrize("fail, kind, number, code, name", CASES, ids=[case[0].__name__ for case in CASES])
def test_a_failed_call(rig, fail, kind, number, code, name):
    error = raised_by(fail, rig)
    assert isinstance(error, kind) and isinstance(error, winsockd.WinsockError)
    assert (error.errno, error.winerror, error.code, error.name) == (number, code, code, name)
    assert error.problem["code"] == code and error.problem["status"] >= 400
    assert str(error).startswith(f"[{name} {code}] ")


@pytest.mark.parametrize("transport", ["websocket", "http"])
@pytest.mark.parametrize("case", CASES, ids=[case[0].__name__ for case in CASES])
def test_an_error_survives_pickle(case, transport):
    with winsockd.Rig(transport=transport) as rig:
        error = raised_by(case[0], rig)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.errno, again.winerror, again.name, str(again)) == (
        error.errno,
        error.winerror,
        error.name,
        str(error),
    )
    assert again.problem == error.problem


def test_a_timeout_is_that_of_the_standard_library(pair):
    client, _ = pair
    client.settimeout(0.05)
    error = raised_by(client.recv, 1)
    assert isinstance(error, socket.timeout) and isinstance(error, TimeoutError)
    assert (error.code, error.name, str(error)) == (10060, "WSAETIMEDOUT", "timed out")


def test_a_lookup_that_finds_nothing(session):
    error = raised_by(lambda: session.call("getAddrInfo", node="no-such-name.invalid", provider="lab"))
    assert isinstance(error, socket.gaierror) and isinstance(error, winsockd.WinsockError)
    assert (error.errno, error.code, error.name) == (socket.EAI_NONAME, 11001, "WSAHOST_NOT_FOUND")


def test_what_the_policy_denies(rig):
    with rig.socket() as one:
        error = raised_by(one.connect, ("192.0.2.1", 80))
    assert isinstance(error, PermissionError) and isinstance(error, winsockd.RefusedError)
    assert not isinstance(error, winsockd.WinsockError)
    assert (error.errno, error.code, error.name) == (errno.EACCES, None, "destination-denied")
    assert pickle.loads(pickle.dumps(error)).problem == error.problem


def test_a_call_of_a_closed_socket(rig, pair):
    client, _ = pair
    client.close()
    error = raised_by(client.recv, 1)
    assert (error.errno, str(error)) == (errno.EBADF, f"[Errno {errno.EBADF}] {os.strerror(errno.EBADF)}")


def test_parameters_that_the_daemon_does_not_know(session):
    error = raised_by(lambda: session.call("socket", family="AF_NONE"))
    assert isinstance(error, winsockd.RefusedError)
    assert (error.name, error.errno) == ("validation", errno.EINVAL)


def test_a_call_that_the_daemon_cannot_read_is_refused_and_another_one_goes_on(session, pair):
    one, other = pair
    waiting = Thread(lambda: other.recv(5))
    wait_until(lambda: session.info()["pendingCalls"] == 1)
    error = raised_by(lambda: one.call("send", buffers=[{"text": ""}] * 40_000))
    assert isinstance(error, winsockd.RefusedError) and error.name == "malformed-json"
    one.sendall(b"still")
    assert waiting.result() == b"still"


def test_every_code_has_an_exception_with_its_name():
    for code, name in CODES.items():
        error = error_of({"type": f"/problems/{name}", "code": code, "name": name, "operation": "recv"})
        assert isinstance(error, winsockd.WinsockError), name
        assert (error.winerror, error.name) == (code, name)
        assert isinstance(error.errno, int) and error.errno > 0, name


def test_a_lost_rig_has_an_errno_and_a_message():
    error = winsockd.RigLostError("the daemon does not answer")
    for one in (error, pickle.loads(pickle.dumps(error)), winsockd.RigLostError(*error.args)):
        assert (one.errno, str(one), one.strerror) == (errno.ECONNABORTED, str(error), "the daemon does not answer")
        assert isinstance(one, ConnectionAbortedError)
