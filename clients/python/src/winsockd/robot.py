"""
The library for Robot Framework.

    *** Settings ***
    Library    winsockd.robot.WinsockdLibrary    timeout=5 seconds

    *** Test Cases ***
    The Server Answers After A Half-Close
        ${socket} =    Open Socket
        Connect    ${socket}    127.0.0.1    8000
        Send Text    ${socket}    GET / HTTP/1.0\\r\\n\\r\\n
        Send Disconnect    ${socket}
        ${answer} =    Receive Until End    ${socket}
        Should Start With    ${answer}    ${{b'HTTP/1.0 200'}}
"""

from __future__ import annotations

import socket as _stdlib
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn, register_run_keyword

from . import constants
from .errors import TimedOutError
from .failure_files import section_of
from .faults import Fault
from .journal import lines_of
from .local_daemon import LocalDaemon
from .rig import Rig
from .session import Session
from .socket._rig_socket import socket as RigSocket

#: The bytes of each send and receive that captures keep: as many as a journal can.
_CAPTURE_BYTES = 65_536

_HOWS = {"SD_RECEIVE": _stdlib.SHUT_RD, "SD_SEND": _stdlib.SHUT_WR, "SD_BOTH": _stdlib.SHUT_RDWR}


class WinsockdLibrary:
    """
    Sockets of a Windows machine, opened by a daemon of winsockd.

    = Rig and sessions =

    A rig is a daemon. `Open Rig` says which; without it the first keyword that needs one takes it from the
    environment (WINSOCKD_URL). The token always comes from WINSOCKD_TOKEN or the token file of this machine,
    so that it stands in no suite and no log.

    Keywords act in the session that began last; without one they begin one. A session that began in a test
    ends with that test, one that began in the set-up of a suite ends with the suite. Its sockets close with
    it.

    = Failures =

    A call that fails has the name and the number of Winsock in its message, such as
    ``[WSAECONNRESET 10054]``. When a test fails, the journal of its sessions is logged at its end, and
    captures of their sockets are written to the output directory, as ``<socket id>.pcapng``.

    = Waiting =

    No keyword waits without end: the argument ``timeout`` of the library, 10 seconds unless given, is the
    limit of each wait of a socket. A wait that it ends fails with ``[WSAETIMEDOUT 10060]``.
    """

    ROBOT_LIBRARY_SCOPE = "SUITE"
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, timeout: timedelta = timedelta(seconds=10)) -> None:
        self.ROBOT_LIBRARY_LISTENER = self
        self._timeout = timeout.total_seconds()
        self._daemon: Optional[LocalDaemon] = None
        self._rig: Optional[Rig] = None
        #: Those that have not ended, in the order in which they began.
        self._sessions: List[Session] = []
        #: Those of them that began before the test.
        self._of_suite: List[Session] = []
        self._patch = ExitStack()

    # The listener

    def _start_test(self, data: Any, result: Any) -> None:
        self._of_suite = list(self._sessions)

    def _end_test(self, data: Any, result: Any) -> None:
        self._patch.close()
        if result.failed:
            for session in self._sessions:
                logger.info("winsockd journal\n" + section_of(session, _output_directory))
        for session in [one for one in self._sessions if one not in self._of_suite]:
            self.end_session(session)

    def _close(self) -> None:
        self._patch.close()
        self._close_rig()

    # Rig and sessions

    def open_rig(self, url: Optional[str] = None, command: Optional[str] = None, provider: Optional[str] = None) -> Rig:
        """
        Connects to a daemon, in place of the one before, whose sessions end.

        ``url``: where it is; otherwise WINSOCKD_URL.
        ``command``: a command line that starts a daemon for this suite, such as ``winsockd``.
        ``provider``: of the sockets that are opened without one: ``ws2_32``, ``posix`` or ``lab``.
        """
        if url and command:
            raise ValueError("a rig has a url or a command, not both")
        self._close_rig()
        if command:
            self._daemon = LocalDaemon(command)
            self._rig = Rig(self._daemon.url, token=self._daemon.token, provider=provider)
        else:
            self._rig = Rig(url, provider=provider)
        return self._rig

    def begin_session(
        self,
        version: str = "2.2",
        provider: Optional[str] = None,
        lab_network: Optional[str] = None,
        capture: int = _CAPTURE_BYTES,
    ) -> Session:
        """
        Begins a session (WSAStartup) and returns it. The keywords after it act in it.

        ``version``: of Winsock. ``provider``: of its sockets.
        ``lab_network``: the name of a network of the lab that sessions share.
        ``capture``: the bytes of each send and receive that captures keep.
        """
        session = (self._rig or self.open_rig()).begin_session(
            version=version, provider=provider, lab_network=lab_network, capture=capture
        )
        self._sessions.append(session)
        return session

    def end_session(self, session: Optional[Session] = None) -> None:
        """Ends a session, the current one unless given: its sockets close and its calls end."""
        ended = session or self._current()
        with ended:
            self._sessions.remove(ended)

    # Sockets

    def open_socket(
        self,
        family: str = "AF_INET",
        type: str = "SOCK_STREAM",
        provider: Optional[str] = None,
        session: Optional[Session] = None,
    ) -> RigSocket:
        """
        Opens a socket and returns it.

        ``family``: AF_INET, AF_INET6 or AF_UNIX. ``type``: SOCK_STREAM or SOCK_DGRAM.
        """
        opened = RigSocket(
            _number_of(constants.FAMILIES, family),
            _number_of(constants.TYPES, type),
            session=session or self._current(),
            provider=provider,
        )
        opened.settimeout(self._timeout)
        return opened

    def connect(self, socket: RigSocket, host: str, port: int) -> None:
        """Connects a socket."""
        with _limit_named(socket):
            socket.connect((host, port))

    def listen_on(self, socket: RigSocket, host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> int:
        """
        Binds a socket to an address and listens there. Returns the port.

        ``port``: 0 for any free one. ``backlog``: how many connections may wait.
        """
        socket.bind((host, port))
        socket.listen(backlog)
        return int(socket.getsockname()[1])

    def accept(self, socket: RigSocket) -> RigSocket:
        """Takes a connection of a listening socket: returns the socket of it."""
        with _limit_named(socket):
            accepted, _ = socket.accept()
        accepted.settimeout(self._timeout)
        return accepted

    def send_text(self, socket: RigSocket, text: str, encoding: str = "UTF-8") -> None:
        """Sends a text."""
        self.send_bytes(socket, text.encode(encoding))

    def send_bytes(self, socket: RigSocket, data: bytes) -> None:
        """Sends bytes. In a text each character is one of them, as everywhere in Robot Framework."""
        with _limit_named(socket):
            socket.sendall(data)

    def receive(self, socket: RigSocket, max_bytes: int = 65_536) -> bytes:
        """Receives what is there, or waits for it. Returns the bytes; none means that the peer has ended."""
        with _limit_named(socket):
            return socket.recv(max_bytes)

    def receive_until_end(self, socket: RigSocket) -> bytes:
        """Receives until the peer has ended its stream, and returns all bytes."""
        pieces = iter(lambda: self.receive(socket), b"")
        return b"".join(pieces)

    def send_disconnect(self, socket: RigSocket, data: Optional[bytes] = None) -> None:
        """
        Stops sending (WSASendDisconnect). The socket stays open and goes on receiving.

        ``data``: disconnect data, for a provider that carries it, such as the lab.
        """
        socket.send_disconnect(data)

    def receive_disconnect(self, socket: RigSocket) -> Optional[bytes]:
        """Stops receiving (WSARecvDisconnect). Returns the disconnect data of the peer, or None."""
        return socket.recv_disconnect()

    def shut_down(self, socket: RigSocket, how: str = "SD_SEND") -> None:
        """Ends a direction of a connection. ``how``: SD_RECEIVE, SD_SEND or SD_BOTH."""
        if how not in _HOWS:
            raise ValueError(f"how is one of {', '.join(_HOWS)}, not {how}")
        socket.shutdown(_HOWS[how])

    def close_socket(self, socket: RigSocket) -> None:
        """Closes a socket (closesocket)."""
        socket.close()

    def socket_state_should_be(self, socket: RigSocket, state: str) -> None:
        """Fails unless a socket is in a state, such as ``bound``, ``listening`` or ``connected``."""
        found = socket.info()["state"]
        if found != state:
            raise AssertionError(f"the socket is {found}, not {state}")

    # Faults

    def arm_fault(self, effect: str, socket: Optional[RigSocket] = None, **rule: Any) -> Fault:
        """
        Arms a fault in the current session, or on one ``socket``. Returns it; ``${fault.hits}`` counts hits.

        ``effect``: ``fail``, ``delay``, ``slice``, ``reset``, ``drop``, ``freeze``, ``bandwidth``,
        ``latency``, ``limit`` or ``slowClose``.
        ``rule``: ``operation``, ``code``, ``nth``, ``every``, ``times``, ``after_bytes``, ``delay_ms`` and
        the others of ``Session.arm_fault``.

        | Arm Fault    fail    operation=send    nth=3    code=WSAENETDOWN |
        """
        return (socket or self._current()).arm_fault(effect, **{name: _literal(one) for name, one in rule.items()})

    def remove_faults(self, session: Optional[Session] = None) -> None:
        """Removes all faults of a session, the current one unless given."""
        for fault in (session or self._current()).faults():
            fault.remove()

    def should_fail_with(self, name: str, keyword: str, *args: Any) -> str:
        """
        Runs a keyword and fails unless it fails with a code of Winsock, or with a refusal of the daemon.

        ``name``: such as ``WSAECONNRESET`` or ``destination-denied``. Returns the message of the failure.

        | Should Fail With    WSAESHUTDOWN    Send Text    ${socket}    too late |
        """
        status, message = BuiltIn().run_keyword_and_ignore_error(keyword, *args)
        if status == "PASS":
            raise AssertionError(f"{keyword} has not failed, and should with {name}")
        if f"[{name} " not in message and f"[{name}]" not in message:
            raise AssertionError(f"{keyword} should have failed with {name}, but: {message}")
        return str(message)

    # What has happened

    def journal(self, socket: Optional[RigSocket] = None, session: Optional[Session] = None) -> List[Mapping[str, Any]]:
        """
        Logs the journal of the current session, of another ``session``, or of one ``socket``. Returns
        its entries, the oldest first, each with ``operation``, ``outcome`` and more.
        """
        entries = socket.journal() if socket is not None else (session or self._current()).journal()
        logger.info("\n".join(lines_of(entries)))
        return entries

    def save_capture(self, socket: RigSocket, path: Optional[str] = None) -> str:
        """
        Writes a capture of a socket, to open in Wireshark. Returns its path.

        ``path``: ``<socket id>.pcapng`` in the output directory unless given.
        """
        place = Path(path) if path else _output_directory() / f"{socket.id}.pcapng"
        place.write_bytes(socket.capture())
        return str(place)

    # The standard library

    def patch_sockets(self) -> None:
        """
        From now on the standard library of Python opens its sockets in the current session, and so do all
        libraries that are built on it, until `Unpatch Sockets` or the end of the test.
        """
        self._patch.enter_context(self._current().patch())

    def unpatch_sockets(self) -> None:
        """Ends `Patch Sockets`."""
        self._patch.close()

    def _current(self) -> Session:
        return self._sessions[-1] if self._sessions else self.begin_session()

    def _close_rig(self) -> None:
        self._sessions.clear()
        if self._rig is not None:
            self._rig.close()
            self._rig = None
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None


@contextmanager
def _limit_named(socket: RigSocket) -> Iterator[None]:
    """Gives the end of a wait the name that it has in Winsock."""
    try:
        yield
    except TimedOutError as error:
        raise AssertionError(f"[{error.name} {error.code}] nothing within {socket.gettimeout()} s") from None


def _output_directory() -> Path:
    return Path(BuiltIn().get_variable_value("${OUTPUT DIR}"))


def _number_of(known: Mapping[int, str], name: str) -> int:
    numbers: Dict[str, int] = {each: number for number, each in known.items()}
    if name not in numbers:
        raise ValueError(f"{name} is none of {', '.join(numbers)}")
    return numbers[name]


def _literal(value: Any) -> Any:
    """A number of a suite, where every plain argument is a text."""
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value


# The arguments of the keyword that it runs are not to be replaced twice.
register_run_keyword(  # type: ignore[no-untyped-call]
    f"{__name__}.WinsockdLibrary", "should_fail_with", 1, deprecation_warning=False
)
