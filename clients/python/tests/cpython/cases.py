"""Which cases of CPython's own tests Winsock can have, which the client does not pass, and which take long."""

from typing import Dict, Optional, Tuple

#: The modules whose sockets are on the rig.
MODULES = ("test_socket", "test_xmlrpc", "test_httpservers", "test_wsgiref", "test_smtplib", "test_ftplib")

#: Parts of the names of classes whose subject Winsock has not, or that stay on this machine within a patch.
_NOT_OF_WINSOCK: Dict[str, str] = {
    "UDPLITE": "Winsock has no UDP-Lite",
    "SCTP": "Winsock has no SCTP",
    "VSOCK": "Winsock has no AF_VSOCK",
    "CAN": "Winsock has no CAN bus",
    "ISOTP": "Winsock has no CAN bus",
    "J1939": "Winsock has no CAN bus",
    "RDS": "Winsock has no RDS",
    "QIPCRTR": "Winsock has no AF_QIPCRTR",
    "TIPC": "Winsock has no TIPC",
    "CryptoAPI": "Winsock has no AF_ALG",
    "Bluetooth": "the daemon opens no AF_BTH",
    "SCMRights": "Winsock passes no descriptors",
    "SendRecvFds": "Winsock passes no descriptors",
    "LinuxAbstractNamespace": "Winsock has no abstract names",
    "UnixStream": "AF_UNIX stays on this machine",
    "UnixDomain": "AF_UNIX stays on this machine",
}

#: Cases that fail on a rig, and why: on every provider.
FAILING: Dict[str, str] = {
    "test_socket.CreateServerTest.test_reuse_port": "Winsock has no SO_REUSEPORT",
    "test_socket.GeneralModuleTests.testRefCountGetNameInfo": (
        "it counts references while an exception is handled: a function in Python holds its parameters then"
    ),
}

#: The same, on ws2_32 under Wine, where they are run by hand.
FAILING_UNDER_WINE: Dict[str, str] = {
    **FAILING,
    "test_socket.GeneralModuleTests.testGetServBy": "Wine has no names of services",
    "test_socket.GeneralModuleTests.testGetaddrinfo": "Wine has no names of services",
    **{
        f"test_socket.SendmsgTCPTest.{case}": "on a slow machine: it needs 7,700 sends in five seconds"
        for case in ("testSendmsgDontWait", "testSendmsgTimeout")
    },
    **{
        f"test_socket.{name}RFC3542AncillaryUDP6Test.{case}": "Wine ignores IPV6_HOPLIMIT of WSASendMsg"
        for name in ("Recvmsg", "RecvmsgInto")
        for case in ("testSetHopLimit", "testSetTrafficClassAndHopLimit", "testOddCmsgSize")
    },
}

#: Classes and cases that wait for a second or more, or do over a rig what others do, and are left out unless all are
#: asked for.
_SLOW: Tuple[str, ...] = (
    "InterruptedSendTimeoutTest",
    "MultiPathServerTestCase",
    "NetworkConnectionBehaviourTest",
    "SendfileUsingSendfileTest",
    "TCPCloserTest",
    "TCPTimeoutTest",
    "UDPTimeoutTest",
    "test_mlsd",
    "test_sendall_interrupted",
    "test_storlines",
    "testNonRegularFile",
    "testReadAfterTimeout",
    "testSendmsgDontWait",
    "testSendmsgTimeout",
    "testWithTimeout",
)


def not_of_winsock(test_class: str) -> Optional[str]:
    """Why Winsock cannot have the cases of a class; None if it can."""
    return next((why for part, why in _NOT_OF_WINSOCK.items() if part in test_class), None)


def is_slow(case: str) -> bool:
    """Whether a case waits for long."""
    return any(part in case for part in _SLOW)
