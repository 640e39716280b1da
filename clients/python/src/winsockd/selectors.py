"""A selector of the standard library's kind, for sockets of rigs and descriptors of this machine together."""

from __future__ import annotations

import selectors as _stdlib
from typing import Any, Iterable, List, Optional, Tuple

from .select import select


class RigSelector(_stdlib.SelectSelector):
    """As `selectors.SelectSelector`."""

    def _select(
        self, r: Iterable[Any], w: Iterable[Any], _: Iterable[Any], timeout: Optional[float] = None
    ) -> Tuple[List[Any], List[Any], List[Any]]:
        return select(r, w, [], None if timeout is None else max(0.0, timeout))


DefaultSelector = RigSelector
