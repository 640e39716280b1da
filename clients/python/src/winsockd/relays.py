"""Relays: every connection to a listening socket is joined to one to an upstream address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional

if TYPE_CHECKING:
    from .session import Session


class Relay:
    """A relay that runs, made by `start_relay` of a listening socket. It ends with a `with` block, or its session."""

    def __init__(self, session: "Session", about: Mapping[str, Any]) -> None:
        self._session = session
        #: The id, `rel_...`.
        self.id = str(about["relayId"])

    @property
    def winsockd_id(self) -> str:
        """The id, for parameters of calls."""
        return self.id

    def info(self) -> Mapping[str, Any]:
        """Its state, its counts and its pairs (`getRelay`)."""
        found: Mapping[str, Any] = self._session.call("getRelay", relayId=self.id)
        return found

    @property
    def pairs(self) -> List[Mapping[str, Any]]:
        """Its pairs of connections, the open ones and the last that have ended."""
        found: List[Mapping[str, Any]] = self.info().get("pairs", [])
        return found

    def pause(self) -> None:
        """Accepts no further connections for now."""
        self._update(paused=True)

    def go_on(self) -> None:
        """Accepts connections again."""
        self._update(paused=False)

    def set_faults(self, faults: List[Mapping[str, Any]]) -> None:
        """Replaces its faults, by rules as docs/relay.md has them."""
        self._update(faults=faults)

    def end(self, pairs: Optional[str] = None) -> None:
        """Ends it. pairs: `reset`, or `finish`, which lets open pairs come to their end."""
        self._session.call("endRelay", relayId=self.id, pairs=pairs)

    def _update(self, **changed: Any) -> None:
        self._session.call("updateRelay", relayId=self.id, **changed)

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        if not self._session.is_ended:
            self.end()

    def __repr__(self) -> str:
        return f"<winsockd.Relay {self.id}>"
