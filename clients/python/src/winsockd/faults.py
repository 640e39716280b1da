"""Faults: armed rules that make calls fail, wait, transfer less, or lose their connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Optional

if TYPE_CHECKING:
    from .session import Session


class Fault:
    """An armed rule. As a context manager it is removed at the end of the block."""

    def __init__(self, session: "Session", about: Mapping[str, Any]) -> None:
        self._session = session
        #: The id, `flt_...`.
        self.id = str(about["faultId"])

    @property
    def winsockd_id(self) -> str:
        """The id, for parameters of calls."""
        return self.id

    def info(self) -> Mapping[str, Any]:
        """The rule, how many calls matched it (`calls`) and how many it hit (`hits`)."""
        found: Mapping[str, Any] = self._session.call("getFault", faultId=self.id)
        return found

    @property
    def hits(self) -> int:
        """How many calls it has hit."""
        return int(self.info()["hits"])

    def remove(self) -> None:
        """Removes the rule."""
        self._session.call("removeFault", faultId=self.id)

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, *_: object) -> None:
        if not self._session.is_ended:
            self.remove()

    def __repr__(self) -> str:
        return f"<winsockd.Fault {self.id}>"


class FaultMaker:
    """What faults can be armed on: a session, for all its sockets, or one socket."""

    def _fault_session(self) -> "Session":
        """The session of the fault."""
        raise NotImplementedError

    def _fault_socket(self) -> Optional[str]:
        """The id of the one socket that is meant."""
        return None

    def arm_fault(
        self,
        effect: str,
        *,
        operation: Optional[str] = None,
        code: Optional[str] = None,
        nth: Optional[int] = None,
        every: Optional[int] = None,
        times: Optional[int] = None,
        probability: Optional[float] = None,
        seed: Optional[int] = None,
        after_bytes: Optional[int] = None,
        phase: Optional[str] = None,
        delay_ms: Optional[int] = None,
        bytes: Optional[int] = None,
        freeze_ms: Optional[int] = None,
        bytes_per_second: Optional[int] = None,
        latency_ms: Optional[int] = None,
        jitter_ms: Optional[int] = None,
        then: Optional[str] = None,
        expires_ms: Optional[int] = None,
    ) -> Fault:
        """
        Arms a rule. docs/faults.md has the effects and what each of them takes.

        effect: `fail`, `delay`, `slice`, `reset`, `drop`, `freeze`, `bandwidth`, `latency`, `limit`, `slowClose`.
        operation: the call that it hits, such as `send`; all that move bytes or make connections otherwise.
        code: the name of the WSA code of `fail`. nth, every, times: which of the matching calls.
        """
        rule = {
            "operation": operation,
            "code": code,
            "nth": nth,
            "every": every,
            "times": times,
            "probability": probability,
            "seed": seed,
            "afterBytes": after_bytes,
            "phase": phase,
            "delayMs": delay_ms,
            "bytes": bytes,
            "freezeMs": freeze_ms,
            "bytesPerSecond": bytes_per_second,
            "latencyMs": latency_ms,
            "jitterMs": jitter_ms,
            "then": then,
            "expiresMs": expires_ms,
        }
        session = self._fault_session()
        return Fault(session, session.call("armFault", effect=effect, socketId=self._fault_socket(), **rule))
