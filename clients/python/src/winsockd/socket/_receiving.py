"""The part of the socket class that receives."""

from __future__ import annotations

import socket as _stdlib
from functools import partial
from typing import Any, Iterable, List, Mapping, Optional, Tuple

from .. import addresses, constants, control_data
from ..errors import RigError, TimedOutError
from ._buffers import JSON_BYTES, MOST_BYTES, decoded, scattered
from ._kept import keep_received, take_kept_bytes
from ._opened import OpenedSocket, add_flags

#: Room for all control data that Winsock gives at once.
_CONTROL_BYTES = 1024


class Receiving(OpenedSocket):
    """recv and its kin."""

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """
        Receives at most `bufsize` bytes; none means that the peer has ended its stream.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
        """
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if self.handle.kind != _stdlib.SOCK_STREAM:
            return self._take_message("recv", bufsize, flags)[0]
        return self._receive(bufsize, flags, self.gettimeout())

    def _receive(self, bufsize: int, flags: int, timeout: Optional[float]) -> bytes:
        handle = self.handle
        peeks = bool(flags & _stdlib.MSG_PEEK)
        is_urgent = bool(flags & _stdlib.MSG_OOB)
        if handle.kept_bytes and not is_urgent:
            kept = take_kept_bytes(handle, bufsize, peeks)
            if peeks or len(kept) == bufsize or not flags & _stdlib.MSG_WAITALL:
                return kept
            return self._receive_rest(kept, bufsize, flags, timeout)
        much = bufsize > JSON_BYTES and not flags
        if much and handle.receives_much and timeout != 0:
            received = self._receive_as_they_are(min(bufsize, MOST_BYTES), timeout)
        else:
            params = handle.params(maxBytes=min(bufsize, JSON_BYTES if much else MOST_BYTES))
            add_flags(params, flags, constants.RECV_FLAGS)
            # An urgent byte has no place among those of the stream.
            keep = None if peeks or is_urgent else partial(keep_received, handle)
            answer = self._waits("recv", params, keep, flags, timeout)
            received = decoded(answer["data"])
        handle.receives_much = len(received) >= JSON_BYTES
        return received

    def _receive_rest(self, kept: bytes, bufsize: int, flags: int, timeout: Optional[float]) -> bytes:
        """Bytes that were kept, and those that MSG_WAITALL wants beside them."""
        try:
            return kept + self._receive(bufsize - len(kept), flags, timeout)
        except (RigError, TimedOutError):
            return kept  # the next call meets the failure
        except BaseException:
            self.handle.kept_bytes.appendleft(kept)
            raise

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As recv, into a buffer. nbytes: at most; 0 for the length of the buffer."""
        view = _writable(buffer, nbytes, "recv_into")
        received = self.recv(len(view), flags)
        view[: len(received)] = received
        return len(received)

    def recvfrom(self, bufsize: int, flags: int = 0) -> Tuple[bytes, Any]:
        """
        Receives a datagram: its bytes, and the address of its sender.
        https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
        """
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        handle = self.handle
        if handle.kind == _stdlib.SOCK_STREAM:
            return self.recv(bufsize, flags), None
        received, answer = self._take_message("recvFrom", bufsize, flags)
        return received, _address_in(answer)

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> Tuple[int, Any]:
        """As recvfrom, into a buffer."""
        view = _writable(buffer, nbytes, "recvfrom_into")
        received, address = self.recvfrom(len(view), flags)
        view[: len(received)] = received
        return len(received), address

    def recvmsg(
        self, bufsize: int, ancbufsize: int = 0, flags: int = 0
    ) -> Tuple[bytes, List[control_data.ControlItem], int, Any]:
        """
        Receives bytes with control data: bytes, control items, flags of the message, address of the sender.
        https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg
        """
        if bufsize < 0:
            raise ValueError("negative buffer size in recvmsg()")
        return self._receive_message(bufsize, ancbufsize, flags)

    def recvmsg_into(
        self, buffers: Iterable[Any], ancbufsize: int = 0, flags: int = 0
    ) -> Tuple[int, List[control_data.ControlItem], int, Any]:
        """As recvmsg, into several buffers."""
        views = [_writable(one, 0, "recvmsg_into") for one in buffers]
        received, items, seen, address = self._receive_message(sum(map(len, views)), ancbufsize, flags)
        scattered(received, views)
        return len(received), items, seen, address

    def _receive_message(
        self, bufsize: int, ancbufsize: int, flags: int
    ) -> Tuple[bytes, List[control_data.ControlItem], int, Any]:
        if not 0 <= ancbufsize <= 0x7FFF_FFFF:
            raise ValueError("invalid ancillary data buffer length")
        handle = self.handle
        if handle.kind == _stdlib.SOCK_STREAM:
            return self.recv(bufsize, flags), [], 0, None
        received, answer = self._take_message("recvMsg", bufsize, flags, _CONTROL_BYTES)
        items, is_cut = control_data.from_wire(answer.get("control", ()), ancbufsize)
        seen = constants.MESSAGE_FLAGS.get("MSG_TRUNC", 0) if answer.get("truncated") else 0
        if is_cut or answer.get("controlTruncated"):
            seen |= constants.MESSAGE_FLAGS.get("MSG_CTRUNC", 0)
        return received, items, seen, _address_in(answer)

    def _take_message(
        self, operation: str, bufsize: int, flags: int, control_bytes: Optional[int] = None
    ) -> Tuple[bytes, Mapping[str, Any]]:
        """A datagram, and the answer that it came with: one that is kept, or that of the call."""
        handle = self.handle
        peeks = bool(flags & _stdlib.MSG_PEEK)
        if handle.kept_messages:
            answer = handle.kept_messages[0] if peeks else handle.kept_messages.popleft()
            return decoded(answer["data"])[:bufsize], answer
        params = handle.params(maxBytes=min(bufsize, MOST_BYTES), controlBytes=control_bytes)
        add_flags(params, flags, constants.RECV_FLAGS if control_bytes is None else constants.RECV_MSG_FLAGS)
        answer = self._waits(operation, params, None if peeks else handle.kept_messages.append, flags)
        return decoded(answer["data"]), answer

    def _receive_as_they_are(self, most: int, timeout: Optional[float]) -> bytes:
        handle = self.handle
        rig = handle.session.rig

        def receive(limit: Optional[int]) -> bytes:
            return rig.http.recv_bytes(handle.id, most, limit, rig.patience, handle.keep_bytes)

        return self._waits_for_raw_bytes(receive, timeout)


def _writable(buffer: Any, nbytes: int, function: str) -> memoryview:
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(f"{function}() argument 1 must be read-write bytes-like object, not {type(buffer).__name__}")
    view = view.cast("B")
    if nbytes < 0:
        raise ValueError(f"negative buffersize in {function}")
    if nbytes > len(view):
        raise ValueError("buffer too small for requested bytes")
    return view[:nbytes] if nbytes else view


def _address_in(answer: Mapping[str, Any]) -> Any:
    return addresses.from_wire(answer["address"]) if "address" in answer else None
