"""
The pytest plugin: a rig for a run, a session for each test, and what it did in the report of a failure.

    def test_half_close(winsockd_session):
        with winsockd_session.create_connection(("127.0.0.1", 8000), timeout=5) as connection:
            connection.send_disconnect()
            assert connection.recv(1) == b""

    @pytest.mark.winsockd_fault("fail", operation="send", nth=2, code="WSAECONNRESET")
    def test_retry(winsockd_patch):
        fetch_with_the_code_under_test()

Fixtures:

- `winsockd_rig`, scope session: the `winsockd.Rig` of the run.
- `winsockd_session`: a session of its own for the test, which ends after it. It captures payload.
- `winsockd_patch`: the same session; the standard library opens its sockets in it meanwhile.

Markers:

- `winsockd(**settings)`: the settings of the test's session, as `Rig.begin_session` takes them. Of several
  markers the nearest one wins, setting by setting.
- `winsockd_fault(effect, **rule)`: a fault that is armed before the test, as `Session.arm_fault` takes it.
  Several are armed from the outermost to the innermost, those of a function from the top down.

A test that fails with a session has the section "winsockd journal" in its report. The journal as JSON lines
and the captures of its sockets are then in `tmp_path`, as `<session id>.ndjson` and `<socket id>.pcapng`.

Which daemon: the option `--winsockd-url`, the ini option `winsockd_url` or the environment variable
WINSOCKD_URL names one; the token comes from WINSOCKD_TOKEN or the token file. Otherwise a daemon is started
at the first use and stopped at the end of the run. `--winsockd-command` or the ini option `winsockd_command`
is its command line; without them it is `winsockd` on the PATH. It has the default configuration, unless the
command names another.

With pytest-xdist each worker has a connection of its own. The controller cannot know which tests need a
daemon, so it starts one for all workers only if a command is configured. Without one, each worker starts its
own at need. Sessions of one owner that name the same `lab_network` share it, also those of several workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List

import pytest

from . import _daemon

if TYPE_CHECKING:
    from ..rig import Rig
    from ..session import Session

#: The bytes of each send and receive that a capture keeps, unless a marker says otherwise: as many as it can.
_CAPTURE_BYTES = 65_536

#: The session of a test, for its report, and what has requested it. The fixtures of a test do not name a
#: session that was asked for by `getfixturevalue`.
_USE = pytest.StashKey["_Use"]()


class _Use:
    def __init__(self, session: "Session", request: pytest.FixtureRequest) -> None:
        self.session = session
        self.request = request


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("winsockd")
    url = "URL of a daemon of winsockd (otherwise WINSOCKD_URL, otherwise one is started)"
    command = "command line that starts a daemon of winsockd (default: winsockd)"
    group.addoption("--winsockd-url", metavar="URL", help=url)
    group.addoption("--winsockd-command", metavar="COMMAND", help=command)
    parser.addini("winsockd_url", url)
    parser.addini("winsockd_command", command)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "winsockd(**settings): settings of the test's session, as winsockd.Rig.begin_session takes them",
    )
    config.addinivalue_line(
        "markers",
        "winsockd_fault(effect, operation=..., nth=..., code=..., ...): a fault in the test's session, as "
        "winsockd.Session.arm_fault takes it",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the controller of pytest-xdist, for each worker: the daemon that all of them share."""
    node.workerinput.update(_daemon.for_workers(node.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    _daemon.stop(config)


@pytest.fixture(scope="session")
def winsockd_rig(pytestconfig: pytest.Config) -> Iterator["Rig"]:
    """The rig of the run, a `winsockd.Rig`."""
    address = _daemon.address(pytestconfig)
    from ..rig import Rig

    try:
        rig = Rig(address.url, token=address.token)
    except (OSError, LookupError, ValueError) as error:
        pytest.fail(f"no rig of winsockd at {address.url}: {error}", pytrace=False)
    with rig:
        yield rig


@pytest.fixture
def winsockd_session(winsockd_rig: "Rig", request: pytest.FixtureRequest) -> Iterator["Session"]:
    """A session of the test's own, a `winsockd.Session`, with the settings and faults of its markers."""
    settings: Dict[str, Any] = {"capture": _CAPTURE_BYTES}
    for mark in _outermost_first(request.node, "winsockd"):
        settings.update(mark.kwargs)
    with winsockd_rig.begin_session(**settings) as session:
        request.node.stash[_USE] = _Use(session, request)
        for mark in _outermost_first(request.node, "winsockd_fault"):
            session.arm_fault(*mark.args, **mark.kwargs)
        yield session


@pytest.fixture
def winsockd_patch(winsockd_session: "Session") -> Iterator["Session"]:
    """The session of the test, in which the standard library opens its sockets meanwhile."""
    with winsockd_session.patch():
        yield winsockd_session


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A fault that is never armed would let a test pass that tests nothing."""
    names: List[str] = getattr(item, "fixturenames", [])
    if "winsockd_session" not in names and any(mark.name == "winsockd_fault" for mark in item.own_markers):
        pytest.fail("the marker winsockd_fault needs the fixture winsockd_session or winsockd_patch", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report: pytest.TestReport = yield
    use = item.stash.get(_USE, None)
    if use is not None and report.failed and report.when != "teardown":
        from ..failure_files import section_of

        # A directory only for a test that has failed.
        report.sections.append(("winsockd journal", section_of(use.session, lambda: _tmp_path(use))))
    return report


def _tmp_path(use: _Use) -> Any:
    return use.request.getfixturevalue("tmp_path")


def _outermost_first(node: Any, name: str) -> "List[pytest.Mark]":
    marks: "List[pytest.Mark]" = list(node.iter_markers(name))
    return marks[::-1]
