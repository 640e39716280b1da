"""Which daemon a run of pytest uses, and who starts and stops it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, Mapping, NamedTuple, Optional

import pytest

if TYPE_CHECKING:
    from ..local_daemon import LocalDaemon

_DEFAULT_COMMAND = "winsockd"

_NO_DAEMON = (
    "no rig of winsockd: give its URL by --winsockd-url, the ini option winsockd_url or WINSOCKD_URL, or the "
    "command that starts a daemon by --winsockd-command or the ini option winsockd_command"
)

#: What the controller of pytest-xdist tells its workers.
_URL, _TOKEN, _FAILURE = "winsockd_url", "winsockd_token", "winsockd_failure"


class Address(NamedTuple):
    """Where a daemon is. token: None for that of the environment or the token file."""

    url: str
    token: Optional[str]


#: The daemon that this process has started.
_STARTED = pytest.StashKey["LocalDaemon"]()


def address(config: pytest.Config) -> Address:
    """The daemon of the run; starts one if there is none. Fails the test if that cannot be."""
    told: Mapping[str, str] = getattr(config, "workerinput", {})
    if _FAILURE in told:
        pytest.fail(told[_FAILURE], pytrace=False)
    if _URL in told:
        return Address(told[_URL], told[_TOKEN])
    url = _given_url(config)
    if url:
        return Address(url, None)
    from ..local_daemon import DaemonNotStartedError

    try:
        daemon = _started(config, _given_command(config) or _DEFAULT_COMMAND)
    except DaemonNotStartedError as error:
        pytest.fail(f"{_NO_DAEMON} ({error})", pytrace=False)
    return Address(daemon.url, daemon.token)


def for_workers(config: pytest.Config) -> Dict[str, str]:
    """What a worker of pytest-xdist has to know. Starts the daemon that all share, if it is configured."""
    command = _given_command(config)
    if _given_url(config) or not command:
        return {}
    from ..local_daemon import DaemonNotStartedError

    try:
        daemon = _started(config, command)
    except DaemonNotStartedError as error:
        return {_FAILURE: f"{_NO_DAEMON} ({error})"}
    return {_URL: daemon.url, _TOKEN: daemon.token}


def stop(config: pytest.Config) -> None:
    """Stops the daemon that this process has started."""
    daemon = config.stash.get(_STARTED, None)
    if daemon is not None:
        del config.stash[_STARTED]
        daemon.stop()


def _started(config: pytest.Config, command: str) -> "LocalDaemon":
    if _STARTED not in config.stash:
        from ..local_daemon import LocalDaemon

        config.stash[_STARTED] = LocalDaemon(command)
    return config.stash[_STARTED]


def _given_url(config: pytest.Config) -> Optional[str]:
    return _given(config, "winsockd_url") or os.environ.get("WINSOCKD_URL")


def _given_command(config: pytest.Config) -> Optional[str]:
    return _given(config, "winsockd_command")


def _given(config: pytest.Config, name: str) -> Optional[str]:
    found: Optional[str] = config.getoption(name) or config.getini(name)
    return found or None
