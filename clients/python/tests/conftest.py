"""
Fixtures for tests of the client. A daemon must run: WINSOCKD_URL and WINSOCKD_TOKEN say where. Tests that need one
of another configuration start it by the command in WINSOCKD_COMMAND.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

import pytest

import winsockd

#: How long a wait may take that should end at once.
LIMIT_SECONDS = 20.0


class Daemon:
    """A daemon of a test: its address and its token."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, token: str) -> None:
        self.process = process
        self.url = url
        self.token = token


@pytest.fixture
def rig() -> Iterator[winsockd.Rig]:
    """A rig of the common daemon."""
    with winsockd.Rig() as made:
        yield made


@pytest.fixture
def session(rig: winsockd.Rig) -> winsockd.Session:
    """The session of the rig."""
    return rig.session


@pytest.fixture
def pair(session: winsockd.Session) -> Iterator[Tuple[Any, Any]]:
    """Both ends of a connection."""
    with pair_of(session) as ends:
        yield ends


class pair_of:
    """Both ends of a connection in a session, closed at the end of the block."""

    def __init__(self, session: Any, **options: Any) -> None:
        with session.create_server(("127.0.0.1", 0), **options) as listener:
            self.client = session.create_connection(listener.getsockname(), **options)
            self.server, _ = listener.accept()

    def __enter__(self) -> Tuple[Any, Any]:
        return self.client, self.server

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.close()


@pytest.fixture(scope="module")
def start_daemon() -> Iterator[Callable[..., Daemon]]:
    """
    Starts a daemon whose configuration differs by the variables given, such as `WINSOCKD_DRAIN_SECONDS="1"`. It
    ends with the tests of the file.
    """
    command = os.environ.get("WINSOCKD_COMMAND")
    if command is None:
        pytest.skip("not installed: a daemon in WINSOCKD_COMMAND")
    with ExitStack() as ends:

        def start(**variables: str) -> Daemon:
            token = "token-of-a-test-0123456789"
            kept = {name: value for name, value in os.environ.items() if not name.startswith("WINSOCKD_")}
            env = {**kept, "WINSOCKD_PORT": "0", "WINSOCKD_HOST": "127.0.0.1", "WINSOCKD_TOKEN": token, **variables}
            process = subprocess.Popen(shlex.split(command), env=env, stdout=subprocess.PIPE, text=True)
            ends.callback(end_of, process)
            return Daemon(process, address_of(process), token)

        yield start


def address_of(process: "subprocess.Popen[str]") -> str:
    """The URL of a daemon, when it listens."""
    assert process.stdout is not None
    late = threading.Timer(LIMIT_SECONDS, process.kill)
    late.start()
    try:
        for line in process.stdout:
            found = re.search(r"listening on (https?://[^\s\"]+)", line)
            if found:
                return found[1]
        raise AssertionError("the daemon has not begun to listen")
    finally:
        late.cancel()


def end_of(process: "subprocess.Popen[Any]") -> None:
    """Ends a process, at last by force."""
    process.terminate()
    try:
        process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.fixture
def spawn() -> Iterator[Callable[..., "subprocess.Popen[Any]"]]:
    """Starts a program that ends with the test."""
    with ExitStack() as ends:

        def start(argv: List[str], **options: Any) -> "subprocess.Popen[Any]":
            process = subprocess.Popen(argv, **options)
            ends.callback(end_of, process)
            return process

        yield start


@pytest.fixture
def site(tmp_path: Any, spawn: Callable[..., Any]) -> Tuple[str, int]:
    """The address of the standard library's HTTP server, whose page `/page` is 100,000 bytes long."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page").write_bytes(b"0123456789" * 10_000)
    argv = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    server = spawn(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = re.search(r"port (\d+)", server.stdout.readline())
    assert found is not None
    return "127.0.0.1", int(found[1])


def needs(*tools: str) -> None:
    """Skips the test if a program is missing."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def ids_of(rig: winsockd.Rig) -> Set[str]:
    """The ids of the sessions of the owner."""
    return {str(about["sessionId"]) for about in rig.sessions()}


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Within the block this process gets no further descriptor."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fill: List[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        with pytest.raises(OSError):
            while True:
                fill.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in fill:
            os.close(descriptor)


def wait_until(holds: Callable[[], Any]) -> None:
    """Asks again and again until something holds. For what the daemon does without an answer that says so."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it has not come to hold"
        time.sleep(0.01)


class Thread(threading.Thread):
    """A thread whose result or exception its starter gets, by `result`."""

    def __init__(self, run: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._run = run
        self._found: Dict[str, Any] = {}
        self.start()

    def run(self) -> None:
        try:
            self._found["result"] = self._run()
        except BaseException as error:
            self._found["error"] = error

    def result(self, seconds: float = LIMIT_SECONDS) -> Any:
        """What it returned; raises what it raised."""
        self.join(seconds)
        assert not self.is_alive(), "the thread has not ended"
        if "error" in self._found:
            raise self._found["error"]
        return self._found["result"]
