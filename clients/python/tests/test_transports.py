"""Both ways to the daemon, a WebSocket and HTTP, and which one a rig takes."""

import queue
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from conftest import LIMIT_SECONDS, Thread, ids_of, pair_of, wait_until

import winsockd

#: As it stands in the answer of something on the way that knows no WebSockets.
NO_UPGRADE = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture(params=["websocket", "http"])
def transport(request):
    """Each of both."""
    return request.param


def test_the_same_conversation(transport):
    with winsockd.Rig(transport=transport) as rig, winsockd.Rig() as other:
        assert rig.is_kept == (transport == "websocket")
        with rig.create_server(("127.0.0.1", 0)) as listener:
            client = rig.create_connection(listener.getsockname(), timeout=20)
            server, address = listener.accept()
            assert address == client.getsockname()
            client.sendall(b"request" * 10)
            client.send_disconnect()
            assert receive_all(server) == b"request" * 10
            with pytest.raises(BrokenPipeError) as raised:
                client.send(b"more")
            assert (raised.value.winerror, raised.value.name) == (10058, "WSAESHUTDOWN")
            much = bytes(range(256)) * 8192
            sending = Thread(lambda: (server.sendall(much), server.send_disconnect()))
            assert receive_all(client) == much
            sending.result()
            server.close()
            client.close()
        session_id = rig.session.id
        assert session_id in ids_of(other)
        rig.close()
        assert session_id not in ids_of(other)


def test_a_timeout(transport):
    with winsockd.Rig(transport=transport) as rig, pair_of(rig) as (client, server):
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(10)
        server.sendall(b"later")
        assert client.recv(10) == b"later"


@pytest.fixture(scope="module")
def impatient(start_daemon):
    """A daemon that lets no call wait for more than a second."""
    return start_daemon(WINSOCKD_LIMITS_WAIT_SECONDS="1")


def test_a_wait_that_is_longer_than_the_daemon_lets_one_call_wait(transport, impatient):
    settings = {"token": impatient.token, "transport": transport}
    with winsockd.Rig(impatient.url, **settings) as rig, pair_of(rig) as (client, server):
        receiving = Thread(lambda: client.recv(10))
        with rig.create_server(("127.0.0.1", 0)) as listener:
            accepting = Thread(listener.accept)
            wait_until(lambda: rig.session.info()["pendingCalls"] == 2)
            # Its answer says that their limit has passed.
            with pytest.raises(winsockd.RefusedError) as raised:
                server.call("recv")
            assert raised.value.name == "wait-limit"
            assert receiving.is_alive() and accepting.is_alive()
            server.sendall(b"at last")
            assert receiving.result() == b"at last"
            with rig.create_connection(listener.getsockname()):
                accepted, _ = accepting.result()
                accepted.close()


def test_much_is_received_after_a_wait_that_is_longer_than_the_daemon_lets_one_wait(transport, impatient):
    settings = {"token": impatient.token, "transport": transport}
    with winsockd.Rig(impatient.url, **settings) as rig, pair_of(rig) as (client, server):
        server.sendall(b"x" * 65536)
        assert len(client.recv(65536, socket.MSG_WAITALL)) == 65536  # it filled its buffer: the next one is raw bytes
        client.settimeout(1.5)
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            client.recv(1 << 20)
        assert time.monotonic() - begun >= 1.4
        client.settimeout(LIMIT_SECONDS)
        assert client.handle.receives_much
        receiving = Thread(lambda: client.recv(1 << 20))
        receiving.join(1.3)
        server.sendall(b"at last")
        assert receiving.result() == b"at last"


@pytest.mark.parametrize("timeout", [None, LIMIT_SECONDS])
def test_much_is_sent_after_the_limit_of_a_wait(transport, monkeypatch, timeout):
    """The daemon waits a minute for room, which is too long for a test: its answer is made here."""
    with winsockd.Rig(transport=transport) as rig, pair_of(rig) as (client, server):
        client.settimeout(timeout)
        ended_by_limit = threading.Event()
        send_bytes = rig.http.send_bytes

        def send_impatiently(*arguments):
            if ended_by_limit.is_set():
                return send_bytes(*arguments)
            ended_by_limit.set()
            raise winsockd.RefusedError({"type": "/problems/wait-limit", "status": 504, "bytesSent": 0})

        monkeypatch.setattr(rig.http, "send_bytes", send_impatiently)
        assert client.send(b"y" * 100_000) == 100_000
        assert ended_by_limit.is_set()
        assert len(server.recv(100_000, socket.MSG_WAITALL)) == 100_000


def test_much_that_nobody_takes_is_a_time_out(transport):
    with winsockd.Rig(transport=transport) as rig, pair_of(rig) as (client, _):
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            while True:
                assert client.send(b"y" * 200_000) > 0


def test_an_idle_session_over_http_keeps_its_lease():
    with winsockd.Rig(transport="http") as rig:
        renewals = counted_renewals(rig)
        with rig.begin_session(lease_seconds=1) as session:
            for _ in range(6):  # two leases, in which nothing else makes a call of the session
                assert renewals.get(timeout=LIMIT_SECONDS) is None
            assert session.id in ids_of(rig)


@pytest.mark.parametrize(
    "failure",
    [winsockd.RigLostError("the connection broke"), winsockd.RefusedError({"type": "/problems/overloaded"})],
    ids=["the connection breaks", "refused"],
)
def test_a_renewal_that_fails_does_not_end_the_renewals(failure):
    with winsockd.Rig(transport="http") as rig:
        renewals = counted_renewals(rig, failure)
        with rig.begin_session(lease_seconds=2) as session:
            assert [renewals.get(timeout=LIMIT_SECONDS) for _ in range(2)] == [failure, None]
            assert session.id in ids_of(rig)


def test_the_renewals_end_with_the_session():
    before = set(threading.enumerate())
    with winsockd.Rig(transport="http") as rig, winsockd.Rig() as other:
        renewals = counted_renewals(rig)
        session = rig.begin_session(lease_seconds=1)
        [renewing] = [one for one in set(threading.enumerate()) - before if one.name == "winsockd lease"]
        other.call("endSession", sessionId=session.id)
        outcome = renewals.get(timeout=LIMIT_SECONDS)
        if outcome is None:  # it was made before the end
            outcome = renewals.get(timeout=LIMIT_SECONDS)
        assert outcome.name == "session-ended"
        renewing.join(LIMIT_SECONDS)
        assert not renewing.is_alive()


def counted_renewals(rig, *failures):
    """A queue of the outcomes of renewals of sessions of a rig, of which the first ones fail."""
    outcomes, left, call = queue.Queue(), list(failures), rig.call

    def counted(operation, /, **params):
        if operation != "renewSession":
            return call(operation, **params)
        try:
            if left:
                raise left.pop(0)
            call(operation, **params)
            outcomes.put(None)
        except OSError as error:
            outcomes.put(error)
            raise

    rig.call = counted
    return outcomes


class Proxy:
    """
    Passes connections on to a daemon, but for those that ask for a WebSocket: `judge` gets the head of the request,
    and returns the head to pass on, or the answer and None.
    """

    def __init__(self):
        self.judge = None
        self.upgrades = self.others = 0
        self.daemon = None
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, judge):
        """Begins anew, with another judge."""
        self.judge = judge
        self.upgrades = self.others = 0

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return client.close()
            head += piece
        if b"upgrade: websocket" in head.lower():
            self.upgrades += 1
            answer, head = self.judge(head)
            if head is None:
                client.sendall(answer)
                return client.close()
        else:
            self.others += 1
        parts = urlsplit(self.daemon.url)
        upstream = socket.create_connection((parts.hostname, parts.port))
        self._open.append(upstream)
        upstream.sendall(head)
        threading.Thread(target=pump, args=(upstream, client), daemon=True).start()
        pump(client, upstream)

    def cut(self):
        """Ends all connections."""
        for one in self._open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended
            one.close()
        self._open = []

    def close(self):
        """Ends the proxy."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


def pump(source, target):
    """Passes bytes on until one of both ends."""
    try:
        while True:
            piece = source.recv(65536)
            if not piece:
                return target.shutdown(socket.SHUT_WR)
            target.sendall(piece)
    except OSError:
        pass


@pytest.fixture(scope="module")
def one_proxy(start_daemon):
    """A proxy, and its daemon, which answers for the proxy's address."""
    made = Proxy()
    made.daemon = start_daemon(WINSOCKD_ALLOWED_HOSTS=made.url[len("http://") :])
    yield made
    made.close()


@pytest.fixture
def proxy(one_proxy):
    """The proxy, without connections of other tests."""
    yield one_proxy
    one_proxy.cut()


def passed(head):
    """As it is."""
    return None, head


def stripped(head):
    """Without the fields that a proxy does not pass on."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"upgrade:", b"connection:"))]
    return None, b"\r\n".join(lines)


BLOCKING = {
    "426": lambda head: (NO_UPGRADE % b"426 Upgrade Required", None),
    "501": lambda head: (NO_UPGRADE % b"501 Not Implemented", None),
    "502": lambda head: (NO_UPGRADE % b"502 Bad Gateway", None),
    "a page of its own": lambda head: (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n", None),
    "no answer": lambda head: (b"", None),
    "no HTTP": lambda head: (b"what?\r\n\r\n", None),
    "without the fields of the upgrade": stripped,
}


@pytest.mark.parametrize("judge", BLOCKING.values(), ids=BLOCKING.keys())
def test_where_a_websocket_does_not_pass_the_rig_takes_http(proxy, judge):
    proxy.begin(judge)
    with winsockd.Rig(proxy.url, token=proxy.daemon.token) as rig:
        assert not rig.is_kept and proxy.upgrades == 1
        with pair_of(rig) as (client, server):
            client.sendall(b"by HTTP")
            assert server.recv(100) == b"by HTTP"
        assert proxy.others >= 1
    with pytest.raises(winsockd.RigError) as raised:
        winsockd.Rig(proxy.url, token=proxy.daemon.token, transport="websocket")
    assert "WebSocket" in str(raised.value)


def test_a_refusal_of_the_daemon_is_not_one_of_the_way(proxy):
    proxy.begin(passed)
    with pytest.raises(winsockd.RefusedPermissionError):
        winsockd.Rig(proxy.url, token="wrong")
    assert proxy.others == 0


def test_a_proxy_that_passes_a_websocket(proxy):
    proxy.begin(passed)
    with winsockd.Rig(proxy.url, token=proxy.daemon.token) as rig:
        assert rig.is_kept
        with pair_of(rig) as (client, server):
            client.sendall(b"by WebSocket")
            assert server.recv(100) == b"by WebSocket"
        assert (proxy.upgrades, proxy.others) == (1, 1)  # the other one asks for the limits of the daemon


def test_a_websocket_that_breaks_ends_calls_and_sessions(proxy):
    proxy.begin(passed)
    token = proxy.daemon.token
    with winsockd.Rig(proxy.daemon.url, token=token) as other, winsockd.Rig(proxy.url, token=token) as rig:
        with rig.create_server(("127.0.0.1", 0)) as listener:
            session_id = rig.session.id
            accepting = Thread(listener.accept)
            wait_until(lambda: other.call("getSession", sessionId=session_id)["pendingCalls"])
            proxy.cut()
            with pytest.raises(winsockd.RigLostError):
                accepting.result()
        assert rig.is_closed
        wait_until(lambda: session_id not in ids_of(other))
        with pytest.raises(winsockd.RigLostError):
            rig.call("listSessions")


def test_an_unknown_transport():
    with pytest.raises(ValueError, match="transport"):
        winsockd.Rig(transport="carrier pigeon")


def receive_all(one):
    """All bytes until the end of the stream."""
    received = b""
    while True:
        piece = one.recv(1 << 20)
        if not piece:
            return received
        received += piece
