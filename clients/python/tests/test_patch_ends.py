"""Where `patch` begins and ends: what it sets and restores, what stays local, and that the client never uses itself."""

from __future__ import annotations

import os
import select
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from typing import Any, Dict, Iterator, Tuple

import pytest
from conftest import LIMIT_SECONDS, Thread, pair_of

import winsockd

#: All that a program could find patched.
OWNERS = [
    socket,
    select,
    selectors,
    ssl,
    socket.socket,
    ssl.SSLContext,
    ssl.SSLSocket,
    *(one for one in vars(selectors).values() if isinstance(one, type)),
]


@pytest.fixture(params=["websocket", "http"])
def rig(request: pytest.FixtureRequest) -> Iterator[winsockd.Rig]:
    """A rig over each way of calls."""
    with winsockd.Rig(transport=request.param) as made:
        yield made


def state() -> Dict[Tuple[int, str], Any]:
    """Every attribute of these modules and classes."""
    return {(place, name): value for place, owner in enumerate(OWNERS) for name, value in vars(owner).items()}


def differences(before: Dict[Tuple[int, str], Any]) -> Dict[Tuple[int, str], Any]:
    """What is not the same object as before."""
    now = state()
    return {key: now.get(key) for key in before.keys() | now.keys() if before.get(key) is not now.get(key)}


class Boom(Exception):
    pass


# What is set and restored


def test_all_is_restored_also_after_an_exception(rig: Any) -> None:
    before = state()
    for _ in range(2):
        with rig.patch():
            changed = differences(before)
            assert (0, "socket") in changed and len(changed) > 10
        assert differences(before) == {}
        with pytest.raises(Boom), rig.patch():
            raise Boom
        assert differences(before) == {}
    with socket.socket() as after:
        assert not isinstance(after, winsockd.socket.socket)


def test_a_second_patch_is_refused_and_the_first_stays(rig: Any) -> None:
    before = state()
    with winsockd.Rig() as other, rig.patch() as session:
        for again in (rig.patch, rig.begin_session().patch, other.patch):
            inside = state()
            with pytest.raises(RuntimeError, match="in force"), again():
                pytest.fail("it is patched twice")
            assert differences(inside) == {}
        with socket.socket() as made:
            assert made.rig_session is session  # type: ignore[attr-defined]
    assert differences(before) == {}


def test_what_somebody_else_has_changed_is_named_and_left(rig: Any, monkeypatch: Any) -> None:
    before = state()
    original = socket.getaddrinfo

    def foreign(*arguments: Any) -> Any:
        return original(*arguments)

    try:
        with pytest.raises(RuntimeError, match=r"socket\.getaddrinfo$"), rig.patch():
            socket.getaddrinfo = foreign
        assert socket.getaddrinfo is foreign
        assert list(differences(before)) == [(0, "getaddrinfo")]
        socket.getaddrinfo = original
        with pytest.raises(Boom), rig.patch():
            socket.getaddrinfo = foreign
            raise Boom  # the program's own exception is the one to tell
        assert list(differences(before)) == [(0, "getaddrinfo")]
    finally:
        socket.getaddrinfo = original
    with rig.patch():
        pass
    assert differences(before) == {}


def test_an_interrupt_while_the_patch_begins_leaves_nothing_patched(rig: Any, monkeypatch: Any) -> None:
    from winsockd import patch

    replacements = patch._replacements

    def interrupted() -> Iterator[Any]:
        yield from replacements()[:5]
        raise KeyboardInterrupt

    before = state()
    with monkeypatch.context() as changed:
        changed.setattr(patch, "_replacements", interrupted)
        with pytest.raises(KeyboardInterrupt), rig.patch():
            pytest.fail("it has begun")
    assert differences(before) == {}
    assert not winsockd._current.is_patched()
    with rig.patch():
        assert (0, "socket") in differences(before)


def test_a_patch_may_begin_anew_in_another_session(rig: Any) -> None:
    for _ in range(2):
        with rig.begin_session() as session:
            with session.patch() as patched:
                assert patched is session
                with socket.socket() as made:
                    assert made.rig_session is session  # type: ignore[attr-defined]


#: A system like Windows: neither AF_UNIX, nor socketpair, nor poll, before `socket` is imported. Other modules of the
#: standard library cannot be imported after it.
LIKE_WINDOWS = """
import _socket, select, sys
for module, names in ((_socket, ("socketpair", "AF_UNIX")), (select, ("poll", "epoll"))):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
import http.client, selectors, socket, ssl
sys.platform = "win32"
import threading, winsockd
with winsockd.Rig() as rig, rig.patch() as session:
    for one in (socket.socketpair, winsockd.socket.socketpair):
        local, peer = one()
        assert not hasattr(local, "rig_session"), local
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer.send(b"x")
        assert select.select([local, listener], [], [], 20)[0] == [local]
        local.recv(1)
        threading.Timer(0.1, peer.send, (b"x",)).start()
        assert select.select([local, listener], [], [], 20)[0] == [local]
        local.recv(1)
        clients = []
        threading.Timer(0.1, lambda: clients.append(socket.create_connection(listener.getsockname()))).start()
        assert select.select([local, listener], [], [], 20)[0] == [listener]
    opened = [entry for entry in session.journal() if entry["operation"] == "socket"]
    assert len(opened) == 2, opened
print("all as it should be")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the other tests run on Windows itself")
def test_on_a_system_like_windows_pairs_stay_local() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LIKE_WINDOWS], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )
    assert ran.stdout == "all as it should be\n"


# Sockets of both kinds


def test_sockets_that_outlive_the_patch_go_on(rig: Any) -> None:
    with rig.patch():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname(), LIMIT_SECONDS)
            server, _ = listener.accept()
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ)
    with client, server, selector:
        server.sendall(b"hello")
        assert [key.fileobj for key, _ in selector.select(LIMIT_SECONDS)] == [client]
        with client.makefile("rb") as file:
            assert file.read(5) == b"hello"
        assert winsockd.select.select([], [client, server], [], LIMIT_SECONDS)[1] == [client, server]
        copy = client.dup()
        copy.close()


def test_sockets_from_before_stay_local_and_go_on(rig: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as early:
        early.settimeout(LIMIT_SECONDS)
        with rig.patch() as session:
            early.connect(listener.getsockname())
            accepted, address = listener.accept()
            with accepted:
                assert type(accepted) is type(early)
                assert address == early.getsockname()
                with early.dup() as copy:
                    copy.sendall(b"hello")
                assert session.sockets() == []
                with pair_of(session) as (client, server):
                    assert select.select([accepted, client], [], [], LIMIT_SECONDS)[0] == [accepted]
                    server.sendall(b"x")
                    select.select([client], [], [], LIMIT_SECONDS)
                    assert select.select([accepted, client], [], [], LIMIT_SECONDS)[0] == [accepted, client]
                assert accepted.recv(10) == b"hello"
                with accepted.makefile("wb") as file:
                    file.write(b"answer")
                assert early.recv(10) == b"answer"


def test_what_stays_local(rig: Any) -> None:
    with rig.patch() as session:
        one, other = socket.socketpair()
        with one, other:
            other.sendall(b"x")
            with (
                socket.socket(fileno=os.dup(one.fileno())) as same,
                socket.fromfd(one.fileno(), one.family, one.type) as again,
            ):
                assert same.recv(1, socket.MSG_PEEK) == again.recv(1, socket.MSG_PEEK) == b"x"
            number = os.dup(one.fileno())
            socket.close(number)  # type: ignore[attr-defined]
            with pytest.raises(OSError):
                os.fstat(number)
        if hasattr(socket, "AF_UNIX"):
            with socket.socket(socket.AF_UNIX) as listener, tempfile.TemporaryDirectory() as folder:
                listener.bind(f"{folder}/socket")
                listener.listen()
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(f"{folder}/socket")
                    listener.accept()[0].close()
        assert session.sockets() == []


def test_both_kinds_are_instances_of_socket(rig: Any) -> None:
    local_class = socket.socket
    with local_class() as early, rig.patch():
        one, other = socket.socketpair()
        with one, other, socket.socket() as made:
            for each in (early, one, made):
                assert isinstance(each, socket.socket)
                assert isinstance(each, local_class)
            assert not isinstance("x", socket.socket)
            assert isinstance(made, winsockd.socket.socket)
            assert issubclass(socket.socket, local_class)
    with local_class() as late:
        assert not isinstance(late, winsockd.socket.socket)


def test_a_class_of_the_program_made_within_is_one_of_the_rig(rig: Any) -> None:
    with rig.patch():

        class Counting(socket.socket):
            def sendall(self, *arguments: Any) -> None:
                self.count = getattr(self, "count", 0) + 1
                super().sendall(*arguments)

        with socket.create_server(("127.0.0.1", 0)) as listener, Counting() as client:
            client.connect(listener.getsockname())
            accepted, _ = listener.accept()
            with accepted:
                client.sendall(b"x")
                assert client.count == 1 and accepted.recv(1) == b"x"


# The client itself


def test_the_client_connects_anew_within(rig: Any) -> None:
    with rig.patch() as session:
        assert rig.http.request("GET", "/v1").status == 200
        [connection] = rig.http._kept
        connection.sock.shutdown(socket.SHUT_RDWR)  # as if it had broken
        assert rig.http.request("GET", "/v1").status == 200
        assert connection not in rig.http._kept
        assert session.info()["sessionId"] == session.id
        for transport in ("websocket", "http"):
            with winsockd.Rig(transport=transport) as other:
                assert other.session.info()["sessionId"] != session.id
        assert session.sockets() == []


def test_a_name_for_the_daemons_own_host(rig: Any) -> None:
    url = rig.settings.url.replace("127.0.0.1", "localhost")
    with rig.patch() as session:
        for transport in ("websocket", "http"):
            with winsockd.Rig(url, transport=transport) as other:
                with pair_of(other.session) as (client, server):
                    client.sendall(b"x")
                    assert server.recv(1) == b"x"
        assert session.sockets() == []
        made = [entry["operation"] for entry in session.journal()]
        assert "getAddrInfo" not in made and "socket" not in made


def test_transfers_that_go_by_http(rig: Any) -> None:
    body = os.urandom(3_000_000)
    with rig.patch() as session:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname(), LIMIT_SECONDS)
            server, _ = listener.accept()
        with client, server:
            sending = Thread(lambda: client.sendall(body))
            received = bytearray()
            while len(received) < len(body):
                received += server.recv(1_000_000)
            sending.result()
            assert received == body
            assert len(session.sockets()) == 2


def test_a_rig_that_was_closed_within_says_so(rig: Any) -> None:
    before = state()
    with rig.patch():
        made = socket.socket()
        rig.close()
        with pytest.raises(OSError):
            made.connect(("127.0.0.1", 9))
        made.close()
        with pytest.raises(OSError):
            socket.socket()
    assert differences(before) == {}


def test_lookups_are_the_rigs(rig: Any, site: Any) -> None:
    host, port = site
    with rig.patch() as session:
        with urllib.request.urlopen(f"http://localhost:{port}/page", timeout=LIMIT_SECONDS) as answer:
            assert len(answer.read()) == 100_000
        assert "getAddrInfo" in [entry["operation"] for entry in session.journal()]
        assert socket.gethostbyname("localhost").startswith("127.")
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("no-such-host.invalid", 80)
