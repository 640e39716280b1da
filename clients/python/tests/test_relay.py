"""Relays: unchanged programs whose connections go through the daemon."""

import socket
import subprocess

import pytest
from conftest import needs, wait_until


@pytest.fixture
def curl():
    """Gets a page through a relay: the exit code of curl and the bytes that it got."""
    needs("curl")

    def get(address):
        url = f"http://{address[0]}:{address[1]}/page"
        argv = ["curl", "-sS", "--noproxy", "*", "--max-time", "20", url]
        done = subprocess.run(argv, capture_output=True, timeout=30)
        return done.returncode, done.stdout

    return get


def test_an_unchanged_program_through_a_relay(session, site, curl):
    with session.create_server(("127.0.0.1", 0)) as listener:
        with listener.start_relay(site) as relay:
            assert curl(listener.getsockname()) == (0, b"0123456789" * 10_000)
            wait_until(lambda: [pair["state"] for pair in relay.pairs] == ["closed"])
            assert session.relays()[0].id == relay.id
            assert relay.info()["pairs"][0]["number"] == 1
        assert session.relays() == []
        # The listener can be used again.
        listener.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_relay_resets_the_second_connection(session, site, curl):
    rule = {"end": "client", "nthConnection": 2, "operation": "send", "afterBytes": 10_000, "effect": "reset"}
    with session.create_server(("127.0.0.1", 0)) as listener, listener.start_relay(site, faults=[rule]) as relay:
        codes = [curl(listener.getsockname()) for _ in range(3)]
        assert [code for code, _ in codes] == [0, 56, 0]
        assert len(codes[1][1]) <= 10_000
        wait_until(lambda: [pair["state"] for pair in relay.pairs].count("closed") == 2)
        ended = {pair["number"]: (pair["state"], pair.get("name")) for pair in relay.pairs}
        assert ended == {1: ("closed", None), 2: ("reset", "WSAECONNRESET"), 3: ("closed", None)}
        relay.set_faults([])
        assert session.faults() == []


def test_a_relay_that_is_paused_keeps_connections_waiting(session, site):
    with session.create_server(("127.0.0.1", 0)) as listener, listener.start_relay(site) as relay:
        relay.pause()
        with socket.create_connection(listener.getsockname(), timeout=20) as client:
            client.sendall(b"GET /page HTTP/1.0\r\n\r\n")
            assert relay.pairs == []
            relay.go_on()
            assert client.recv(4096).startswith(b"HTTP/1.0 200")


def test_the_end_of_a_relay_resets_its_pairs_or_lets_them_finish(session, site):
    for how in (None, "finish"):
        with session.create_server(("127.0.0.1", 0)) as listener:
            relay = listener.start_relay(site)
            with socket.create_connection(listener.getsockname(), timeout=20) as client:
                wait_until(lambda: [pair["state"] for pair in relay.pairs] == ["open"])
                relay.end(how)
                if how is None:
                    with pytest.raises(ConnectionResetError):
                        client.recv(1)
                else:
                    client.sendall(b"GET /page HTTP/1.0\r\n\r\n")
                    assert client.recv(4096).startswith(b"HTTP/1.0 200")
