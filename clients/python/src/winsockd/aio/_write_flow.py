"""The flow control of what a transport has to send."""

from __future__ import annotations

import asyncio
from typing import Any, Mapping, Optional, Tuple

#: As of the transports of asyncio.
_USUAL_HIGH = 64 * 1024


class WriteFlow(asyncio.Transport):
    """
    A transport that asks its protocol to pause when more bytes than the high water wait, and to resume when
    not more than the low water do.

    https://docs.python.org/3/library/asyncio-protocol.html#asyncio.BaseProtocol.pause_writing
    """

    def __init__(self, protocol: asyncio.BaseProtocol, extra: Mapping[str, Any]) -> None:
        super().__init__(extra)
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        #: What the daemon has not said to be sent.
        self._buffer = bytearray()
        self._has_paused_protocol = False
        self._low, self._high = _limits(None, None)

    def get_write_buffer_size(self) -> int:
        """The bytes that wait, with those of the send that is under way."""
        return len(self._buffer)

    def get_write_buffer_limits(self) -> Tuple[int, int]:
        """Low and high water, in bytes."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: Optional[int] = None, low: Optional[int] = None) -> None:
        """
        high, low: in bytes. Without `high` it is four times `low`, without both 64 KiB; without `low` it is a
        quarter of `high`.
        """
        self._low, self._high = _limits(high, low)
        self._pause_if_full()

    def _pause_if_full(self) -> None:
        if len(self._buffer) > self._high and not self._has_paused_protocol:
            self._has_paused_protocol = True
            self._tell("pause_writing")

    def _resume_if_drained(self) -> None:
        if self._has_paused_protocol and len(self._buffer) <= self._low:
            self._has_paused_protocol = False
            self._tell("resume_writing")

    def _tell(self, method: str) -> None:
        try:
            getattr(self._protocol, method)()
        except Exception as error:
            self._loop.call_exception_handler(
                {
                    "message": f"protocol.{method}() failed",
                    "exception": error,
                    "transport": self,
                    "protocol": self._protocol,
                }
            )


def _limits(high: Optional[int], low: Optional[int]) -> Tuple[int, int]:
    if high is None:
        high = _USUAL_HIGH if low is None else 4 * low
    if low is None:
        low = high // 4
    if not high >= low >= 0:
        raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
    return low, high
