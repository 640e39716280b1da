"""Rigs and sessions: how they begin and end, and what they show."""

import errno
import gc
import os
import socket
import warnings

import pytest
from conftest import LIMIT_SECONDS, Thread, ids_of, no_descriptor_left, pair_of, wait_until

import winsockd
from winsockd import select as rig_select


def test_about(rig):
    assert rig.about["limits"]["waitSeconds"] > 0
    assert rig.about["owner"]


def test_the_methods_of_a_rig_use_one_session(rig):
    with rig.socket() as one, rig.create_server(("127.0.0.1", 0)) as other:
        assert one.handle.session is rig.session and other.handle.session is rig.session
        assert [about["socketId"] for about in rig.session.sockets()] == [one.id, other.id]


def test_a_session_of_another_version(rig):
    with rig.begin_session(version="1.1") as session:
        assert session.version == "1.1"
        assert session.info()["version"] == "1.1"


def test_the_provider_of_a_rig_a_session_and_a_socket():
    with winsockd.Rig(provider="lab") as rig:
        with rig.socket() as one:
            assert one.info()["provider"] == "lab"
        with rig.begin_session(provider="posix") as session:
            with session.socket() as one, session.socket(provider="lab") as other:
                assert (one.info()["provider"], other.info()["provider"]) == ("posix", "lab")


@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_the_end_of_a_session_closes_its_sockets(transport):
    with winsockd.Rig(transport=transport) as rig, winsockd.Rig() as other:
        session = rig.begin_session()
        one = session.socket()
        assert session.id in ids_of(other)
        session.end()
        assert session.is_ended and session.id not in ids_of(other)
        with pytest.raises(winsockd.WinsockError) as raised:
            one.send(b"x")
        assert (raised.value.name, raised.value.problem["reason"]) == ("WSAENOTSOCK", "session-ended")
        one.close()
        session.end()


def test_the_end_of_a_session_ends_a_call_that_waits(rig):
    with rig.begin_session() as session, rig.begin_session() as other:
        listener = session.create_server(("127.0.0.1", 0))
        accepting = Thread(listener.accept)
        wait_until(lambda: session.info()["pendingCalls"])
        session.end()
        with pytest.raises(winsockd.WinsockError) as raised:
            accepting.result()
        assert raised.value.name == "WSA_OPERATION_ABORTED"
        listener.close()
        with other.socket() as one:
            assert one.info()["state"] == "fresh"


def test_with_blocks_end_what_they_began():
    with winsockd.Rig() as other:
        with winsockd.Rig() as rig:
            with rig.begin_session() as session, pair_of(session) as (client, server):
                client.sendall(b"x")
                assert server.recv(1) == b"x"
                inner, kept = session.id, rig.session.id
                assert {inner, kept} <= ids_of(other)
            assert inner not in ids_of(other) and kept in ids_of(other)
        assert kept not in ids_of(other)
        assert rig.is_closed and session.is_ended


def test_a_closed_rig_makes_no_calls():
    rig = winsockd.Rig()
    one = rig.socket()
    rig.close()
    rig.close()
    with pytest.raises(winsockd.RigLostError):
        rig.call("listSessions")
    with pytest.raises(OSError):
        one.send(b"x")
    one.close()


def test_a_session_that_another_client_ends(rig):
    with winsockd.Rig() as other:
        session = rig.begin_session()
        other.call("endSession", sessionId=session.id)
        with pytest.raises(winsockd.RefusedError) as raised:
            session.socket()
        assert raised.value.name == "session-ended"
        session.__exit__()


def test_a_rig_that_is_forgotten_ends_its_sessions():
    with winsockd.Rig() as other:
        session_id = winsockd.Rig().session.id
        gc.collect()
        wait_until(lambda: session_id not in ids_of(other))


def test_a_socket_that_is_forgotten_is_closed(rig):
    one = rig.socket()
    others = {about["socketId"] for about in rig.session.sockets()} - {one.id}
    with pytest.warns(ResourceWarning):
        del one
    wait_until(lambda: {about["socketId"] for about in rig.session.sockets()} == others)


@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_the_patience_of_a_rig_is_longer_than_the_longest_wait_of_its_daemon(start_daemon, transport):
    daemon = start_daemon(WINSOCKD_LIMITS_WAIT_SECONDS="300")
    with winsockd.Rig(daemon.url, token=daemon.token, transport=transport) as rig:
        assert 300 < rig.patience < 400


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not list the descriptors")
@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_the_close_of_a_rig_that_has_lost_its_daemon_leaves_no_descriptor(start_daemon, transport):
    daemon = start_daemon()
    before = set(os.listdir("/proc/self/fd"))
    rig = winsockd.Rig(daemon.url, token=daemon.token, transport=transport)
    assert rig.session.id and len(os.listdir("/proc/self/fd")) > len(before)
    daemon.process.kill()
    daemon.process.wait(LIMIT_SECONDS)
    with pytest.raises(winsockd.RigLostError):
        rig.call("listSessions")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rig.close()
        wait_until(lambda: set(os.listdir("/proc/self/fd")) == before)
        del rig
        gc.collect()
    rest = set(os.listdir("/proc/self/fd"))
    assert rest == before


@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_without_a_descriptor_no_connection_is_lost_and_no_socket_left(transport):
    with winsockd.Rig(transport=transport) as rig, rig.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_SECONDS)
        with rig.create_connection(listener.getsockname()) as client:
            for make in (listener.accept, listener.dup, rig.socket):
                with no_descriptor_left(), pytest.raises(OSError) as raised:
                    make()
                assert raised.value.errno == errno.EMFILE
            accepted, address = listener.accept()
            with accepted:
                assert address == client.getsockname()
                wait_until(lambda: len(rig.session.sockets()) == 3)


def test_a_descriptor_that_was_closed_by_the_system_stands_for_no_socket_any_more(rig):
    with rig.socket() as kept:
        descriptor = rig.socket().detach()
        os.close(descriptor)
        pair = socket.socketpair()
        with pair[0], pair[1]:
            assert descriptor in (pair[0].fileno(), pair[1].fileno())
            for one in pair:
                one.send(b"x")
            assert rig_select.select(pair, [], [], LIMIT_SECONDS)[0] == list(pair)
        wait_until(lambda: [about["socketId"] for about in rig.session.sockets()] == [kept.id])


def test_a_socket_of_a_rig_takes_the_number_of_a_descriptor_that_was_closed_by_the_system(rig):
    descriptor = rig.socket().detach()
    os.close(descriptor)
    with rig.socket() as one:
        assert one.fileno() == descriptor
        one.detach()
        with winsockd.socket.socket(fileno=descriptor) as again:
            wait_until(lambda: [about["socketId"] for about in rig.session.sockets()] == [again.id])


def test_a_forgotten_socket_gives_up_its_descriptor_before_it_closes_it(rig, monkeypatch):
    from winsockd.socket._handle import handle_of

    one = rig.socket()
    descriptor, known = one.fileno(), []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # The warning comes before the close.
        monkeypatch.setattr(warnings, "showwarning", lambda *_: known.append(handle_of(descriptor)))
        del one
        gc.collect()
    assert known == [None]
