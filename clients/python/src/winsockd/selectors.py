"""A selector of the standard library's kind, for sockets of rigs and descriptors of this machine together."""

from __future__ import annotations

import selectors as _stdlib
import sys
from typing import Any, Iterable, List, Optional, Tuple

from .select import select

#: Where `select` has a failed connect in the except set.
_IS_WINDOWS = sys.platform == "win32"


class RigSelector(_stdlib.SelectSelector):
    """As `selectors.SelectSelector`."""

    def _select(
        self, r: Iterable[Any], w: Iterable[Any], _: Iterable[Any], timeout: Optional[float] = None
    ) -> Tuple[List[Any], List[Any], List[Any]]:
        seconds = None if timeout is None else max(0.0, timeout)
        readable, writable, failed = select(r, w, w if _IS_WINDOWS else [], seconds)
        return readable, writable + failed, []


DefaultSelector = RigSelector
