"""The pytest plugin, by pytest's own pytester: each test runs a pytest of its own in a process."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

URL = os.environ.get("WINSOCKD_URL", "")
COMMAND = os.environ.get("WINSOCKD_COMMAND", "")

needs_rig = pytest.mark.skipif(
    not (URL and os.environ.get("WINSOCKD_TOKEN")), reason="WINSOCKD_URL and WINSOCKD_TOKEN name no daemon"
)
needs_command = pytest.mark.skipif(not COMMAND, reason="WINSOCKD_COMMAND names no daemon to start")

#: The first bytes of a pcapng file: the block type of a section header.
_PCAPNG = b"\x0a\x0d\x0d\x0a"

_RUN_SECONDS = 60

CONNECTED = """
    import pytest

    LOOPBACK = ("127.0.0.1", 0)

    @pytest.fixture
    def connected(winsockd_session):
        with winsockd_session.create_server(LOOPBACK) as listener:
            with winsockd_session.create_connection(listener.getsockname(), timeout=5) as near:
                listener.settimeout(5)
                far, _ = listener.accept()
                with far:
                    far.settimeout(5)
                    yield near, far
"""


@pytest.fixture
def away_from_rigs(monkeypatch):
    """No daemon is given by the environment, and none is on the PATH."""
    for name in ("WINSOCKD_URL", "WINSOCKD_TOKEN", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


def run(pytester, source, *options):
    pytester.makeconftest(CONNECTED)
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-rs", f"--basetemp={pytester.path / 'run'}", *options, timeout=_RUN_SECONDS)


def files_of(pytester):
    """The files that the tests of a run have left in their tmp_path."""
    return sorted(path for path in (pytester.path / "run").rglob("*") if path.is_file() and path.parent.is_dir())


def packets_of(capture: Path) -> str:
    """The packets of a capture, by tshark where it is installed."""
    if shutil.which("tshark") is None:
        return ""
    read = ["tshark", "-r", str(capture), "-T", "fields", "-e", "tcp.flags.str", "-e", "tcp.payload"]
    return subprocess.run(read, check=True, capture_output=True, text=True, timeout=30).stdout


@needs_rig
def test_a_failure_has_the_journal_and_leaves_captures_that_open(pytester):
    result = run(
        pytester,
        """
        def test_greeting(connected):
            near, far = connected
            near.sendall(b"too short")
            assert far.recv(100) == b"something else"
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert b'too short' == b'something else'", "*- winsockd journal -*"])
    result.stdout.re_match_lines([r".*  accept$", r".*  send  9 bytes$", r".*  recv  9 bytes$"])
    named = [Path(one) for one in re.findall(r"^(?:journal|capture): (.+)$", result.stdout.str(), re.MULTILINE)]
    assert sorted(named) == files_of(pytester)
    captures = [path for path in named if path.suffix == ".pcapng"]
    assert len(captures) == 3  # listener, near, far
    for capture in captures:
        assert capture.read_bytes()[:4] == _PCAPNG
    payloads = [packets_of(capture) for capture in captures]
    assert shutil.which("tshark") is None or sum(b"too short".hex() in one for one in payloads) == 2
    [journal] = [path for path in named if path.suffix == ".ndjson"]
    assert '"operation": "accept"' in journal.read_text()


@needs_rig
def test_sockets_that_were_closed_have_their_captures_too(pytester):
    result = run(
        pytester,
        """
        def test_late(winsockd_session):
            with winsockd_session.create_server(("127.0.0.1", 0)):
                pass
            assert not winsockd_session.sockets()
            raise RuntimeError("after the end")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: after the end", "capture: *.pcapng"])


@needs_rig
def test_a_socket_without_packets_has_no_capture(pytester):
    result = run(
        pytester,
        """
        import socket

        def test_local(winsockd_session):
            with winsockd_session.socket(socket.AF_UNIX):
                raise RuntimeError("local")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: local", "no capture of sck_*AF_UNIX*"])
    result.stdout.no_fnmatch_line("*not complete*")
    result.stdout.no_fnmatch_line("capture:*")


@needs_rig
def test_a_report_that_cannot_be_made_does_not_hide_the_failure(pytester):
    result = run(
        pytester,
        """
        def test_lost(winsockd_session):
            winsockd_session.rig.close()
            raise RuntimeError("why it has failed")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: why it has failed", "not complete: RigLostError: *"])


@needs_rig
def test_a_test_that_passes_writes_nothing(pytester):
    result = run(
        pytester,
        """
        def test_greeting(connected):
            near, far = connected
            near.sendall(b"hello")
            assert far.recv(100) == b"hello"
        """,
        "-rP",
    )
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*winsockd journal*")
    assert not [path for path in (pytester.path / "run").rglob("*")]


@needs_rig
def test_markers_set_faults_and_settings(pytester):
    result = run(
        pytester,
        """
        import pytest

        pytestmark = pytest.mark.winsockd(version="2.1", lease_seconds=77)

        @pytest.mark.winsockd_fault("fail", operation="send", nth=2, code="WSAENETDOWN")
        @pytest.mark.winsockd_fault("slice", operation="recv", bytes=3)
        def test_faults(connected, winsockd_session):
            near, far = connected
            assert near.send(b"abcdef") == 6
            assert far.recv(100) == b"abc"
            with pytest.raises(OSError) as caught:
                near.send(b"abcdef")
            assert caught.value.winerror == 10050
            assert [fault.info()["effect"] for fault in winsockd_session.faults()] == ["fail", "slice"]

        @pytest.mark.winsockd(version="2.0", provider="lab")
        def test_nearest_setting_wins(winsockd_session):
            assert winsockd_session.version == "2.0"
            assert winsockd_session.info()["leaseSeconds"] == 77
            assert winsockd_session.socket().info()["provider"] == "lab"

        def test_no_faults_are_left(winsockd_session):
            assert winsockd_session.version == "2.1"
            assert winsockd_session.faults() == []
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=3)


def test_a_fault_without_a_session_is_an_error(pytester):
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.winsockd_fault("fail", operation="send", code="WSAENETDOWN")
        def test_nothing():
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the marker winsockd_fault needs the fixture winsockd_session or winsockd_patch"])


@needs_rig
def test_each_session_ends_with_its_test(pytester):
    result = run(
        pytester,
        """
        ids = []

        def test_one(winsockd_session):
            ids.append(winsockd_session.id)

        def test_two(winsockd_session, winsockd_rig):
            live = [one["sessionId"] for one in winsockd_rig.sessions()]
            assert winsockd_session.id in live and ids[0] not in live
        """,
    )
    result.assert_outcomes(passed=2)


@needs_rig
def test_the_standard_library_is_on_the_rig_during_a_test(pytester):
    result = run(
        pytester,
        """
        import socket
        import threading
        import urllib.request
        import wsgiref.simple_server

        import pytest
        import winsockd.socket

        @pytest.mark.winsockd_fault("slice", operation="recv", bytes=10)
        def test_patched(winsockd_patch):
            def greet(environ, start_response):
                start_response("200 OK", [("Content-Length", "5")])
                return [b"hello"]

            assert socket.socket is winsockd.socket.socket
            with wsgiref.simple_server.make_server("127.0.0.1", 0, greet) as server:
                serving = threading.Thread(target=server.handle_request)
                serving.start()
                url = "http://127.0.0.1:%d/" % server.server_port
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(url, timeout=5) as answer:
                    assert answer.read() == b"hello"
                serving.join(5)
            assert winsockd_patch.faults()[0].hits > 1

        def test_restored(winsockd_session):
            assert socket.socket is not winsockd.socket.socket
        """,
    )
    result.assert_outcomes(passed=2)


@needs_rig
def test_workers_of_xdist_share_a_rig(pytester, monkeypatch):
    monkeypatch.delenv("WINSOCKD_URL")
    result = run(
        pytester,
        """
        import os
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_echo(connected, winsockd_session, number, record_property):
            near, far = connected
            near.sendall(b"%d" % number)
            assert far.recv(100) == b"%d" % number
            assert len(winsockd_session.sockets()) == 3
            assert number != 7, "of " + os.environ["PYTEST_XDIST_WORKER"]
        """,
        "-n4",
        f"--winsockd-url={URL}",
    )
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["E *AssertionError: of gw*", "*- winsockd journal -*", "capture: *.pcapng"])


WHERE = """
    import pathlib

    def test_where(winsockd_rig, winsockd_session):
        with open(pathlib.Path(__file__).parent / "where", "a") as file:
            file.write(winsockd_rig.settings.url + "\\n")
        assert winsockd_session.socket().id

    def test_where_once_more(winsockd_rig):
        test_where(winsockd_rig, winsockd_rig.session)
"""


def urls_of(pytester):
    return set((pytester.path / "where").read_text().split())


def assert_gone(url):
    import socket

    host, port = url.rpartition("/")[2].split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5).close()


@needs_command
def test_the_workers_share_a_daemon_that_is_gone_afterwards(pytester, away_from_rigs):
    result = run(pytester, WHERE, f"--winsockd-command={COMMAND}", "-n2", "--dist=each")
    result.assert_outcomes(passed=4)
    [url] = urls_of(pytester)
    assert_gone(url)


@needs_command
@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_without_xdist_a_daemon_on_the_path_is_started_once(pytester, away_from_rigs, monkeypatch):
    program = pytester.path / "bin" / "winsockd"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec {COMMAND}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    result = run(pytester, WHERE)
    result.assert_outcomes(passed=2)
    [url] = urls_of(pytester)
    assert_gone(url)


def test_no_url_and_no_command_is_said_clearly(pytester, away_from_rigs, monkeypatch):
    monkeypatch.setenv("PATH", str(pytester.path))
    result = run(pytester, "def test_it(winsockd_session): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no rig of winsockd: give its URL by --winsockd-url*no program 'winsockd'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["alone", "xdist"])
def test_a_daemon_that_does_not_start_is_said_clearly(pytester, away_from_rigs, workers):
    pytester.makeini("[pytest]\nwinsockd_command = sh -c 'echo the disk is full; exit 1'")
    result = run(pytester, "def test_it(winsockd_session): pass", *workers)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no rig of winsockd: *has ended at its start:", "*the disk is full)"])


def test_a_rig_that_is_not_there_is_said_clearly(pytester, away_from_rigs, monkeypatch):
    monkeypatch.setenv("WINSOCKD_TOKEN", "of nobody at all")
    result = run(pytester, "def test_it(winsockd_session): pass", "--winsockd-url=http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no rig of winsockd at http://127.0.0.1:9: *"])


def test_a_run_that_uses_no_rig_starts_no_daemon(pytester, away_from_rigs):
    result = run(pytester, "def test_it(): pass", "--winsockd-command=no-such-program")
    result.assert_outcomes(passed=1)
