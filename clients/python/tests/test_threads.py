"""Threads, signal handlers and forks."""

import os
import signal
import socket
import threading
import warnings
from contextlib import contextmanager

import pytest
from conftest import LIMIT_SECONDS, Thread, ids_of, pair_of, wait_until

import winsockd


@pytest.fixture(params=["websocket", "http"])
def wired(request):
    """A rig over each transport."""
    with winsockd.Rig(transport=request.param) as rig:
        yield rig


def test_sixteen_threads_make_calls_at_once(wired):
    def converse(number):
        with pair_of(wired) as (client, server):
            for turn in range(25):
                text = f"thread {number}, turn {turn}".encode()
                client.sendall(text)
                assert server.recv(100) == text
                server.sendall(text[::-1])
                assert client.recv(100) == text[::-1]
        return number

    threads = [Thread(lambda number=number: converse(number)) for number in range(16)]
    assert [thread.result(60) for thread in threads] == list(range(16))
    assert wired.session.sockets() == []


def test_a_thread_that_waits_does_not_hold_up_others(wired):
    with wired.create_server(("127.0.0.1", 0)) as listener, pair_of(wired) as (client, server):
        accepting = Thread(listener.accept)
        wait_until(lambda: wired.session.info()["pendingCalls"])
        for _ in range(100):
            client.sendall(b"meanwhile")
            assert server.recv(100) == b"meanwhile"
        assert accepting.is_alive()
        with wired.create_connection(listener.getsockname()):
            accepting.result()[0].close()


def test_one_thread_cancels_the_wait_of_another(wired):
    with pair_of(wired) as (client, server):
        receiving = Thread(lambda: client.recv(10))
        wait_until(lambda: wired.session.info()["pendingCalls"])
        assert client.cancel() == 1
        with pytest.raises(winsockd.WinsockError) as raised:
            receiving.result()
        assert raised.value.name == "WSA_OPERATION_ABORTED"
        server.sendall(b"goes on")
        assert client.recv(10) == b"goes on"


class Interrupted(Exception):
    """What the signal handlers of these tests raise."""


@contextmanager
def interrupted(meanwhile=lambda: None):
    """The block is ended by a signal handler, which first does something, while the block waits."""

    def handle(*_):
        meanwhile()
        raise Interrupted

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(Interrupted):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome_of(rig, socket_id, operation):
    """The outcome of the last call of an operation, as another client sees it; None if none has ended."""
    entries = rig.call("getSocketJournal", socketId=socket_id)["entries"]
    return next((entry["outcome"] for entry in reversed(entries) if entry["operation"] == operation), None)


def test_a_signal_handler_that_raises_ends_the_wait(wired):
    with pair_of(wired) as (client, server):
        with interrupted():
            client.recv(10)
        server.sendall(b"not lost")
        assert client.recv(10) == b"not lost"


def test_bytes_that_come_with_the_signal_are_not_lost(wired):
    with winsockd.Rig() as other, pair_of(wired) as (client, server):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            with wired.create_connection(listener.getsockname()) as one:
                peer, _ = listener.accept()

                def arrive():
                    peer.sendall(b"hello")
                    wait_until(lambda: outcome_of(other, one.id, "recv") == "ok")

                with peer, interrupted(arrive):
                    one.recv(100)
                assert one.recv(2, socket.MSG_PEEK) == b"he"
                assert one.recv(2) == b"he"
                assert one.recv(100) == b"llo"


@contextmanager
def kept_bytes(wired):
    """A socket for which a receive that a signal handler ended has left `hello`, and its local peer."""
    with winsockd.Rig() as other, socket.create_server(("127.0.0.1", 0)) as listener:
        with wired.create_connection(listener.getsockname(), timeout=LIMIT_SECONDS) as one:
            peer, _ = listener.accept()

            def arrive():
                peer.sendall(b"hello")
                wait_until(lambda: outcome_of(other, one.id, "recv") == "ok")

            with peer:
                with interrupted(arrive):
                    one.recv(100)
                yield one, peer


def test_kept_bytes_are_not_urgent(wired):
    with kept_bytes(wired) as (one, peer):
        peer.send(b"!", socket.MSG_OOB)
        assert one.recv(1, socket.MSG_OOB) == b"!"
        assert one.recv(100) == b"hello"


def test_a_receive_of_all_bytes_begins_with_those_that_are_kept(wired):
    with kept_bytes(wired) as (one, peer):
        peer.sendall(b" world")
        assert one.recv(2, socket.MSG_WAITALL) == b"he"
        assert one.recv(9, socket.MSG_WAITALL) == b"llo world"
    with kept_bytes(wired) as (one, peer):
        with interrupted():
            one.recv(100, socket.MSG_WAITALL)
        one.settimeout(0.05)
        assert one.recv(100, socket.MSG_WAITALL) == b"hello"
        peer.close()
        assert one.recv(100, socket.MSG_WAITALL) == b""


def test_an_urgent_byte_that_comes_with_the_signal_is_not_one_of_the_stream(wired):
    with winsockd.Rig() as other, socket.create_server(("127.0.0.1", 0)) as listener:
        with wired.create_connection(listener.getsockname(), timeout=LIMIT_SECONDS) as one:
            peer, _ = listener.accept()

            def arrive():
                peer.send(b"!", socket.MSG_OOB)
                wait_until(lambda: outcome_of(other, one.id, "recv") == "ok")

            with peer:
                with interrupted(arrive):
                    one.recv(1, socket.MSG_OOB)
                peer.sendall(b"hello")
                assert one.recv(100) == b"hello"


def test_a_connection_that_comes_with_the_signal_is_not_lost(wired):
    with winsockd.Rig() as other, wired.create_server(("127.0.0.1", 0)) as listener:
        clients = []

        def arrive():
            clients.append(socket.create_connection(listener_address))
            wait_until(lambda: outcome_of(other, listener.id, "accept") == "ok")

        listener_address = listener.getsockname()
        with interrupted(arrive):
            listener.accept()
        listener.settimeout(LIMIT_SECONDS)
        accepted, address = listener.accept()
        with clients[0] as client, accepted:
            assert address == client.getsockname()
            client.sendall(b"there")
            assert accepted.recv(10) == b"there"


@pytest.mark.parametrize("receive", ["recv", "recvfrom", "recvmsg"])
def test_a_datagram_that_comes_with_the_signal_is_not_lost(wired, receive):
    with winsockd.Rig() as other, wired.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        address = one.getsockname()
        operation = {"recv": "recv", "recvfrom": "recvFrom", "recvmsg": "recvMsg"}[receive]
        with socket.socket(type=socket.SOCK_DGRAM) as peer:

            def arrive():
                peer.sendto(b"datagram", address)
                wait_until(lambda: outcome_of(other, one.id, operation) == "ok")

            with interrupted(arrive):
                getattr(one, receive)(100)
            one.settimeout(2)
            received = getattr(one, receive)(100)
        assert (received if receive == "recv" else received[0]) == b"datagram"


def in_a_child(run):
    """Runs a function in a fork of this process; returns what it returned, a short text."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: this process has threads
        child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            text = run()
        except BaseException as error:
            text = f"raised {error!r}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        text = file.read().decode()
    os.waitpid(child, 0)
    return text


def test_a_rig_is_not_for_a_forked_child(wired):
    with pair_of(wired) as (client, server):

        def use():
            assert wired.is_closed
            for call in (lambda: client.send(b"child"), lambda: wired.call("listSessions"), wired.begin_session):
                try:
                    call()
                except winsockd.RigLostError:
                    continue
                return "a call was made"
            wired.close()
            return "all refused"

        assert in_a_child(use) == "all refused"
        client.sendall(b"parent")
        assert server.recv(100) == b"parent"


def test_a_rig_that_was_closed_before_a_fork_keeps_no_other_from_being_given_up():
    rigs = [winsockd.Rig(transport="websocket") for _ in range(8)]
    for rig in rigs[::2]:
        rig.close()

    def use():
        calls = 0
        for rig in rigs:
            try:
                rig.call("listSessions")
                calls += 1
            except winsockd.RigLostError:
                pass
        return str(calls)

    assert in_a_child(use) == "0"
    for rig in rigs[1::2]:
        rig.close()


def test_a_forked_child_makes_a_rig_of_its_own(wired):
    session_id = wired.session.id

    def use():
        with winsockd.Rig() as own, pair_of(own) as (client, server):
            client.sendall(b"child")
            return server.recv(100).decode() + str(session_id in ids_of(own))

    assert in_a_child(use) == "childTrue"
    assert not wired.is_closed and wired.session.id == session_id


def test_a_fork_while_another_thread_waits(wired):
    with wired.create_server(("127.0.0.1", 0)) as listener:
        accepting = Thread(listener.accept)
        wait_until(lambda: wired.session.info()["pendingCalls"])
        assert in_a_child(lambda: str(wired.is_closed)) == "True"
        with wired.create_connection(listener.getsockname()) as client:
            accepted, address = accepting.result()
            with accepted:
                assert address == client.getsockname()


def test_a_fork_while_another_thread_begins_the_session(wired):
    def begin():
        begun.set()
        assert go_on.wait(LIMIT_SECONDS)
        return wired.begin_session()

    begun, go_on = threading.Event(), threading.Event()
    with patched_method(wired, "begin_session", begin):
        beginning = Thread(lambda: wired.session)
        assert begun.wait(LIMIT_SECONDS)
        assert in_a_child(lambda: ended_by_lost_rig(lambda: wired.session)) == "refused"
    go_on.set()
    assert beginning.result().id


def test_a_fork_while_another_thread_makes_the_rig_of_the_environment(monkeypatch):
    def make():
        begun.set()
        assert go_on.wait(LIMIT_SECONDS)
        return own

    begun, go_on = threading.Event(), threading.Event()
    with winsockd.Rig() as own:
        monkeypatch.setattr("winsockd.rig.Rig", make)
        monkeypatch.setattr("winsockd._current._default", None)
        making = Thread(winsockd._current.current)
        assert begun.wait(LIMIT_SECONDS)

        def use():
            go_on.set()  # of the child
            return ended_by_lost_rig(winsockd._current.current)

        assert in_a_child(use) == "refused"
        go_on.set()
        assert making.result() is own.session


@contextmanager
def patched_method(owner, name, method):
    """An object has another method meanwhile."""
    setattr(owner, name, method)
    try:
        yield
    finally:
        delattr(owner, name)


def ended_by_lost_rig(run):
    """`refused` if a function raises RigLostError; a child of a fork that hangs is ended."""
    signal.alarm(int(LIMIT_SECONDS))
    try:
        run()
    except winsockd.RigLostError:
        return "refused"
    return "not refused"
