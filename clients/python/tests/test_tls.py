"""TLS over sockets of a rig, against Python's own sockets and the program openssl."""

from __future__ import annotations

import gc
import re
import signal
import socket as local_socket
import ssl
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Tuple

import pytest
from certificates import Certificates, certificates
from conftest import LIMIT_SECONDS, Thread, needs

import winsockd
from winsockd import select
from winsockd.tls import TLSSocket, wrap_socket

__all__ = ["certificates"]

SERVERS = str(Path(__file__).with_name("foreign_servers.py"))

#: SSL_OP_IGNORE_UNEXPECTED_EOF of OpenSSL 3, which some versions of Python set.
IGNORES_UNEXPECTED_EOF = 0x80

MANY_BYTES = bytes(range(256)) * 4 * 4096  # 4 MiB


@pytest.fixture(params=["websocket", "http"])
def rig(request: pytest.FixtureRequest) -> Iterator[winsockd.Rig]:
    """A rig over each way of calls."""
    with winsockd.Rig(transport=request.param) as made:
        yield made


class LocalServer:
    """
    A server of Python's own sockets; `serve` gets its first connection, with TLS. after: when the handshake begins.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        serve: Callable[[ssl.SSLSocket], Any],
        after: Optional[threading.Event] = None,
    ) -> None:
        self._listener = local_socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LIMIT_SECONDS)
        self.address = self._listener.getsockname()
        self._context, self._serve, self._after = context, serve, after
        self._thread = Thread(self._run)

    def _run(self) -> Any:
        with self._listener:
            accepted, _ = self._listener.accept()
        accepted.settimeout(LIMIT_SECONDS)
        assert self._after is None or self._after.wait(LIMIT_SECONDS)
        with self._context.wrap_socket(accepted, server_side=True) as wrapped:
            return self._serve(wrapped)

    def result(self) -> Any:
        """What `serve` returned."""
        return self._thread.result()


def connected(
    session: Any, address: Any, context: ssl.SSLContext, server_hostname: str = "localhost", **options: Any
) -> TLSSocket:
    """A client over the rig."""
    plain = session.create_connection(address, timeout=LIMIT_SECONDS)
    made: TLSSocket = wrap_socket(context, plain, server_hostname=server_hostname, **options)
    return made


def both_ends(
    session: Any, certificates: Certificates, serve: Callable[[Any], Any], **options: Any
) -> Tuple[TLSSocket, Thread]:
    """A client and a server over the rig."""
    listener = session.create_server(("127.0.0.1", 0))

    def run() -> Any:
        with listener:
            plain, _ = listener.accept()
        plain.settimeout(LIMIT_SECONDS)
        with wrap_socket(certificates.server_context(), plain, server_side=True) as wrapped:
            return serve(wrapped)

    server = Thread(run)
    return connected(session, listener.getsockname(), certificates.client_context(), **options), server


def echo(wrapped: Any) -> None:
    """Sends back what comes, to the end."""
    while True:
        received = wrapped.recv(65536)
        if not received:
            return
        wrapped.sendall(received)


def read_to_end(wrapped: Any) -> bytes:
    return b"".join(iter(lambda: wrapped.recv(65536), b""))


def read_to_the_closing_message(wrapped: Any) -> bytes:
    """Answers the closing message with its own."""
    received = read_to_end(wrapped)
    wrapped.unwrap()
    return received


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_the_handshake_has_agreed_on(session: Any, certificates: Certificates, version: Any) -> None:
    seen = []
    server_context = certificates.server_context()
    server_context.set_alpn_protocols(["h2", "http/1.1"])
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_verify_locations(certificates.path("ca"))
    server_context.sni_callback = lambda _, name, __: seen.append(name)
    context = certificates.client_context()
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(certificates.path("client"))
    context.set_alpn_protocols(["http/1.1"])
    server = LocalServer(server_context, lambda one: (one.recv(1), one.getpeercert(), one.cipher())[1:])
    with connected(session, server.address, context) as client:
        client.sendall(b"x")
        certificate, cipher = server.result()
        assert client.version() == version.name.replace("_", ".")
        assert client.selected_alpn_protocol() == "http/1.1"
        assert client.cipher() == cipher
        assert client.getpeercert()["subject"] == ((("commonName", "server"),),)
        assert ssl.DER_cert_to_PEM_cert(client.getpeercert(True)) in Path(certificates.path("server")).read_text()
        assert client.context is context
        assert client.compression() is None
        assert isinstance(client, ssl.SSLSocket)
    assert certificate["subject"] == ((("commonName", "client"),),)
    assert seen == ["localhost"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_certificate_holds_for_its_names(session: Any, certificates: Certificates, name: str) -> None:
    server = LocalServer(certificates.server_context(), echo)
    with connected(session, server.address, certificates.client_context(), name) as client:
        client.sendall(b"hello")
        assert client.recv(10) == b"hello"
    server.result()


def test_another_host_name_is_refused(session: Any, certificates: Certificates) -> None:
    server = LocalServer(certificates.server_context(), echo)
    with pytest.raises(ssl.SSLCertVerificationError, match="[Hh]ostname mismatch"):
        connected(session, server.address, certificates.client_context(), "example.com")
    with pytest.raises(ssl.SSLError, match="(?i)alert"):
        server.result()
    assert session.sockets() == []


def test_a_certificate_of_another_ca_is_refused(session: Any, certificates: Certificates) -> None:
    server = LocalServer(certificates.server_context(), echo)
    context = ssl.create_default_context(cafile=certificates.path("other-ca"))
    with pytest.raises(ssl.SSLCertVerificationError):
        connected(session, server.address, context)
    with pytest.raises(ssl.SSLError, match="(?i)alert"):
        server.result()


def test_a_client_without_a_certificate_is_refused(session: Any, certificates: Certificates) -> None:
    context = certificates.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.path("ca"))
    with session.create_server(("127.0.0.1", 0)) as listener:

        def connect() -> bytes:
            with local_socket.create_connection(listener.getsockname(), LIMIT_SECONDS) as plain:
                with certificates.client_context().wrap_socket(plain, server_hostname="localhost") as client:
                    return client.recv(1)

        client = Thread(connect)
        accepted, _ = listener.accept()
        with pytest.raises(ssl.SSLError, match="(?i)certificate"):
            wrap_socket(context, accepted, server_side=True)
        with pytest.raises(ssl.SSLError, match="(?i)alert"):
            client.result()


def test_wrong_arguments(pair: Any, certificates: Certificates) -> None:
    context = certificates.client_context()
    with pytest.raises(ValueError, match="requires server_hostname"):
        wrap_socket(context, pair[0])
    with pytest.raises(ValueError, match="client mode"):
        wrap_socket(context, pair[0], server_side=True, server_hostname="localhost")
    with pair[0].rig_session.socket(type=local_socket.SOCK_DGRAM) as datagrams:
        with pytest.raises(NotImplementedError):
            wrap_socket(context, datagrams, server_hostname="localhost")
    pair[0].sendall(b"still there")
    assert pair[1].recv(20) == b"still there"


# The program openssl


def test_a_client_of_openssl_s_server(session: Any, certificates: Certificates, spawn: Any) -> None:
    needs("openssl")
    argv = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("server"), "-rev"]
    server = spawn(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    port = next(int(found[1]) for line in server.stdout if (found := re.match(r"ACCEPT .*:(\d+)", line)))
    with connected(session, ("127.0.0.1", port), certificates.client_context()) as client:
        client.sendall(b"hello\n")
        with client.makefile("rb") as lines:
            assert lines.readline() == b"olleh\n"


def test_a_server_for_openssl_s_client(session: Any, certificates: Certificates, spawn: Any) -> None:
    needs("openssl")
    with session.create_server(("127.0.0.1", 0)) as listener:
        argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{listener.getsockname()[1]}", "-quiet"]
        more = ["-CAfile", certificates.path("ca"), "-verify_return_error", "-servername", "localhost"]
        program = spawn(
            argv + more, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        wrapped = wrap_socket(certificates.server_context(), listener, server_side=True)
        with wrapped:
            wrapped.settimeout(LIMIT_SECONDS)
            accepted, _ = wrapped.accept()
            with accepted:
                program.stdin.write("from the program\n")
                program.stdin.flush()
                assert accepted.recv(100) == b"from the program\n"
                accepted.sendall(b"from the rig\n")
                assert program.stdout.readline() == "from the rig\n"
                accepted.unwrap().close()
        assert program.wait(LIMIT_SECONDS) == 0


# Bytes


def both_ways_at_once(wrapped: Any) -> bytes:
    """Sends and receives as many bytes, in two threads."""
    sending = Thread(lambda: wrapped.sendall(MANY_BYTES))
    received = bytearray()
    while len(received) < len(MANY_BYTES):
        piece = wrapped.recv(100_000)
        assert piece, "it has ended"
        received += piece
    sending.result()
    return bytes(received)


def test_4_mib_both_ways_at_once(session: Any, certificates: Certificates, spawn: Any) -> None:
    # A program of its own: not every version of Python lets two threads use one local socket of TLS.
    argv = [sys.executable, "-u", SERVERS, "echo", certificates.path("server")]
    server = spawn(argv, stdout=subprocess.PIPE, text=True)
    address = "127.0.0.1", int(server.stdout.readline())
    with connected(session, address, certificates.client_context()) as client:
        assert both_ways_at_once(client) == MANY_BYTES
        assert client.gettimeout() == LIMIT_SECONDS
        client.unwrap()


def test_two_threads_at_each_end_over_the_rig(session: Any, certificates: Certificates) -> None:
    client, server = both_ends(session, certificates, both_ways_at_once)
    with client:
        assert both_ways_at_once(client) == MANY_BYTES
        assert server.result() == MANY_BYTES


def test_both_ends_over_the_rig(session: Any, certificates: Certificates) -> None:
    client, server = both_ends(session, certificates, echo)
    with client:
        sending = Thread(lambda: client.sendall(MANY_BYTES[:1_000_000]))
        received = b""
        while len(received) < 1_000_000:
            received += client.recv(65536)
        sending.result()
        assert received == MANY_BYTES[:1_000_000]
    server.result()


def test_makefile_and_sendfile(session: Any, certificates: Certificates, tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(MANY_BYTES[:300_000])

    def serve(wrapped: ssl.SSLSocket) -> bytes:
        wrapped.sendall(b"one\ntwo\n")
        return read_to_the_closing_message(wrapped)

    server = LocalServer(certificates.server_context(), serve)
    with connected(session, server.address, certificates.client_context()) as client:
        with client.makefile("r") as lines:
            assert [lines.readline(), lines.readline()] == ["one\n", "two\n"]
        with open(tmp_path / "file", "rb") as file:
            assert client.sendfile(file, 10) == 299_990
        client.unwrap()
    assert server.result() == MANY_BYTES[10:300_000]


def test_recv_into_and_what_tls_has_not(session: Any, certificates: Certificates) -> None:
    client, server = both_ends(session, certificates, echo)
    with client:
        client.sendall(b"hello")
        buffer = bytearray(10)
        assert client.recv_into(buffer, 3) == 3
        assert client.pending() == 2
        assert client.recv_into(memoryview(buffer)[3:]) == 2
        assert buffer == b"hello\0\0\0\0\0"
        for call in (client.sendmsg, client.recvmsg, client.recvmsg_into, client.dup):
            with pytest.raises(NotImplementedError):
                call()
        for refused in (
            lambda: client.sendto(b"x", ("127.0.0.1", 1)),
            lambda: client.recvfrom(1),
            lambda: client.recv(1, local_socket.MSG_PEEK),
            lambda: client.send(b"x", local_socket.MSG_OOB),
        ):
            with pytest.raises(ValueError):
                refused()
    server.result()


def test_select_knows_bytes_that_were_decrypted_already(session: Any, certificates: Certificates) -> None:
    def serve(wrapped: ssl.SSLSocket) -> None:
        for _ in range(20):
            wrapped.sendall(b"x" * 1000)
        wrapped.recv(1)

    server = LocalServer(certificates.server_context(), serve)
    with connected(session, server.address, certificates.client_context()) as client:
        left = 20_000
        while left:
            assert select.select([client], [], [], LIMIT_SECONDS)[0] == [client]
            if left % 2:
                waiting = select.poll()
                waiting.register(client, select.POLLIN)
                assert waiting.poll(LIMIT_SECONDS * 1000) == [(client.fileno(), select.POLLIN)]
            left -= len(client.recv(333))
        client.setblocking(False)
        while True:
            if not select.select([client], [], [], 0.05)[0]:
                break  # only bytes that were no data, such as tickets
            with pytest.raises(ssl.SSLWantReadError):
                client.recv(1)
        client.setblocking(True)
        client.sendall(b"x")
    server.result()


# Ends


def test_unwrap_and_then_plain_bytes(session: Any, certificates: Certificates) -> None:
    def serve(wrapped: ssl.SSLSocket) -> bytes:
        assert read_to_end(wrapped) == b"encrypted"
        plain = wrapped.unwrap()
        with closing(plain):
            plain.sendall(b"plain of the server")
            return plain.recv(100)

    server = LocalServer(certificates.server_context(), serve)
    with connected(session, server.address, certificates.client_context()) as client:
        client.sendall(b"encrypted")
        plain = client.unwrap()
        assert plain.recv(6) == b"plain "
        assert plain.recv(100) == b"of the server"
        plain.sendall(b"plain of the client")
        assert plain.version() is None
    assert server.result() == b"plain of the client"


@pytest.mark.parametrize("suppress", [True, False])
def test_an_end_without_the_closing_message(session: Any, certificates: Certificates, suppress: bool) -> None:
    def serve(wrapped: ssl.SSLSocket) -> bytes:
        wrapped.sendall(b"last")
        wrapped.shutdown(local_socket.SHUT_WR)
        return b""

    server = LocalServer(certificates.server_context(), serve)
    context = certificates.client_context()
    with connected(session, server.address, context, suppress_ragged_eofs=suppress) as client:
        assert client.recv(10) == b"last"
        if suppress or context.options & IGNORES_UNEXPECTED_EOF:
            assert client.recv(10) == b""
            assert client.recv_into(bytearray(10)) == 0
        else:
            with pytest.raises(ssl.SSLEOFError):
                client.recv(10)
    server.result()


def test_the_closing_message_leaves_the_other_direction_open(session: Any, certificates: Certificates) -> None:
    context = certificates.server_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    with local_socket.create_server(("127.0.0.1", 0)) as listener:
        plain = session.create_connection(listener.getsockname(), timeout=LIMIT_SECONDS)
        accepted, _ = listener.accept()
    with accepted:
        accepted.settimeout(LIMIT_SECONDS)
        connecting = Thread(lambda: wrap_socket(certificates.client_context(), plain, server_hostname="localhost"))

        def until_done(step: Callable[[], Any]) -> Any:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    accepted.sendall(outgoing.read())
                    incoming.write(accepted.recv(65536))

        until_done(server.do_handshake)
        server.write(b"last")
        with pytest.raises(ssl.SSLWantReadError):
            server.unwrap()  # its closing message has gone, the client's has not come
        accepted.sendall(outgoing.read())
        with connecting.result() as client:
            assert client.recv(10) == b"last"
            assert client.recv(10) == b""
            client.sendall(b"more")
            incoming.write(accepted.recv(65536))
            assert incoming.pending > 0


def test_a_reset_is_a_reset(session: Any, certificates: Certificates) -> None:
    def serve(wrapped: ssl.SSLSocket) -> None:
        wrapped.setsockopt(local_socket.SOL_SOCKET, local_socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    server = LocalServer(certificates.server_context(), serve)
    with connected(session, server.address, certificates.client_context()) as client:
        server.result()
        with pytest.raises(ConnectionResetError):
            client.recv(10)


def test_a_socket_that_nobody_holds_closes_at_once(session: Any, certificates: Certificates) -> None:
    context = certificates.server_context()
    context.num_tickets = 0  # bytes that nobody reads would make the end a reset
    server = LocalServer(context, read_to_end)
    client = connected(session, server.address, certificates.client_context())
    client.sendall(b"x")
    gc.disable()
    try:
        with pytest.warns(ResourceWarning):
            del client
        if not session.rig.is_kept:
            session.info()  # over HTTP it closes before the next call
        assert server.result() == b"x"
    finally:
        gc.enable()


# Time-outs and non-blocking sockets


def test_a_time_out_in_the_middle_of_a_read_loses_no_byte(session: Any, certificates: Certificates) -> None:
    context = certificates.server_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    with local_socket.create_server(("127.0.0.1", 0)) as listener:
        plain = session.create_connection(listener.getsockname(), timeout=LIMIT_SECONDS)
        accepted, _ = listener.accept()
    with accepted:
        accepted.settimeout(LIMIT_SECONDS)
        connecting = Thread(lambda: wrap_socket(certificates.client_context(), plain, server_hostname="localhost"))
        while True:
            try:
                server.do_handshake()
                break
            except ssl.SSLWantReadError:
                accepted.sendall(outgoing.read())
                incoming.write(accepted.recv(65536))
        server.write(b"0123456789" * 100)
        record = outgoing.read()
        accepted.sendall(record[:-500])
        with connecting.result() as client:
            client.settimeout(0.2)
            for _ in range(2):
                with pytest.raises(TimeoutError) as caught:
                    client.recv(2000)
                assert str(caught.value) == "The read operation timed out"
                assert isinstance(caught.value, local_socket.timeout)
            assert client.gettimeout() == 0.2
            accepted.sendall(record[-500:])
            client.settimeout(LIMIT_SECONDS)
            assert client.recv(2000) == b"0123456789" * 100


@pytest.mark.parametrize("timeout", [0.2, 0.0])
def test_a_write_that_the_socket_does_not_take_goes_on_where_it_was(
    session: Any, certificates: Certificates, timeout: float
) -> None:
    may_read = threading.Event()

    def serve(wrapped: ssl.SSLSocket) -> bytes:
        assert may_read.wait(LIMIT_SECONDS)
        return read_to_the_closing_message(wrapped)

    server = LocalServer(certificates.server_context(), serve)
    with connected(session, server.address, certificates.client_context()) as client:
        client.settimeout(timeout)
        pieces = [bytes([number % 256]) * 50_000 for number in range(400)]
        failures = 0
        for piece in pieces:
            while True:
                try:
                    assert client.send(piece) == len(piece)
                    break
                except (ssl.SSLWantWriteError, TimeoutError) as error:
                    assert isinstance(error, TimeoutError) == bool(timeout)
                    failures += 1
                    may_read.set()
                    select.select([], [client], [], LIMIT_SECONDS)
        assert failures > 0
        client.settimeout(LIMIT_SECONDS)
        client.unwrap()
    assert server.result() == b"".join(pieces)


def test_a_handshake_that_gets_no_answer_times_out(session: Any, certificates: Certificates) -> None:
    with local_socket.create_server(("127.0.0.1", 0)) as listener:
        plain = session.create_connection(listener.getsockname(), timeout=0.3)
        with pytest.raises(TimeoutError):
            wrap_socket(certificates.client_context(), plain, server_hostname="localhost")
    assert session.sockets() == []


def test_a_non_blocking_handshake(session: Any, certificates: Certificates) -> None:
    has_waited = threading.Event()
    server = LocalServer(certificates.server_context(), echo, has_waited)
    plain = session.socket()
    plain.setblocking(False)
    client = wrap_socket(
        certificates.client_context(), plain, server_hostname="localhost", do_handshake_on_connect=False
    )
    with client:
        assert client.connect_ex(server.address) in (0, 115, 36, 10035)
        assert select.select([], [client], [], LIMIT_SECONDS)[1] == [client]

        def finished(step: Callable[[], Any]) -> Any:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    has_waited.set()
                    assert select.select([client], [], [], LIMIT_SECONDS)[0] == [client]
                except ssl.SSLWantWriteError:
                    assert select.select([], [client], [], LIMIT_SECONDS)[1] == [client]

        finished(client.do_handshake)
        assert finished(lambda: client.send(b"hello")) == 5
        assert finished(lambda: client.recv(10)) == b"hello"
    server.result()


def test_connect_and_accept_of_wrapped_sockets(session: Any, certificates: Certificates) -> None:
    with session.create_server(("127.0.0.1", 0)) as plain:
        listener = wrap_socket(certificates.server_context(), plain, server_side=True)
    with listener:
        listener.settimeout(LIMIT_SECONDS)

        def connect() -> bytes:
            opened = session.socket()
            opened.settimeout(LIMIT_SECONDS)
            with wrap_socket(certificates.client_context(), opened, server_hostname="localhost") as client:
                client.connect(listener.getsockname())
                with pytest.raises(ValueError, match="already-connected"):
                    client.connect(listener.getsockname())
                client.sendall(b"hello")
                return client.recv(10)

        client = Thread(connect)
        accepted, address = listener.accept()
        with accepted:
            assert accepted.getpeername() == address
            assert accepted.recv(10) == b"hello"
            accepted.sendall(b"answer")
            assert client.result() == b"answer"
    with wrap_socket(certificates.client_context(), session.socket(), server_hostname="localhost") as unconnected:
        with pytest.raises(ConnectionRefusedError):
            unconnected.connect(address)
        with pytest.raises(OSError):
            unconnected.do_handshake()


def test_local_sockets_are_wrapped_as_ever(certificates: Certificates) -> None:
    server = LocalServer(certificates.server_context(), echo)
    with local_socket.create_connection(server.address, LIMIT_SECONDS) as plain:
        client = wrap_socket(certificates.client_context(), plain, server_hostname="localhost")
        assert not isinstance(client, TLSSocket)
        with client:
            client.sendall(b"x")
            client.settimeout(LIMIT_SECONDS)
            assert client.recv(1) == b"x"
    server.result()


def test_a_write_begins_with_the_handshake(session: Any, certificates: Certificates) -> None:
    server = LocalServer(certificates.server_context(), read_to_the_closing_message)
    with connected(session, server.address, certificates.client_context(), do_handshake_on_connect=False) as client:
        client.sendall(b"hello")
        client.unwrap()
    assert server.result() == b"hello"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers that make signals")
def test_a_write_that_a_signal_handler_ends_sends_no_byte_twice(session: Any, certificates: Certificates) -> None:
    may_read = threading.Event()

    def serve(wrapped: ssl.SSLSocket) -> bytes:
        assert may_read.wait(LIMIT_SECONDS)
        return read_to_the_closing_message(wrapped)

    class Stop(Exception):
        pass

    def stop(*_: Any) -> None:
        may_read.set()
        raise Stop

    server = LocalServer(certificates.server_context(), serve)
    before = signal.signal(signal.SIGALRM, stop)
    taken = 0
    try:
        with connected(session, server.address, certificates.client_context()) as client:
            client.settimeout(None)
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            with pytest.raises(Stop):
                while True:
                    client.sendall(b"x" * 100_000)
                    taken += 100_000
            client.sendall(b"y" * 1000)
            client.unwrap()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    received = server.result()
    assert received.strip(b"x") == b"y" * 1000
    assert taken < len(received) <= taken + 101_000
