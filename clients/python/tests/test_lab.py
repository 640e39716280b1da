"""The lab: a network whose link and clock the test sets."""

import socket

import pytest
from conftest import Thread

import winsockd


@pytest.fixture
def lab(rig):
    """A session whose sockets are those of the lab."""
    with rig.begin_session(provider="lab") as session:
        yield session


def test_a_connection_and_disconnect_data(lab):
    with lab.create_server(("10.0.0.1", 4000)) as listener, lab.create_connection(("10.0.0.1", 4000)) as client:
        server, address = listener.accept()
        assert address[0].startswith("10.")
        with server:
            client.send_disconnect(b"out of paper")
            assert server.recv(1) == b""
            assert server.recv_disconnect() == b"out of paper"


def test_the_link_and_the_clock(lab):
    link = lab.set_lab_link(latency_ms=250, bytes_per_second=1_000_000)
    assert (link["latencyMs"], link["bytesPerSecond"]) == (250, 1_000_000)
    before = lab.advance_lab_clock(0)
    with lab.create_server(("10.0.0.1", 4000)) as listener, lab.socket() as client:
        connecting = Thread(lambda: client.connect(("10.0.0.1", 4000)))
        accepting = Thread(listener.accept)
        while accepting.is_alive() or connecting.is_alive():
            lab.advance_lab_clock(50)
        connecting.result()
        server, _ = accepting.result()
        with server:
            client.sendall(b"late")
            server.setblocking(False)
            lab.advance_lab_clock(200)
            with pytest.raises(BlockingIOError):
                server.recv(10)
            lab.advance_lab_clock(60)
            assert server.recv(10) == b"late"
    assert lab.advance_lab_clock(0)["timeMs"] > before["timeMs"]


def test_a_cut_network_ends_a_connection_after_hours_of_its_own_clock(lab):
    with lab.create_server(("10.0.0.1", 4000)) as listener, lab.create_connection(("10.0.0.1", 4000)):
        server, _ = listener.accept()
        with server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            lab.advance_lab_clock(0)
            assert lab.set_lab_link(partition=True)["partition"] is True
            lab.advance_lab_clock(7_210_000)
            with pytest.raises(winsockd.WinsockError) as raised:
                server.recv(1)
            assert raised.value.name == "WSAENETRESET"


def test_sessions_share_a_network_of_a_name(rig):
    with rig.begin_session(provider="lab", lab_network="shared") as one:
        with rig.begin_session(provider="lab", lab_network="shared") as other:
            with one.create_server(("10.0.0.1", 4000)) as listener:
                with other.create_connection(("10.0.0.1", 4000)) as client:
                    client.sendall(b"across sessions")
                    server, _ = listener.accept()
                    with server:
                        assert server.recv(100) == b"across sessions"
        with rig.begin_session(provider="lab") as alone:
            with pytest.raises(winsockd.WinsockError):
                alone.create_connection(("10.0.0.1", 4000))


def test_datagrams_that_the_network_loses(lab):
    with lab.socket(type=socket.SOCK_DGRAM) as receiver, lab.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("10.0.0.1", 0))
        lab.set_lab_link(loss=1)
        assert sender.sendto(b"lost", receiver.getsockname()) == 4
        lab.set_lab_link(loss=0)
        sender.sendto(b"arrived", receiver.getsockname())
        assert receiver.recvfrom(100)[0] == b"arrived"
