"""The part of the socket class that sends."""

from __future__ import annotations

import errno
import os
import socket as _stdlib
import time
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Tuple

from .. import constants, control_data
from ..errors import RefusedError, TimedOutError, WinsockError, WinsockTimeoutError
from ._buffers import JSON_BYTES, MOST_BYTES, encoded, flat
from ._opened import OpenedSocket, add_flags


class Sending(OpenedSocket):
    """send and its kin."""

    def send(self, data: Any, flags: int = 0) -> int:
        """
        Sends bytes; a blocking socket sends all of them. Returns how many the provider has taken.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
        """
        view = flat(data)
        try:
            return self._send(view, flags, self.gettimeout())
        except WinsockError as error:
            sent = int(error.problem.get("bytesSent", 0))
            if sent > 0:
                return sent  # the next call meets the failure
            raise

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all bytes. The time-out counts for all of them together."""
        view = flat(data)
        timeout = self.gettimeout()
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = timeout if deadline is None or timeout == 0 else max(0.0, deadline - time.monotonic())
            if timeout and left == 0.0:
                raise TimedOutError()
            view = view[self._send(view, flags, left) :]
            if not view:
                return

    def _send(
        self,
        view: memoryview,
        flags: int,
        timeout: Optional[float],
        on_crossed: Optional[Callable[[Mapping[str, Any]], None]] = None,
    ) -> int:
        """
        Makes a call of a stream or datagram socket.

        on_crossed: takes the answer if a signal handler ended the wait. Raw bytes have none: it is sent in JSON.
        """
        handle = self.handle
        is_much = len(view) > JSON_BYTES and handle.kind == _stdlib.SOCK_STREAM
        if is_much and not flags and timeout != 0 and on_crossed is None:
            return self._send_as_they_are(view[:MOST_BYTES], timeout)
        piece = view[:MOST_BYTES] if handle.kind == _stdlib.SOCK_STREAM else view
        params = handle.params(data=encoded(piece))
        add_flags(params, flags, constants.SEND_FLAGS)
        return int(self._waits("send", params, on_crossed, flags, timeout)["bytesSent"])

    def _send_as_they_are(self, view: memoryview, timeout: Optional[float]) -> int:
        handle = self.handle
        rig = handle.session.rig
        patience = rig.patience + 60 + (timeout or 0)

        def send(limit: Optional[int]) -> int:
            try:
                return rig.http.send_bytes(handle.id, view, limit, patience)
            except (WinsockTimeoutError, RefusedError) as error:
                sent = int(error.problem.get("bytesSent", 0))
                if sent:
                    return sent  # the next call meets the failure
                raise

        return self._waits_for_raw_bytes(send, timeout)

    def sendto(self, data: Any, *flags_and_address: Any) -> int:
        """
        sendto(data, address) or sendto(data, flags, address).
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto
        """
        if not 1 <= len(flags_and_address) <= 2:
            raise TypeError(f"sendto() takes 2 or 3 arguments ({len(flags_and_address) + 1} given)")
        view = flat(data)
        flags = flags_and_address[0] if len(flags_and_address) == 2 else 0
        if not isinstance(flags, int):
            raise TypeError(f"an integer is required (got type {type(flags).__name__})")
        address = flags_and_address[-1]
        if address is None:
            raise TypeError("sendto(): AF_INET address must be tuple, not NoneType")
        params = self.handle.params(data=encoded(view), address=self._address(address, "sendto"))
        add_flags(params, flags, constants.SEND_FLAGS)
        return int(self._waits("sendTo", params, flags=flags)["bytesSent"])

    def sendmsg(self, buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: int = 0, address: Any = None) -> int:
        """
        Sends several buffers by one call, a datagram with control data too.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendmsg
        """
        if not isinstance(flags, int):
            raise TypeError(f"an integer is required (got type {type(flags).__name__})")
        views = [flat(one) for one in buffers]
        control = control_data.to_wire(_control_items(ancdata))
        handle = self.handle
        params = handle.params(buffers=[encoded(view) for view in views] or [encoded(memoryview(b""))])
        add_flags(params, flags, constants.SEND_FLAGS)
        if handle.kind == _stdlib.SOCK_STREAM:
            if control:
                raise OSError(errno.EOPNOTSUPP, "Winsock has no control data of a stream")
            if address is not None:
                self._address(address, "sendmsg")
                raise OSError(errno.EISCONN, "a stream is sent to its peer only")
            return int(self._waits("send", params, flags=flags)["bytesSent"])
        if address is not None:
            params["address"] = self._address(address, "sendmsg")
        if control:
            params["control"] = control
        return int(self._waits("sendMsg", params, flags=flags)["bytesSent"])

    def sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        """Sends a file from an offset to its end, or `count` bytes of it."""
        return int(self._sendfile_use_send(file, offset, count))  # type: ignore[attr-defined]

    def _sendfile_use_sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        """Programs that call it want a regular file; the bytes travel as those of `sendfile`."""
        try:
            os.fstat(file.fileno())
        except (AttributeError, OSError) as error:
            raise _stdlib._GiveupOnSendfile(error) from error  # type: ignore[attr-defined]
        return self.sendfile(file, offset, count)


def _control_items(ancdata: Iterable[Any]) -> List[Tuple[Any, Any, Any]]:
    items = []
    for item in ancdata:
        if not isinstance(item, Sequence) or isinstance(item, (str, bytes)) or len(item) != 3:
            raise TypeError("[sendmsg() ancillary data items (cmsg_level, cmsg_type, cmsg_data)] are needed")
        items.append((item[0], item[1], flat(item[2])))
    return items
