"""The library for Robot Framework, by suites that robot runs in a process of its own."""

import os
import re
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

pytest.importorskip("robot")

COMMAND = os.environ.get("WINSOCKD_COMMAND", "")
SUITES = Path(__file__).parent / "robot"

needs_rig = pytest.mark.skipif(
    not (os.environ.get("WINSOCKD_URL") and os.environ.get("WINSOCKD_TOKEN")),
    reason="WINSOCKD_URL and WINSOCKD_TOKEN name no daemon",
)
needs_command = pytest.mark.skipif(not COMMAND, reason="WINSOCKD_COMMAND names no daemon to start")


def run(suite, directory, env=None, **variables):
    """Runs a suite. Returns what robot has printed, and its tests by name: status, and all messages."""
    options = [f"--variable={name.upper()}:{value}" for name, value in variables.items()]
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(directory), *options, str(SUITES / suite)],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    tests = {}
    for test in ElementTree.parse(directory / "output.xml").iter("test"):
        messages = [one.text or "" for one in test.iter("msg")] + [one.text or "" for one in test.iter("status")]
        tests[test.get("name")] = test.find("status").get("status"), "\n".join(messages)
    return done.stdout + done.stderr, tests


@needs_rig
def test_all_tests_of_the_suite_pass(tmp_path):
    printed, tests = run("sockets.robot", tmp_path, python=sys.executable)
    assert len(tests) == 9
    assert {status for status, _ in tests.values()} == {"PASS"}, printed


@needs_rig
def test_a_failure_has_the_journal_in_the_log_and_leaves_captures(tmp_path):
    _, tests = run("failing.robot", tmp_path)
    status, messages = tests["A Receive Gets Something Else"]
    assert status == "FAIL"
    assert re.search(r"winsockd journal\n(.+\n)+.*  send  9 bytes\n", messages)
    captures = re.findall(r"^capture: (.+)$", messages, re.MULTILINE)
    assert len(captures) == 3
    for capture in captures:
        assert Path(capture).read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    status, messages = tests["A Keyword Fails Otherwise"]
    assert status == "FAIL"
    assert "should have failed with WSAECONNRESET, but: " in messages and "[WSAENOTCONN 10057]" in messages


@needs_command
def test_a_daemon_that_a_suite_has_started_is_gone_afterwards(tmp_path):
    env = {name: value for name, value in os.environ.items() if name not in ("WINSOCKD_URL", "WINSOCKD_TOKEN")}
    printed, tests = run("own_daemon.robot", tmp_path, env=env, command=COMMAND)
    assert [status for status, _ in tests.values()] == ["PASS"], printed
    [(host, port)] = re.findall(r"daemon at http://([\d.]+):(\d+)", printed)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5).close()
