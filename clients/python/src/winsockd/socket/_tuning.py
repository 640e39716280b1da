"""The part of the socket class that has its options and ioctls."""

from __future__ import annotations

import errno
import socket as _stdlib
from typing import Any, Callable, Dict, Optional

from .. import options
from ..errors import RefusedError, errno_of
from ..winsock_tables import CODES
from ._handle import Handle
from ._opened import OpenedSocket

_FACTS: Dict[int, Callable[[Handle], int]] = {
    int(getattr(_stdlib, name)): fact
    for name, fact in (("SO_PROTOCOL", lambda handle: handle.proto), ("SO_DOMAIN", lambda handle: handle.family))
    if hasattr(_stdlib, name)
}


class Tuning(OpenedSocket):
    """Options and ioctls."""

    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> Any:
        """
        Numbers and values are those of this system.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt
        """
        handle = self.handle
        if not 0 <= buflen <= 1024:
            raise OSError(errno.EINVAL, "getsockopt buflen out of range")
        if level == _stdlib.SOL_SOCKET and optname in _FACTS:
            return _FACTS[optname](handle)
        chosen = options.option(level, optname)
        value = handle.call("getSockOpt", level=chosen.level, name=chosen.name)["value"]
        if chosen.name == "SO_ERROR" and value["integer"]:
            return _errno_of_code(int(value["integer"]))
        if chosen.name == "SO_REUSEADDR" and handle.reuses_address:
            value = {"boolean": True}
        return options.from_wire(chosen, value, buflen)

    def setsockopt(self, level: int, optname: int, value: Any, optlen: Optional[int] = None) -> None:
        """
        Numbers and values are those of this system.
        https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt
        """
        if value is None and optlen is None:
            raise TypeError("a value of None needs a length")
        chosen = options.option(level, optname)
        wire = options.to_wire(chosen, bytes(optlen or 0) if value is None else value)
        handle = self.handle
        try:
            handle.call("setSockOpt", level=chosen.level, name=chosen.name, value=wire)
        except RefusedError as refused:
            if chosen.name != "SO_REUSEADDR" or refused.name != "option-denied":
                raise
            # What programs of other systems mean by it, Winsock always does.
            handle.reuses_address = True

    def ioctl(self, request: str, value: Optional[int] = None, **argument: Any) -> Optional[int]:
        """
        An ioctl by its name, such as `FIONREAD`. argument: `keepAlive`, `initialRto`, `compatibilityMode`.
        https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls
        """
        found: Optional[int] = self.call("ioctl", request=request, value=value, **argument).get("value")
        return found


def _errno_of_code(code: int) -> int:
    return errno_of({"code": code, "name": CODES.get(code)}) if code in CODES else code
