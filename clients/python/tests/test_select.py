"""select, poll, epoll and selectors, over sockets of rigs, descriptors of this machine, and both together."""

from __future__ import annotations

import errno
import os
import select as local_select
import selectors as local_selectors
import socket as local_socket
import time
from contextlib import ExitStack
from typing import Any, Iterator, List, Tuple

import pytest
from conftest import LIMIT_SECONDS, Thread, pair_of, wait_until

import winsockd
from winsockd import select, selectors
from winsockd.patch import patched

epoll_only = pytest.mark.skipif(not hasattr(local_select, "epoll"), reason="this system has no epoll")


@pytest.fixture(params=["websocket", "http"])
def rig(request: pytest.FixtureRequest) -> Iterator[winsockd.Rig]:
    """A rig over each way of calls."""
    with winsockd.Rig(transport=request.param) as made:
        yield made


@pytest.fixture
def local_pair() -> Iterator[Tuple[Any, Any]]:
    """Both ends of a local connection."""
    one, other = local_socket.socketpair()
    with one, other:
        yield one, other


@pytest.fixture(autouse=True)
def nothing_left(rig: winsockd.Rig, session: winsockd.Session) -> Iterator[None]:
    """After each test no call is left at the daemon, and no descriptor here."""
    with pair_of(session) as (client, server):  # what is opened once and then kept
        select.select([client], [client], [], 0)
    session.info()
    before = len(descriptors()) + (0 if rig.is_kept else 8)  # so many connections for HTTP are kept
    yield
    wait_until(lambda: session.info()["pendingCalls"] <= 1)  # the question is a call, too
    wait_until(lambda: len(descriptors()) <= before)


def descriptors() -> List[str]:
    """The open descriptors of this process."""
    return os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []


class HasFileno:
    """What select takes beside sockets."""

    def __init__(self, of: Any) -> None:
        self.fileno = of.fileno


# select


def test_that_nothing_is_ready_ends_at_the_time_out(pair: Any, local_pair: Any) -> None:
    for read in ([pair[0]], [pair[0], local_pair[0]]):
        begun = time.monotonic()
        assert select.select(read, [], [], 0.2) == ([], [], [])
        assert 0.19 <= time.monotonic() - begun < 2.0


def test_a_time_out_of_0_only_looks(pair: Any, local_pair: Any) -> None:
    client, server = pair
    assert select.select([client, local_pair[0]], [], [], 0) == ([], [], [])
    server.sendall(b"x")
    select.select([client], [], [], LIMIT_SECONDS)
    assert select.select([client, local_pair[0]], [local_pair[0]], [], 0) == ([client], [local_pair[0]], [])


def test_a_negative_time_out_is_refused(pair: Any) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        select.select([pair[0]], [], [], -1)


def test_no_sockets_at_all_is_a_sleep(rig: Any) -> None:
    begun = time.monotonic()
    assert select.select([], [], [], 0.1) == ([], [], [])
    assert time.monotonic() - begun >= 0.1


def test_bytes_and_room_are_found_each_in_its_set(pair: Any) -> None:
    client, server = pair
    server.sendall(b"x")
    assert select.select([client, server], [client, server], [client, server], LIMIT_SECONDS)[1:] == (
        [client, server],
        [],
    )
    assert select.select([client, server], [], [], LIMIT_SECONDS)[0] == [client]


def test_the_end_of_the_peer_can_be_read(pair: Any) -> None:
    client, server = pair
    server.shutdown(local_socket.SHUT_WR)
    assert select.select([client], [], [], LIMIT_SECONDS)[0] == [client]
    assert client.recv(1) == b""


def test_a_connection_that_waits_makes_a_listener_readable(session: Any) -> None:
    with session.create_server(("127.0.0.1", 0)) as listener:
        assert select.select([listener], [], [], 0)[0] == []
        with session.create_connection(listener.getsockname()):
            assert select.select([listener], [], [], LIMIT_SECONDS)[0] == [listener]
            listener.accept()[0].close()


@pytest.mark.parametrize("timeout", [None, LIMIT_SECONDS])
def test_a_wait_for_both_kinds_is_woken_by_either(pair: Any, local_pair: Any, timeout: Any) -> None:
    client, server = pair
    here, there = local_pair
    for sender, receiver in ((server, client), (there, here)) * 3:
        waiting = Thread(lambda: select.select([client, here], [], [], timeout))
        waiting.join(0.05)
        assert waiting.is_alive()
        sender.sendall(b"x")
        assert waiting.result() == ([receiver], [], [])
        assert receiver.recv(10) == b"x"


def test_a_local_descriptor_that_is_always_ready_does_not_hide_a_rigs_socket(pair: Any, local_pair: Any) -> None:
    client, server = pair
    local_pair[1].sendall(b"x")
    server.sendall(b"x")
    select.select([client], [], [], LIMIT_SECONDS)
    for _ in range(5):
        assert select.select([client, local_pair[0]], [], [], None)[0] == [client, local_pair[0]]


def test_sockets_of_two_sessions_and_of_two_rigs_in_one_call(rig: Any) -> None:
    with winsockd.Rig() as other_rig, ExitStack() as ends:
        pairs = [
            ends.enter_context(pair_of(one))
            for one in (rig.session, ends.enter_context(rig.begin_session()), other_rig.session)
        ]
        clients = [client for client, _ in pairs]
        assert select.select(clients, [], [], 0.05)[0] == []
        for client, server in pairs:
            server.sendall(b"x")
            assert select.select(clients, [], [], None)[0] == [client]
            assert client.recv(1) == b"x"
        for client, server in pairs:
            server.sendall(b"x")
            select.select([client], [], [], None)
        assert select.select(clients, [], [], None)[0] == clients
        other_rig.session.end()


def test_the_wait_ends_when_a_socket_is_closed_meanwhile(session: Any, local_pair: Any) -> None:
    for more in ([], [local_pair[0]]):
        with pair_of(session) as (client, _):
            waiting = Thread(lambda: select.select([client, *more], [], [], 5))
            waiting.join(0.05)
            client.close()
            try:
                waiting.result(4)
            except OSError:
                pass


def test_what_is_no_descriptor_is_refused(pair: Any) -> None:
    client, _ = pair
    with pytest.raises(ValueError, match="negative"):
        select.select([-1], [], [], 0)
    with pytest.raises(TypeError):
        select.select(["x"], [], [], 0)
    with pytest.raises(TypeError):
        select.select([client], [], None, 0)  # type: ignore[arg-type]
    client.close()
    with pytest.raises(ValueError, match="negative"):
        select.select([client], [], [], 0)


def test_a_closed_local_descriptor_is_ebadf(pair: Any) -> None:
    one, other = local_socket.socketpair()
    other.close()
    number = one.fileno()
    one.close()
    for more in ([], [pair[0]]):
        with pytest.raises(OSError) as caught:
            select.select([number, *more], [], [], 0.1)
        assert caught.value.errno == 9


def test_an_object_with_fileno_is_given_back_as_it_was(pair: Any, local_pair: Any) -> None:
    client, server = HasFileno(pair[0]), pair[1]
    here = HasFileno(local_pair[0])
    assert select.select([], [client, here, pair[0].fileno()], [], 5)[1] == [client, here, pair[0].fileno()]
    server.sendall(b"x")
    local_pair[1].sendall(b"x")
    select.select([client], [], [], LIMIT_SECONDS)
    assert select.select([client, client, here], [], [], 5)[0] == [client, client, here]


def test_200_sockets_at_once(session: Any, local_pair: Any) -> None:
    with ExitStack() as ends:
        sockets = [ends.enter_context(session.socket(type=local_socket.SOCK_DGRAM)) for _ in range(200)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        wanted = {3, 77, 199}
        for place in wanted:
            sockets[0].sendto(b"x", sockets[place].getsockname())
        for place in wanted:
            select.select([sockets[place]], [], [], LIMIT_SECONDS)
        expected = [sockets[place] for place in sorted(wanted)]
        assert select.select([*sockets, local_pair[0]], [], [], LIMIT_SECONDS)[0] == expected
        assert len(select.select([], sockets, [], LIMIT_SECONDS)[1]) == 200
        waiting = select.poll()
        for one in sockets:
            waiting.register(one, select.POLLIN)
        assert {number for number, _ in waiting.poll(20_000)} == {one.fileno() for one in expected}


def test_many_threads_wait_at_once(session: Any) -> None:
    with ExitStack() as ends:
        pairs = [ends.enter_context(pair_of(session)) for _ in range(8)]
        local = [local_socket.socketpair() for _ in pairs]
        for each in local:
            for one in each:
                ends.enter_context(one)
        waiting = [
            Thread(lambda client=client, here=here: select.select([client, here], [], [], LIMIT_SECONDS)[0])
            for (client, _), (here, _) in zip(pairs, local)
        ]
        for place, ((_, server), (_, there)) in enumerate(zip(pairs, local)):
            (server if place % 2 else there).sendall(b"x")
        for place, thread in enumerate(waiting):
            assert thread.result() == [pairs[place][0] if place % 2 else local[place][0]]


def test_a_signal_handler_that_raises_ends_a_wait_for_both_kinds(pair: Any, local_pair: Any) -> None:
    import signal

    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        for more in ([local_pair[0]], []):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Stop):
                select.select([pair[0], *more], [], [], LIMIT_SECONDS)
    finally:
        signal.signal(signal.SIGALRM, before)


# poll and epoll


def test_poll_reports_what_was_asked_for(pair: Any, local_pair: Any) -> None:
    client, server = pair
    waiting = select.poll()
    waiting.register(client)
    waiting.register(local_pair[0], select.POLLIN)
    assert waiting.poll(1000) == [(client.fileno(), select.POLLOUT)]
    waiting.modify(client, select.POLLIN)
    assert waiting.poll(20) == []
    server.sendall(b"x")
    assert waiting.poll() == [(client.fileno(), select.POLLIN)]
    local_pair[1].sendall(b"x")
    assert sorted(waiting.poll(-1)) == sorted(
        [(client.fileno(), select.POLLIN), (local_pair[0].fileno(), select.POLLIN)]
    )
    waiting.unregister(client)
    assert waiting.poll(1000) == [(local_pair[0].fileno(), select.POLLIN)]


def test_poll_says_that_the_peer_has_gone(pair: Any) -> None:
    client, server = pair
    waiting = select.poll()
    waiting.register(client, select.POLLIN)
    server.close()
    [(number, events)] = waiting.poll(LIMIT_SECONDS * 1000)
    assert number == client.fileno() and events & select.POLLIN


def test_registrations_of_poll(pair: Any) -> None:
    client, _ = pair
    waiting = select.poll()
    waiting.register(client, select.POLLIN)
    waiting.register(client, select.POLLOUT)  # twice is a change
    assert waiting.poll(1000) == [(client.fileno(), select.POLLOUT)]
    waiting.unregister(client)
    with pytest.raises(KeyError):
        waiting.unregister(client)
    with pytest.raises(FileNotFoundError):
        waiting.modify(client, select.POLLIN)
    with pytest.raises(ValueError):
        waiting.register(-1)


def test_poll_of_a_socket_closed_meanwhile_is_pollnval(pair: Any) -> None:
    client, _ = pair
    waiting = select.poll()
    waiting.register(client, select.POLLIN)
    number = client.fileno()
    client.close()
    assert waiting.poll(1000) == [(number, select.POLLNVAL)]


@epoll_only
def test_registrations_of_epoll(pair: Any, local_pair: Any) -> None:
    client, server = pair
    with select.epoll() as waiting:
        waiting.register(client, select.EPOLLIN)
        with pytest.raises(FileExistsError):
            waiting.register(client, select.EPOLLIN)
        waiting.register(local_pair[0], select.EPOLLIN | select.EPOLLET | select.EPOLLRDHUP)
        assert waiting.poll(0.02) == []
        server.sendall(b"x")
        local_pair[1].sendall(b"x")
        select.select([client], [], [], LIMIT_SECONDS)
        assert len(waiting.poll()) == 2
        assert len(waiting.poll(1, 1)) == 1
        waiting.unregister(client)
        with pytest.raises(FileNotFoundError):
            waiting.unregister(client)
        with pytest.raises(FileNotFoundError):
            waiting.modify(client, select.EPOLLIN)
    assert waiting.closed
    with pytest.raises(ValueError):
        waiting.poll(0)


@epoll_only
def test_epoll_forgets_what_was_closed(session: Any) -> None:
    with select.epoll() as waiting, pair_of(session) as (client, server), pair_of(session) as (other, peer):
        waiting.register(client, select.EPOLLIN)
        waiting.register(other, select.EPOLLIN)
        client.close()
        assert waiting.poll(0.05) == []
        peer.sendall(b"x")
        assert waiting.poll(LIMIT_SECONDS) == [(other.fileno(), select.EPOLLIN)]


@epoll_only
def test_one_shot_of_epoll_reports_once(pair: Any) -> None:
    client, server = pair
    with select.epoll() as waiting:
        waiting.register(client, select.EPOLLIN | select.EPOLLONESHOT)
        server.sendall(b"x")
        assert waiting.poll(LIMIT_SECONDS) == [(client.fileno(), select.EPOLLIN)]
        assert waiting.poll(0.02) == []
        waiting.modify(client, select.EPOLLIN)
        assert waiting.poll(LIMIT_SECONDS) == [(client.fileno(), select.EPOLLIN)]


# selectors


def test_a_selector_of_both_kinds(pair: Any, local_pair: Any) -> None:
    client, server = pair
    here, there = local_pair
    with selectors.DefaultSelector() as selector:
        selector.register(client, 1, "rig")
        selector.register(here, 1 | 2, "local")
        with pytest.raises(KeyError):
            selector.register(client, 1)
        assert [(key.data, events) for key, events in selector.select(LIMIT_SECONDS)] == [("local", 2)]
        selector.modify(here, 1, "local")
        assert selector.select(0) == []
        assert selector.select(-1) == []
        for sender, data in ((server, "rig"), (there, "local")):
            waiting = Thread(selector.select)
            sender.sendall(b"x")
            assert [key.data for key, _ in waiting.result()] == [data]
            (client if sender is server else here).recv(1)
        selector.unregister(client)
        server.sendall(b"x")
        assert selector.select(0.05) == []


def test_a_wait_sleeps(session: Any, pair: Any, local_pair: Any) -> None:
    waiting = Thread(lambda: select.select([pair[0], local_pair[0]], [], [], 0.5))
    used = time.process_time()
    assert waiting.result() == ([], [], [])
    assert time.process_time() - used < 0.3


# a connect that fails


@pytest.fixture
def refused(session: Any) -> Iterator[Any]:
    """A non-blocking socket whose connect fails, since nobody listens at its address."""
    with local_socket.socket() as nobody, session.socket() as one:
        nobody.bind(("127.0.0.1", 0))
        one.setblocking(False)
        assert one.connect_ex(nobody.getsockname()) in (errno.EINPROGRESS, errno.ECONNREFUSED)
        yield one
        assert one.getsockopt(local_socket.SOL_SOCKET, local_socket.SO_ERROR) in (0, errno.ECONNREFUSED)


def test_a_failed_connect_is_writable(refused: Any, local_pair: Any) -> None:
    assert select.select([], [refused], [], LIMIT_SECONDS) == ([], [refused], [])
    assert select.select([local_pair[0]], [refused], [refused], LIMIT_SECONDS)[:2] == ([], [refused])


def test_a_failed_connect_is_in_the_except_set_of_windows(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "_IS_WINDOWS", True)
    monkeypatch.setattr(selectors, "_IS_WINDOWS", True)
    assert select.select([], [refused], [refused], LIMIT_SECONDS) == ([], [], [refused])
    assert select.select([], [refused], [], 0.05) == ([], [], [])
    with selectors.DefaultSelector() as selector:
        selector.register(refused, local_selectors.EVENT_WRITE)
        assert [events for _, events in selector.select(LIMIT_SECONDS)] == [local_selectors.EVENT_WRITE]


def test_poll_says_that_a_failed_connect_can_be_written_to(refused: Any) -> None:
    waiting = select.poll()
    waiting.register(refused, select.POLLOUT)
    [(number, events)] = waiting.poll(LIMIT_SECONDS * 1000)
    assert number == refused.fileno() and events & select.POLLERR and events & select.POLLOUT


def test_a_selector_says_that_a_failed_connect_can_be_written_to(refused: Any) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(refused, local_selectors.EVENT_WRITE)
        assert [events for _, events in selector.select(LIMIT_SECONDS)] == [local_selectors.EVENT_WRITE]


@pytest.mark.parametrize("name", ["SelectSelector", "PollSelector", "EpollSelector"])
def test_selectors_of_the_standard_library_see_a_failed_connect(session: Any, refused: Any, name: str) -> None:
    if not hasattr(local_selectors, name):
        pytest.skip("this system has none")
    with patched(session), getattr(local_selectors, name)() as selector:
        selector.register(refused, local_selectors.EVENT_WRITE)
        assert [events for _, events in selector.select(LIMIT_SECONDS)] == [local_selectors.EVENT_WRITE]
