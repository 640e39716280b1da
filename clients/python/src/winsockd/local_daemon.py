"""A daemon as a process of this program, for a run of tests that was given no rig."""

from __future__ import annotations

import os
import queue
import re
import secrets
import shlex
import shutil
import subprocess
import threading
from collections import deque
from typing import Deque, Dict, List, Optional

#: Seconds that a daemon has for its start.
_START_SECONDS = 30.0

#: Seconds that it has for its end. It gives lingering closes ten of them.
_STOP_SECONDS = 20.0

#: Lines of its output that are kept for the text of a failure.
_KEPT_LINES = 20

_LISTENING = re.compile(r"winsockd \S+ listening on (https?://[^\s\"]+)")


class DaemonNotStartedError(Exception):
    """A daemon could not be started. Its text says why, with the last lines of its output."""


class LocalDaemon:
    """
    Starts a daemon on a free port of 127.0.0.1 with a token of its own, and waits until it listens.

    command: its command line, such as `winsockd` or `node /opt/winsockd/dist/src/main.js`. A configuration
        comes from its `--config`: variables of the environment that begin with `WINSOCKD_` are not passed on.

    As a context manager it is stopped at the end of the block.

    Raises DaemonNotStartedError.
    """

    def __init__(self, command: str) -> None:
        #: The token of this daemon.
        self.token = secrets.token_urlsafe(32)
        self._lines: Deque[str] = deque(maxlen=_KEPT_LINES)
        self._found: "queue.SimpleQueue[Optional[str]]" = queue.SimpleQueue()
        self._process = _started(command, self.token)
        # Reads until the end, since a pipe that nobody reads fills.
        self._reader = threading.Thread(target=self._read, name="winsockd output", daemon=True)
        self._reader.start()
        #: Where it listens.
        self.url = self._address(command)

    def stop(self) -> None:
        """Ends the daemon by SIGTERM, on which it drains, and waits for it."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "LocalDaemon":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._lines.append(line.rstrip())
                match = _LISTENING.search(line)
                if match is not None:
                    self._found.put(match.group(1))
        self._found.put(None)

    def _address(self, command: str) -> str:
        try:
            url = self._found.get(timeout=_START_SECONDS)
            failure = "has ended at its start"
        except queue.Empty:
            url, failure = None, f"does not listen after {_START_SECONDS:.0f} s"
        if url is None:
            self.stop()
            self._reader.join(_STOP_SECONDS)
            output = "".join(f"\n  {line}" for line in self._lines)
            raise DaemonNotStartedError(f"the daemon {command!r} {failure}:{output or ' it printed nothing'}")
        return url


def _started(command: str, token: str) -> "subprocess.Popen[str]":
    words = _words(command)
    program = shutil.which(words[0]) if words else None
    if program is None:
        raise DaemonNotStartedError(f"there is no program {words[0] if words else ''!r} to start a daemon with")
    try:
        return subprocess.Popen(
            [program, *words[1:]],
            env=_environment(token),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise DaemonNotStartedError(f"the daemon {command!r} cannot be started: {error}") from error


def _words(command: str) -> List[str]:
    if os.name == "nt":  # where a backslash is part of a path
        return [word.strip('"') for word in shlex.split(command, posix=False)]
    return shlex.split(command)


def _environment(token: str) -> Dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("WINSOCKD_")}
    return {
        **kept,
        "WINSOCKD_HOST": "127.0.0.1",
        "WINSOCKD_PORT": "0",
        "WINSOCKD_TOKEN": token,
        "WINSOCKD_LOG_LEVEL": "info",
        "WINSOCKD_LOG_PRETTY": "off",
    }
