"""winsockd.aio against plain sockets, asyncio's own streams, curl and OpenSSL on this machine."""

from __future__ import annotations

import asyncio
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, Iterator, List, Tuple

import pytest
from conftest import no_descriptor_left, wait_until

import winsockd
from winsockd import aio
from winsockd.socket._buffers import decoded

ROOT = pathlib.Path(__file__).resolve().parents[3]
MAIN = ROOT / "dist" / "src" / "main.js"

#: A task left behind, an exception nobody took and a socket nobody closed are failures.
pytestmark = pytest.mark.filterwarnings("error")

#: The limit of every test, in seconds.
SECONDS = 20.0

MIB = 1024 * 1024

needs_daemon = pytest.mark.skipif(
    not (os.environ.get("WINSOCKD_URL") and os.environ.get("WINSOCKD_TOKEN")),
    reason="WINSOCKD_URL and WINSOCKD_TOKEN name no daemon",
)
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
needs_build = pytest.mark.skipif(
    not MAIN.exists() or shutil.which("node") is None, reason="the daemon is not built, or there is no node"
)

Streams = Tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def rig() -> Iterator[winsockd.Rig]:
    with winsockd.Rig() as opened:
        yield opened


def run(main: Awaitable[None]) -> None:
    """Runs a coroutine with a limit. What the loop reports fails the test, as an exception nobody took."""
    reported: List[Dict[str, Any]] = []

    async def limited() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        before = asyncio.all_tasks()
        await asyncio.wait_for(main, SECONDS)
        left = asyncio.all_tasks() - before
        if left:  # those of the peers on this machine may be about to end
            _, left = await asyncio.wait(left, timeout=1)
        assert not left

    asyncio.run(limited())
    assert not reported


@contextmanager
def plain_peer(rig_end: Callable[[int], Awaitable[Streams]]) -> Iterator[Any]:
    """A plain listening socket; gives a coroutine function that connects, and gives both ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def connect() -> Tuple[asyncio.StreamReader, asyncio.StreamWriter, socket.socket]:
            reader, writer = await rig_end(listener.getsockname()[1])
            peer, _ = await asyncio.get_running_loop().run_in_executor(None, listener.accept)
            peer.settimeout(SECONDS)
            return reader, writer, peer

        yield connect


@asynccontextmanager
async def pair(
    rig: winsockd.Rig, **options: Any
) -> AsyncIterator[Tuple[asyncio.StreamReader, asyncio.StreamWriter, socket.socket]]:
    """A connection: reader and writer of the rig, and a plain socket."""
    with plain_peer(lambda port: aio.open_connection("127.0.0.1", port, session=rig, **options)) as connect:
        reader, writer, peer = await connect()
        with peer:
            yield reader, writer, peer
            writer.close()
            await ended(writer)


async def ended(writer: asyncio.StreamWriter) -> None:
    """Waits for the end of a connection, in whatever way it ends."""
    try:
        await writer.wait_closed()
    except Exception:
        pass  # the reader has raised it, too


async def threaded(function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


def received_until_end(peer: socket.socket) -> bytes:
    pieces = []
    while True:
        piece = peer.recv(MIB)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        data = await reader.read(65536)
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.close()
    await ended(writer)


def pattern(length: int) -> bytes:
    """Bytes whose order shows."""
    return struct.pack(f"<{length // 4}I", *range(length // 4))


@needs_daemon
class TestOpenConnection:
    def test_echoes_what_it_is_sent(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            async with server:
                reader, writer = await aio.open_connection("localhost", port, session=rig)
                for size in (1, 1000, 200_000):
                    writer.write(pattern(size) or b"x")
                    await writer.drain()
                    sent = pattern(size) or b"x"
                    assert await reader.readexactly(len(sent)) == sent
                assert writer.get_extra_info("peername") == ("127.0.0.1", port)
                assert writer.get_extra_info("sockname")[0] == "127.0.0.1"
                assert writer.get_extra_info("socket").getsockname() == writer.get_extra_info("sockname")
                own = writer.get_extra_info("winsockd_socket")
                assert [one["socketId"] for one in rig.session.sockets()] == [own.id]
                writer.close()
                await writer.wait_closed()
                assert rig.session.sockets() == []
                assert own.fileno() == -1

        run(main())

    def test_uses_the_session_in_use(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            async with server:
                with rig.begin_session() as session, session.use():
                    _, writer = await aio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
                    assert len(session.sockets()) == 1
                    writer.close()
                    await writer.wait_closed()

        run(main())

    def test_binds_to_the_local_address(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig, local_addr=("127.0.0.2", 0)) as (_, writer, peer):
                assert peer.getpeername()[0] == "127.0.0.2"
                assert writer.get_extra_info("sockname") == peer.getpeername()

        run(main())

    def test_refused_connect_raises_and_leaves_no_socket(self, rig: winsockd.Rig) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))

            async def main() -> None:
                with pytest.raises(ConnectionRefusedError) as caught:
                    await aio.open_connection("127.0.0.1", unused.getsockname()[1], session=rig)
                assert caught.value.code == 10061
                with pytest.raises(socket.gaierror):
                    await aio.open_connection("no-such-host.invalid", 1, session=rig)
                await aio.call(rig.session, "getSession")  # what was discarded goes out before it
                await gone(rig.session)

            run(main())

    def test_cancelled_connect_leaves_no_socket(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            # The lab loses what goes to this network: a connect there waits.
            opening = asyncio.create_task(aio.open_connection("203.0.113.1", 80, session=rig, provider="lab"))
            while not any(one["state"] == "connecting" for one in rig.session.sockets()):
                await asyncio.sleep(0.01)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            await gone(rig.session)

        run(main())

    def test_over_http(self) -> None:
        async def main() -> None:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            async with server:
                with winsockd.Rig(transport="http") as rig:
                    reader, writer = await aio.open_connection(
                        "127.0.0.1", server.sockets[0].getsockname()[1], session=rig
                    )
                    writer.write(pattern(400_000))
                    assert await reader.readexactly(400_000) == pattern(400_000)
                    writer.write_eof()
                    assert await reader.read() == b""
                    writer.close()
                    await writer.wait_closed()

        run(main())


async def gone(session: winsockd.Session) -> None:
    """Waits until a session has no socket."""
    while session.sockets():
        await asyncio.sleep(0.01)


@needs_daemon
class TestTransport:
    def test_half_close_of_this_end(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                assert writer.can_write_eof()
                writer.write(b"question")
                writer.write_eof()
                assert await threaded(received_until_end, peer) == b"question"
                with pytest.raises(RuntimeError):
                    writer.write(b"more")
                await threaded(peer.sendall, b"answer")
                peer.shutdown(socket.SHUT_WR)
                assert await reader.read() == b"answer"

        run(main())

    def test_half_close_of_the_peer(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                peer.sendall(b"question")
                peer.shutdown(socket.SHUT_WR)
                assert await reader.read() == b"question"
                assert not writer.transport.is_closing()
                writer.write(b"answer")
                writer.write_eof()
                assert await threaded(received_until_end, peer) == b"answer"

        run(main())

    def test_four_mebibytes_each_way(self, rig: winsockd.Rig) -> None:
        sent = pattern(4 * MIB)

        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                most = 0

                async def send() -> None:
                    nonlocal most
                    for at in range(0, len(sent), 65536):
                        writer.write(sent[at : at + 65536])
                        most = max(most, writer.transport.get_write_buffer_size())
                        await writer.drain()
                    writer.write_eof()

                sending = threading.Thread(target=peer.sendall, args=(sent,))
                sending.start()
                _, at_peer, here = await asyncio.gather(
                    send(), threaded(received_until_end, peer), reader.readexactly(len(sent))
                )
                sending.join()
                assert at_peer == sent
                assert here == sent
                assert most <= writer.transport.get_write_buffer_limits()[1] + 65536

        run(main())

    def test_drain_waits_for_a_peer_that_does_not_read(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (_, writer, peer):
                writer.transport.set_write_buffer_limits(high=1000, low=10)
                written = 0
                while True:
                    writer.write(bytes(MIB))
                    written += MIB
                    draining = asyncio.ensure_future(writer.drain())
                    done, _ = await asyncio.wait({draining}, timeout=0.5)
                    if not done:
                        break
                    assert written < 64 * MIB
                assert writer.transport.get_write_buffer_size() > 1000
                reading = asyncio.ensure_future(threaded(received_until_end, peer))
                await draining
                assert writer.transport.get_write_buffer_size() <= 10
                writer.write_eof()
                assert len(await reading) == written

        run(main())

    def test_limits_of_the_write_buffer(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (_, writer, _peer):
                assert writer.transport.get_write_buffer_limits() == (16384, 65536)
                writer.transport.set_write_buffer_limits(low=10)
                assert writer.transport.get_write_buffer_limits() == (10, 40)
                with pytest.raises(ValueError):
                    writer.transport.set_write_buffer_limits(high=1, low=2)

        run(main())

    def test_close_sends_what_waits(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (_, writer, peer):
                writer.write(pattern(MIB))
                writer.close()
                assert writer.is_closing()
                writer.write(b"too late")
                assert await threaded(received_until_end, peer) == pattern(MIB)
                await writer.wait_closed()

        run(main())

    def test_reset_by_the_peer(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.close()
                with pytest.raises(ConnectionResetError) as caught:
                    await reader.read()
                assert caught.value.code == 10054
                with pytest.raises(ConnectionResetError):
                    await writer.wait_closed()

        run(main())

    def test_abort_is_a_reset_at_the_peer(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                writer.write(bytes(16 * MIB))  # more than the systems take
                writer.transport.abort()
                writer.transport.abort()
                await writer.wait_closed()
                with pytest.raises(ConnectionResetError):
                    await threaded(received_until_end, peer)
                assert await reader.read() == b""

        run(main())

    def test_connection_lost_comes_once(self, rig: winsockd.Rig) -> None:
        class Recording(asyncio.Protocol):
            def __init__(self) -> None:
                self.calls: List[Any] = []
                self.lost = asyncio.get_running_loop().create_future()

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.calls.append("made")

            def data_received(self, data: bytes) -> None:
                self.calls.append(data)

            def eof_received(self) -> bool:
                self.calls.append("eof")
                return False

            def connection_lost(self, error: Any) -> None:
                self.calls.append(("lost", error))
                self.lost.set_result(None)

        async def main() -> None:
            async with pair(rig) as (_, writer, peer):
                recording = Recording()
                writer.transport.set_protocol(recording)
                assert writer.transport.get_protocol() is recording
                peer.sendall(b"x")
                peer.shutdown(socket.SHUT_WR)
                await recording.lost
                writer.transport.close()
                writer.transport.abort()
                await aio.call(rig.session, "getSession")
                assert recording.calls == [b"x", "eof", ("lost", None)]
                writer.transport.set_protocol(writer._protocol)  # type: ignore[attr-defined]
                writer._protocol.connection_lost(None)  # type: ignore[attr-defined]

        run(main())

    def test_a_protocol_that_raises_ends_its_connection(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            told: List[Any] = []
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
            async with pair(rig) as (reader, writer, peer):
                failure = ZeroDivisionError()

                def fails(_: bytes) -> None:
                    raise failure

                reader.feed_data = fails  # type: ignore[method-assign]
                peer.sendall(b"x")
                assert await threaded(peer.recv, 1) == b""
                with pytest.raises(ZeroDivisionError):
                    await writer.wait_closed()
                assert told == [failure]

        run(main())

    def test_paused_reading_takes_nothing_and_loses_nothing(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (reader, writer, peer):
                transport = writer.transport
                sent = b""
                for number in range(60):
                    transport.pause_reading()
                    assert not transport.is_reading()
                    piece = b"%04d" % number
                    peer.sendall(piece)
                    sent += piece
                    if number % 3 == 0:
                        await asyncio.sleep(0.002)
                    transport.resume_reading()
                    if number % 2 == 0:
                        await asyncio.sleep(0)
                assert await reader.readexactly(len(sent)) == sent
                transport.pause_reading()
                own = writer.get_extra_info("winsockd_socket")
                await aio.call(own, "getSocket")  # when it is answered, the cancelled receive has ended
                peer.sendall(b"for the socket")
                assert await threaded(own.recv, 100) == b"for the socket"
                transport.resume_reading()
                peer.sendall(b"for the reader")
                assert await reader.readexactly(14) == b"for the reader"

        run(main())

    def test_end_of_the_session_is_an_error(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            session = rig.begin_session()
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            async with server:
                reader, writer = await aio.open_connection(
                    "127.0.0.1", server.sockets[0].getsockname()[1], session=session
                )
                session.end()
                with pytest.raises(OSError):
                    await reader.read()
                await ended(writer)

        run(main())

    def test_fifty_connections_at_once(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]

            async def talk(number: int) -> None:
                reader, writer = await aio.open_connection("127.0.0.1", port, session=rig)
                for round_trip in range(5):
                    line = b"%d of %d\n" % (round_trip, number)
                    writer.write(line)
                    assert await reader.readline() == line
                writer.write_eof()
                assert await reader.read() == b""
                writer.close()
                await writer.wait_closed()

            async with server:
                await asyncio.gather(*(talk(number) for number in range(50)))

        run(main())

    def test_disconnect_data_of_the_lab(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            taken: "asyncio.Future[Streams]" = asyncio.get_running_loop().create_future()
            server = await aio.start_server(
                lambda reader, writer: taken.set_result((reader, writer)),
                "10.0.0.1",
                4000,
                session=rig,
                provider="lab",
            )
            async with server:
                _, writer = await aio.open_connection("10.0.0.1", 4000, session=rig, provider="lab")
                there, back = await taken
                writer.write(b"the last words")
                transport = writer.transport
                assert isinstance(transport, aio.RigTransport)
                transport.send_disconnect(b"out of paper")
                assert await there.read() == b"the last words"
                answer = await aio.call(back.get_extra_info("winsockd_socket"), "recvDisconnect")
                assert decoded(answer["disconnectData"]) == b"out of paper"
                for one in (writer, back):
                    one.close()
                    await one.wait_closed()

        run(main())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, str]:
    """A certificate for localhost that signs itself."""
    folder = tmp_path_factory.mktemp("certificate")
    files = {"key": str(folder / "key.pem"), "cert": str(folder / "cert.pem")}
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        f" -keyout {files['key']} -out {files['cert']}".split(),
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    return files


@contextmanager
def openssl_server(certificate: Dict[str, str]) -> Iterator[int]:
    """`openssl s_server`, which sends each line back reversed. Gives its port."""
    command = f"openssl s_server -accept 127.0.0.1:0 -rev -cert {certificate['cert']} -key {certificate['key']}"
    with subprocess.Popen(command.split(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if line.startswith(b"ACCEPT"):
                    yield int(line.rpartition(b":")[2])
                    break
        finally:
            server.kill()


@needs_daemon
@needs_openssl
class TestTls:
    def test_client_of_openssl(self, rig: winsockd.Rig, certificate: Dict[str, str]) -> None:
        context = ssl.create_default_context(cafile=certificate["cert"])

        async def main(port: int) -> None:
            reader, writer = await aio.open_connection("localhost", port, session=rig, ssl=context)
            assert writer.get_extra_info("cipher")
            assert writer.get_extra_info("winsockd_socket").id.startswith("sck_")
            for line in (b"hello", b"x" * 10_000):
                writer.write(line + b"\n")
                assert await reader.readline() == line[::-1] + b"\n"
            writer.close()
            await ended(writer)

        with openssl_server(certificate) as port:
            run(main(port))

    def test_certificate_is_verified(self, rig: winsockd.Rig, certificate: Dict[str, str]) -> None:
        knows = ssl.create_default_context(cafile=certificate["cert"])

        async def main(port: int) -> None:
            with pytest.raises(ssl.SSLCertVerificationError):
                await aio.open_connection("localhost", port, session=rig, ssl=True)
            with pytest.raises(ssl.SSLCertVerificationError):
                await aio.open_connection("localhost", port, session=rig, ssl=knows, server_hostname="other.example")
            with pytest.raises(ValueError):
                await aio.open_connection("localhost", port, session=rig, server_hostname="localhost")
            await gone(rig.session)

        with openssl_server(certificate) as port:
            run(main(port))

    def test_start_tls_of_the_loop(self, rig: winsockd.Rig, certificate: Dict[str, str]) -> None:
        context = ssl.create_default_context(cafile=certificate["cert"])

        async def main(port: int) -> None:
            reader, writer = await aio.open_connection("localhost", port, session=rig)
            if sys.version_info >= (3, 11):
                await writer.start_tls(context, server_hostname="localhost")
            else:
                loop = asyncio.get_running_loop()
                below, protocol = writer.transport, writer.transport.get_protocol()
                above = await loop.start_tls(below, protocol, context, server_hostname="localhost")
                writer = asyncio.StreamWriter(above, protocol, reader, loop)  # type: ignore[arg-type]
            writer.write(b"hello\n")
            assert await reader.readline() == b"olleh\n"
            writer.close()
            await ended(writer)
            await gone(rig.session)

        with openssl_server(certificate) as port:
            run(main(port))

    @needs_curl
    def test_server_for_curl(self, rig: winsockd.Rig, certificate: Dict[str, str]) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate["cert"], certificate["key"])

        async def main() -> None:
            server = await aio.start_server(answer_http, "127.0.0.1", 0, session=rig, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                curl = await asyncio.create_subprocess_exec(
                    *f"curl -sS --noproxy * --cacert {certificate['cert']} https://localhost:{port}/x".split(),
                    stdout=subprocess.PIPE,
                )
                body, _ = await curl.communicate()
                assert body == b"path /x"

        run(main())


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    body = b"path " + head.split(b" ")[1]
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    writer.close()
    await ended(writer)


@needs_daemon
class TestServer:
    def test_serves_plain_clients(self, rig: winsockd.Rig) -> None:
        async def talk(port: int, number: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            data = b"%d " % number * 10_000
            writer.write(data)
            writer.write_eof()
            assert await reader.read() == data
            writer.close()
            await writer.wait_closed()

        async def main() -> None:
            server = await aio.start_server(echo, "127.0.0.1", 0, session=rig)
            assert server.is_serving()
            assert server.get_loop() is asyncio.get_running_loop()
            async with server:
                port = server.sockets[0].getsockname()[1]
                await asyncio.gather(*(talk(port, number) for number in range(10)))
            assert not server.is_serving()
            assert server.sockets == ()
            await gone(rig.session)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)

        run(main())

    def test_over_http(self) -> None:
        async def main(rig: winsockd.Rig) -> None:
            async with await aio.start_server(echo, "127.0.0.1", 0, session=rig) as server:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                writer.write(pattern(100_000))
                writer.write_eof()
                assert await reader.read() == pattern(100_000)
                writer.close()
                await writer.wait_closed()

        with winsockd.Rig(transport="http") as rig:
            run(main(rig))

    def test_a_listening_socket_that_fails_ends_the_server(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            server = await aio.start_server(echo, "127.0.0.1", 0, session=rig)
            serving = asyncio.create_task(server.serve_forever())
            await asyncio.sleep(0)
            await threaded(server.sockets[0].close)
            with pytest.raises(InterruptedError):
                await serving
            assert not server.is_serving()
            await server.wait_closed()

        run(main())

    @needs_curl
    def test_serves_curl(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with await aio.start_server(answer_http, "127.0.0.1", 0, session=rig) as server:
                port = server.sockets[0].getsockname()[1]
                curl = await asyncio.create_subprocess_exec(
                    *f"curl -sS --noproxy * http://127.0.0.1:{port}/a http://127.0.0.1:{port}/b".split(),
                    stdout=subprocess.PIPE,
                )
                body, _ = await curl.communicate()
                assert body == b"path /apath /b"

        run(main())

    def test_names_both_ends(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            taken: "asyncio.Future[Streams]" = asyncio.get_running_loop().create_future()

            def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                taken.set_result((reader, writer))

            server = await aio.start_server(take, ["127.0.0.1", "127.0.0.2"], 0, session=rig)
            assert len(server.sockets) == 2
            address = server.sockets[1].getsockname()
            with await threaded(socket.create_connection, address) as peer:
                _, writer = await taken
                assert writer.get_extra_info("sockname") == address
                assert writer.get_extra_info("peername") == peer.getsockname()
                server.close()
                server.close_clients()
                await server.wait_closed()

        run(main())

    def test_closes_while_connections_arrive(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            for _ in range(10):
                server = await aio.start_server(echo, "127.0.0.1", 0, session=rig)
                address = server.sockets[0].getsockname()
                peers = [socket.create_connection(address) for _ in range(5)]
                server.close()
                server.close_clients()
                await server.wait_closed()
                for peer in peers:
                    peer.close()
            await gone(rig.session)

        run(main())

    def test_serve_forever_ends_with_its_task(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            server = await aio.start_server(echo, "127.0.0.1", 0, session=rig, start_serving=False)
            assert not server.is_serving()
            port = server.sockets[0].getsockname()[1]
            serving = asyncio.create_task(server.serve_forever())
            while not server.is_serving():
                await asyncio.sleep(0.01)
            with pytest.raises(RuntimeError):
                await server.serve_forever()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            with pytest.raises(RuntimeError):
                await server.start_serving()

        run(main())

    def test_port_in_use_raises_and_leaves_no_socket(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            with socket.create_server(("127.0.0.1", 0)) as other:
                with pytest.raises(OSError) as caught:
                    await aio.start_server(echo, "127.0.0.1", other.getsockname()[1], session=rig)
                assert caught.value.name == "WSAEADDRINUSE"
            await gone(rig.session)

        run(main())


@needs_daemon
class TestCall:
    @pytest.mark.parametrize("transport", ["websocket", "http"])
    def test_cancelled_receive_loses_no_byte(self, transport: str) -> None:
        async def main(rig: winsockd.Rig) -> None:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                connection = await threaded(rig.create_connection, listener.getsockname())
                peer, _ = listener.accept()
            sent, received = b"", b""
            for number in range(200 if transport == "websocket" else 60):
                piece = b"%05d" % number
                receiving = asyncio.create_task(aio.call(connection, "recv", maxBytes=3 if number % 4 == 0 else 65536))
                await asyncio.sleep(0.0001 * (number % 7))
                before = number % 2 == 0
                if before:
                    peer.sendall(piece)
                    await asyncio.sleep(0.0002 * (number % 5))
                receiving.cancel()
                if not before:
                    peer.sendall(piece)
                sent += piece
                try:
                    received += decoded((await receiving)["data"])
                except asyncio.CancelledError:
                    pass
            while len(received) < len(sent):
                received += decoded((await aio.call(connection, "recv", timeoutMs=5000))["data"])
            assert received == sent
            peer.close()
            connection.close()

        with winsockd.Rig(transport=transport) as rig:
            run(main(rig))

    @pytest.mark.parametrize("transport", ["websocket", "http"])
    def test_bytes_whose_answer_crosses_the_cancel_are_kept(self, transport: str) -> None:
        async def main(rig: winsockd.Rig, other: winsockd.Rig) -> None:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                connection = await threaded(rig.create_connection, listener.getsockname())
                peer, _ = listener.accept()

            def is_answered() -> bool:
                entries = other.call("getSocketJournal", socketId=connection.id)["entries"]
                return any((entry["operation"], entry["outcome"]) == ("recv", "ok") for entry in entries)

            receiving = asyncio.create_task(aio.call(connection, "recv", maxBytes=100))
            await asyncio.sleep(0)  # the call begins
            peer.sendall(b"crossed")
            wait_until(is_answered)  # it holds up the loop, which therefore does not see the answer before the cancel
            receiving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await receiving
            assert list(connection.handle.kept_bytes) == [b"crossed"]
            assert decoded((await aio.call(connection, "recv", timeoutMs=5000))["data"]) == b"crossed"
            peer.close()
            connection.close()

        with winsockd.Rig(transport=transport) as rig, winsockd.Rig() as other:
            run(main(rig, other))

    def test_cancelled_accept_loses_no_connection(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            listener = await threaded(rig.create_server, ("127.0.0.1", 0))
            address = listener.getsockname()
            peers, taken = [], []
            for number in range(40):
                accepting = asyncio.create_task(aio.call(listener, "accept"))
                await asyncio.sleep(0.0002 * (number % 3))
                peers.append(socket.create_connection(address))
                await asyncio.sleep(0.0002 * (number % 5))
                accepting.cancel()
                try:
                    taken.append((await accepting)["remoteAddress"]["port"])
                except asyncio.CancelledError:
                    pass
            while len(taken) < len(peers):
                taken.append((await aio.call(listener, "accept", timeoutMs=5000))["remoteAddress"]["port"])
            assert taken == [peer.getsockname()[1] for peer in peers]
            for peer in peers:
                peer.close()
            listener.close()

        run(main())

    def test_kept_bytes_answer_as_the_daemon_does(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (_, writer, peer):
                writer.transport.pause_reading()
                while (await aio.call(rig.session, "getSession"))["pendingCalls"]:
                    pass  # the receive of the transport is being cancelled
                own = writer.get_extra_info("winsockd_socket")
                wishes: List[Dict[str, Any]] = [
                    {"maxBytes": 2},
                    {"maxBytes": 2, "flags": ["MSG_PEEK"]},
                    {"buffers": [1, 3, 4], "maxBytes": None},
                    {"as": "text"},
                ]
                answers: List[List[Any]] = []
                for is_kept in (False, True):
                    if is_kept:
                        own.handle.kept_bytes.append(b"abcdef")
                    else:
                        peer.sendall(b"abcdef")
                        await aio.call(own, "recv", flags=["MSG_PEEK"])
                    answers.append([await aio.call(own, "recv", **wish) for wish in wishes[:3]])
                    peer.sendall(b"ab")
                    answers[-1].append(await aio.call(own, "recv", **wishes[3]))
                assert answers[0] == answers[1]

        run(main())

    def test_on_crossed_takes_what_came_all_the_same(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            taken: List[Any] = []
            opening = asyncio.create_task(
                aio.call(rig.session, "socket", family="AF_INET", type="SOCK_STREAM", on_crossed=taken.append)
            )
            await asyncio.sleep(0)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            assert [one["socketId"] for one in taken] == [one["socketId"] for one in rig.session.sockets()]
            assert len(taken) == 1

        run(main())

    def test_polls_without_a_thread(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            async with pair(rig) as (_, writer, peer):
                writer.transport.pause_reading()
                own = writer.get_extra_info("winsockd_socket")
                polled = [{"socketId": own.id, "events": ["POLLRDNORM"]}]
                waiting = asyncio.create_task(aio.call(rig.session, "poll", sockets=polled, timeoutMs=5000))
                await asyncio.sleep(0.01)
                assert not waiting.done()
                peer.sendall(b"x")
                assert (await waiting)["ready"] == 1

        run(main())

    def test_runs_a_batch(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            batch = rig.batch(on_error="cleanup")
            opened = batch.add("socket", sessionId=rig.session, provider="lab", family="AF_INET")
            batch.add("listen", socketId=opened["socketId"])
            with pytest.raises(OSError) as caught:
                await aio.run_batch(batch)
            assert caught.value.name == "WSAEINVAL"
            assert [step.outcome for step in batch.steps] == ["ok", "failed"]

        run(main())

    def test_cancelled_batch_says_what_it_did(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            batch = rig.batch()
            opened = batch.add("socket", sessionId=rig.session, provider="lab", family="AF_INET")
            address = {"family": "AF_INET", "address": "10.0.0.1", "port": 0}
            batch.add("bind", socketId=opened["socketId"], address=address)
            batch.add("listen", socketId=opened["socketId"])
            batch.add("accept", socketId=opened["socketId"])
            running = asyncio.create_task(aio.run_batch(batch))
            while not any(one["state"] == "listening" for one in rig.session.sockets()):
                await asyncio.sleep(0.01)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert [step.outcome for step in batch.steps] == ["ok", "ok", "ok", "cancelled"]

        run(main())

    def test_lost_daemon_ends_what_waits(self, rig: winsockd.Rig) -> None:
        async def main() -> None:
            taken: "asyncio.Future[Streams]" = asyncio.get_running_loop().create_future()
            server = await aio.start_server(
                lambda reader, writer: taken.set_result((reader, writer)), "127.0.0.1", 0, session=rig
            )
            serving = asyncio.create_task(server.serve_forever())
            reader, writer = await aio.open_connection(*server.sockets[0].getsockname(), session=rig)
            _, back = await taken
            begun = time.monotonic()
            await threaded(rig.close)
            assert time.monotonic() - begun < 3
            with pytest.raises(OSError):
                await reader.read()
            await ended(back)
            with pytest.raises(OSError):
                await serving
            await server.wait_closed()
            await ended(writer)

        run(main())


@needs_daemon
def test_a_server_without_a_descriptor_for_a_connection_goes_on(rig: winsockd.Rig) -> None:
    async def main() -> None:
        told: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.set_result(context["exception"]))
        server = await aio.start_server(echo, "127.0.0.1", 0, session=rig)
        async with server:
            with socket.socket() as lost:
                with no_descriptor_left():
                    lost.connect(server.sockets[0].getsockname())
                    assert isinstance(await told, OSError)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"goes on")
            assert await reader.readexactly(7) == b"goes on"
            writer.close()
            await writer.wait_closed()
        await gone(rig.session)

    run(main())


@contextmanager
def daemon(folder: pathlib.Path, **settings: str) -> Iterator[winsockd.Rig]:
    """A daemon of the test's own, and a rig for it."""
    token = "a-token-of-a-test-1234"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("WINSOCKD_")}
    variables.update(settings, WINSOCKD_PORT="0", WINSOCKD_TOKEN=token, XDG_STATE_HOME=str(folder))
    with subprocess.Popen(["node", str(MAIN)], stdout=subprocess.PIPE, env=variables) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                at = line.find(b"listening on ")
                if at >= 0:
                    with winsockd.Rig(line[at:].split(b" ")[2].decode(), token=token) as rig:
                        yield rig
                    break
        finally:
            process.terminate()


async def limit_is_met(session: winsockd.Session, operation: str, sockets: int) -> None:
    """Waits until the daemon has ended a wait of the operation at its own limit, for so many sockets."""

    def met() -> bool:
        entries = [one for one in session.journal() if one["operation"] == operation]
        return len({one["socketId"] for one in entries if one.get("refusal") == "wait-limit"}) >= sockets

    await threaded(wait_until, met)


@needs_build
def test_waits_longer_than_the_daemon_does(tmp_path: pathlib.Path) -> None:
    async def main(rig: winsockd.Rig) -> None:
        server = await aio.start_server(echo, "127.0.0.1", 0, session=rig)
        async with server:
            # The accept, the receives of both ends and the poll meet the limit before anything comes.
            await limit_is_met(rig.session, "accept", 1)
            reader, writer = await aio.open_connection(*server.sockets[0].getsockname(), session=rig)
            own = await threaded(rig.create_connection, server.sockets[0].getsockname())
            waiting = asyncio.create_task(aio.call(own, "recv"))
            await limit_is_met(rig.session, "recv", 2)
            assert not waiting.done()
            writer.write(b"late")
            assert await reader.readexactly(4) == b"late"
            await aio.call(own, "send", data={"text": "later"})
            assert decoded((await waiting)["data"]) == b"later"
            with pytest.raises(OSError) as caught:
                await aio.call(own, "recv", timeoutMs=5000)
            assert caught.value.name == "wait-limit"
            writer.close()
            await writer.wait_closed()
            await threaded(own.close)

    with daemon(tmp_path, WINSOCKD_LIMITS_WAIT_SECONDS="1") as rig:
        run(main(rig))
