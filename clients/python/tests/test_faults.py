"""Faults: armed rules of a session and of one socket."""

import socket

import pytest

import winsockd


def test_the_nth_send_fails(pair):
    client, server = pair
    with client.arm_fault("fail", operation="send", nth=3, code="WSAENETDOWN") as fault:
        for piece in (b"one", b"two"):
            client.sendall(piece)
        with pytest.raises(winsockd.WinsockError) as raised:
            client.sendall(b"three")
        assert raised.value.name == "WSAENETDOWN"
        assert fault.hits == 1 and fault.info()["calls"] == 3
        server.sendall(b"not hit")
    client.sendall(b"four")
    assert server.recv(10, socket.MSG_WAITALL) == b"onetwofour"


def test_a_reset_after_so_many_bytes(session, pair):
    client, server = pair
    with server.arm_fault("reset", operation="recv", after_bytes=1000):
        client.sendall(b"x" * 5000)
        received = 0
        with pytest.raises(ConnectionResetError):
            while True:
                received += len(server.recv(600))
        assert received == 1000
        with pytest.raises(ConnectionResetError):
            while client.recv(1):
                pass


def test_faults_of_a_session_are_listed_and_removed(session):
    fault = session.arm_fault("delay", operation="recv", delay_ms=5)
    other = session.arm_fault("fail", operation="listen", code="WSAENOBUFS", times=1)
    assert [one.id for one in session.faults()] == [fault.id, other.id]
    fault.remove()
    assert [one.id for one in session.faults()] == [other.id]
    session.reset()
    assert session.faults() == []


def test_a_socket_with_a_fault_from_its_first_call_on(session):
    rule = {"operation": "connect", "effect": "fail", "code": "WSAECONNREFUSED", "times": 1}
    with session.create_server(("127.0.0.1", 0)) as listener, session.socket(faults=[rule]) as one:
        with pytest.raises(ConnectionRefusedError) as raised:
            one.connect(listener.getsockname())
        assert raised.value.name == "WSAECONNREFUSED"
        one.connect(listener.getsockname())


def test_a_session_with_a_fault_from_its_first_call_on(rig):
    rule = {"operation": "socket", "effect": "fail", "code": "WSAEMFILE", "times": 1}
    with rig.begin_session(faults=[rule]) as session:
        with pytest.raises(OSError) as raised:
            session.socket()
        assert raised.value.name == "WSAEMFILE"
        session.socket().close()
