"""Programs that know nothing of rigs, run on one by `patch`."""

from __future__ import annotations

import asyncio
import ftplib
import hashlib
import http.client
import http.server
import io
import multiprocessing
import os
import re
import smtplib
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.request
import xmlrpc.client
import xmlrpc.server
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from certificates import Certificates, certificates
from conftest import LIMIT_SECONDS, Thread, needs, wait_until

import winsockd

__all__ = ["certificates"]

SERVERS = str(Path(__file__).with_name("foreign_servers.py"))


@pytest.fixture
def foreign(spawn: Callable[..., Any]) -> Callable[..., int]:
    """Starts a server of `foreign_servers.py`; returns its port."""

    def start(*arguments: str, **options: Any) -> int:
        argv = [sys.executable, "-u", SERVERS, *arguments]
        server = spawn(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options)
        start.process = server  # type: ignore[attr-defined]
        return int(server.stdout.readline())

    return start


@pytest.fixture(params=["websocket", "http"])
def patched(request: pytest.FixtureRequest) -> Iterator[winsockd.Session]:
    """A patch in force, over each way of calls. At its end no socket of the rig is open."""
    with winsockd.Rig(transport=request.param) as made, made.patch() as session:
        yield session
        wait_until(lambda: session.sockets() == [])


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """A server of socketserver's kind that serves for the block."""
    thread = Thread(lambda: server.serve_forever(0.05))
    try:
        with server:
            yield server
            server.shutdown()
    finally:
        thread.result()


# Servers on the rig


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass


def test_curl_fetches_from_http_server(patched: Any, tmp_path: Path) -> None:
    needs("curl")
    (tmp_path / "small").write_bytes(b"hello")
    big = os.urandom(1024 * 1024) * 20
    (tmp_path / "big").write_bytes(big)
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=tmp_path))) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        assert isinstance(server.socket, winsockd.socket.socket)
        curl = ["curl", "-sS", "--fail", "--max-time", "20", "-w", "%{http_code} %{num_connects}\n"]
        into = ["-o", str(tmp_path / "fetched"), f"{url}/big", "-o", str(tmp_path / "again"), f"{url}/small"]
        ended = subprocess.run([*curl, *into], capture_output=True, text=True, timeout=LIMIT_SECONDS)
        assert (ended.stdout, ended.stderr) == ("200 1\n200 0\n", "")
    assert (tmp_path / "fetched").read_bytes() == big
    assert (tmp_path / "again").read_bytes() == b"hello"


def test_https_server_of_the_standard_library(patched: Any, tmp_path: Path, certificates: Certificates) -> None:
    needs("curl")
    (tmp_path / "page").write_bytes(b"0123456789" * 50_000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=tmp_path))
    server.socket = certificates.server_context().wrap_socket(server.socket, server_side=True)
    with serving(server):
        url = f"https://localhost:{server.server_address[1]}/page"
        curl = ["curl", "-sS", "--fail", "--max-time", "20", "--cacert", certificates.path("ca"), url]
        ended = subprocess.run(curl, capture_output=True, timeout=LIMIT_SECONDS)
        assert (ended.stdout, ended.stderr) == (b"0123456789" * 50_000, b"")


def test_socketserver_with_local_clients(rig: Any) -> None:
    class Upper(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(line.upper())

    class UpperDatagram(socketserver.DatagramRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.read().upper())

    stream, datagrams = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    with stream, datagrams, rig.patch():
        stream.settimeout(LIMIT_SECONDS)
        datagrams.settimeout(LIMIT_SECONDS)
        with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper)) as server:
            stream.connect(server.server_address)
            stream.sendall(b"one\ntwo\n")
            with stream.makefile("rb") as lines:
                assert [lines.readline(), lines.readline()] == [b"ONE\n", b"TWO\n"]
            stream.shutdown(socket.SHUT_WR)
            assert stream.recv(1) == b""
        with serving(socketserver.UDPServer(("127.0.0.1", 0), UpperDatagram)) as server:
            datagrams.sendto(b"three", server.server_address)
            assert datagrams.recvfrom(10) == (b"THREE", server.server_address)


def test_xmlrpc(patched: Any) -> None:
    server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
    server.register_function(pow)
    with serving(server):
        with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.server_address[1]}") as proxy:
            assert [proxy.pow(2, number) for number in range(5)] == [1, 2, 4, 8, 16]
            with pytest.raises(xmlrpc.client.Fault):
                proxy.pow("x", 1)


# HTTP clients


def test_urllib_and_http_client(patched: Any, site: Any) -> None:
    host, port = site
    with urllib.request.urlopen(f"http://{host}:{port}/page", timeout=LIMIT_SECONDS) as answer:
        assert answer.read() == b"0123456789" * 10_000
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT_SECONDS)
    connection.request("GET", "/missing")
    assert isinstance(connection.sock, winsockd.socket.socket)
    assert connection.getresponse().status == 404
    connection.close()


def test_requests(patched: Any, foreign: Any) -> None:
    requests = pytest.importorskip("requests")
    url = f"http://127.0.0.1:{foreign('http')}"
    body = os.urandom(3_000_000)
    with requests.Session() as client:
        client.trust_env = False
        assert client.post(url, data=body, timeout=LIMIT_SECONDS).content == body
        with pytest.raises(requests.ConnectionError):
            client.get("http://127.0.0.1:1/", timeout=LIMIT_SECONDS)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_requests_keeps_its_connection(patched: Any, foreign: Any, certificates: Any, scheme: str) -> None:
    requests = pytest.importorskip("requests")
    from urllib3.util.connection import is_connection_dropped

    port = foreign("http", *([certificates.path("server")] if scheme == "https" else []))
    url = f"{scheme}://localhost:{port}"
    with requests.Session() as client:
        client.trust_env, client.verify = False, certificates.path("ca")
        get = partial(client.get, timeout=LIMIT_SECONDS)
        first = get(url).text
        assert (get(url).text, get(f"{url}/close").text) == (first, first)
        pool = client.get_adapter(url).poolmanager.connection_from_url(url, {"ca_certs": client.verify}).pool
        [connection] = [one for one in pool.queue if one is not None] or [None]
        if connection is not None:
            wait_until(lambda: is_connection_dropped(connection))
        second = get(url).text
        assert second != first
        assert get(url).text == second


def test_requests_and_the_certificate_of_openssl_s_server(
    rig: Any, spawn: Any, certificates: Certificates, tmp_path: Path
) -> None:
    needs("openssl")
    requests = pytest.importorskip("requests")
    (tmp_path / "page").write_bytes(b"0123456789" * 50_000)
    argv = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificates.path("server"), "-WWW"]
    server = spawn(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    port = next(int(found[1]) for line in server.stdout if (found := re.match(r"ACCEPT .*:(\d+)", line)))

    def get(host: str, ca: str) -> Any:
        with requests.Session() as client:
            client.trust_env = False
            return client.get(f"https://{host}:{port}/page", verify=certificates.path(ca), timeout=LIMIT_SECONDS)

    def failure(host: str, ca: str) -> List[type]:
        with pytest.raises(requests.RequestException) as caught:
            get(host, ca)
        return [type(caught.value), type(caught.value.args[0].reason)]

    refused = failure("localhost", "other-ca")
    with rig.patch():
        assert get("localhost", "ca").content == b"0123456789" * 50_000
        assert failure("localhost", "other-ca") == refused
    assert refused[0] is requests.exceptions.SSLError


def test_eight_threads_make_requests(patched: Any, foreign: Any) -> None:
    url = f"http://127.0.0.1:{foreign('http')}/"

    def fetch(number: int) -> int:
        body = bytes([number]) * 10_000
        with urllib.request.urlopen(url, body, timeout=LIMIT_SECONDS) as answer:
            return int(answer.read() == body)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(fetch, range(40))) == 40


# Mail and files


def test_smtplib(patched: Any, foreign: Any, certificates: Certificates) -> None:
    pytest.importorskip("aiosmtpd")
    port = foreign("smtp", certificates.path("server"))
    with smtplib.SMTP("localhost", port, timeout=LIMIT_SECONDS) as client:
        client.starttls(context=certificates.client_context())
        assert isinstance(client.sock, ssl.SSLSocket)
        assert client.sendmail("a@example.com", ["b@example.com"], "Subject: hello\r\n\r\nbody of the mail\r\n") == {}
    lines = iter(foreign.process.stdout.readline, "")
    assert next(line for line in lines if "body" in line) == "body of the mail\n"


class OnLoopback:
    """In active mode ftplib listens on every address, which the daemon's policy refuses. This one listens on one."""

    def makeport(self: Any) -> Any:
        listener = socket.create_server((self.sock.getsockname()[0], 0), backlog=1)
        self.sendport(*listener.getsockname())
        listener.settimeout(self.timeout)
        return listener


class FTP(OnLoopback, ftplib.FTP):
    pass


class TLS(OnLoopback, ftplib.FTP_TLS):
    pass


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("passive", [True, False])
def test_ftplib(patched: Any, foreign: Any, certificates: Certificates, tls: bool, passive: bool) -> None:
    pytest.importorskip("pyftpdlib")
    if tls:
        pytest.importorskip("OpenSSL")
    port = foreign("ftp", *([certificates.path("server")] if tls else []))
    body = os.urandom(300_000)
    with TLS(context=certificates.client_context()) if tls else FTP() as client:
        client.connect("localhost", port, timeout=LIMIT_SECONDS)
        client.login("user", "password")
        if isinstance(client, TLS):
            client.prot_p()
        client.set_pasv(passive)
        client.storbinary("STOR file", io.BytesIO(body))
        fetched: List[bytes] = []
        client.retrbinary("RETR file", fetched.append)
        assert hashlib.sha256(b"".join(fetched)).digest() == hashlib.sha256(body).digest()
        assert client.nlst() == ["file"]


# asyncio, subprocess, multiprocessing


def test_asyncio(patched: Any, foreign: Any) -> None:
    port = foreign("echo")
    body = os.urandom(1_000_000)

    async def echoed(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert isinstance(writer.get_extra_info("socket")._sock, winsockd.socket.socket)
        writer.write(body)
        received = await reader.readexactly(len(body))
        writer.close()
        await writer.wait_closed()
        return received

    async def serve(reader: Any, writer: Any) -> None:
        while True:
            received = await reader.read(65536)
            if not received:
                break
            writer.write(received)
            await writer.drain()
        writer.close()

    async def run() -> None:
        assert await echoed(port) == body
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        here = server.sockets[0].getsockname()[1]
        assert await asyncio.gather(*(echoed(here) for _ in range(3))) == [body] * 3
        # A thread wakes the loop by its own pipe, which is local, while sockets of the rig wait.
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        for _ in range(20):
            thread = Thread(lambda: loop.call_soon_threadsafe(woken.set))
            await asyncio.wait_for(woken.wait(), LIMIT_SECONDS)
            woken.clear()
            thread.result()
        server.close()
        await server.wait_closed()

    asyncio.run(asyncio.wait_for(run(), LIMIT_SECONDS))


def test_asyncio_with_tls(patched: Any, certificates: Certificates) -> None:
    body = os.urandom(500_000)

    async def serve(reader: Any, writer: Any) -> None:
        writer.write(await reader.readexactly(len(body)))
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificates.server_context())
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port, ssl=certificates.client_context())
        writer.write(body)
        assert await reader.readexactly(len(body)) == body
        writer.close()
        other = ssl.create_default_context(cafile=certificates.path("other-ca"))
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("localhost", port, ssl=other)
        server.close()
        await server.wait_closed()

    asyncio.run(asyncio.wait_for(run(), LIMIT_SECONDS))


def test_subprocess_communicates(patched: Any) -> None:
    text = "x" * 300_000
    program = "import sys; text = sys.stdin.read(); sys.stdout.write(text); sys.stderr.write(text)"
    ended = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, timeout=LIMIT_SECONDS
    )
    assert (ended.stdout, ended.stderr) == (text, text)
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", "import time; time.sleep(20)"], capture_output=True, timeout=0.2)


def test_multiprocessing_stays_local(patched: Any, tmp_path: Path) -> None:
    one, other = multiprocessing.Pipe()
    with one, other:
        assert not one.poll(0)
        other.send({"number": 1})
        assert one.poll(LIMIT_SECONDS) and one.recv() == {"number": 1}
    if hasattr(socket, "AF_UNIX"):
        with Listener(str(tmp_path / "socket"), authkey=b"key") as listener:
            client = Thread(lambda: Client(listener.address, authkey=b"key"))
            with listener.accept() as accepted, client.result() as connected:
                connected.send("hello")
                assert accepted.recv() == "hello"
    assert patched.sockets() == []


def test_threads_of_the_program_are_patched(patched: Any) -> None:
    made = Thread(socket.socket).result()
    with made:
        assert isinstance(made, winsockd.socket.socket)
    assert threading.active_count() < 20
