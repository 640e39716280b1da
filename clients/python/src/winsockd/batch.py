"""Batches: calls that the daemon makes one after another, and that use the results of earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from .errors import RigError, error_of

if TYPE_CHECKING:
    from .rig import Rig


class Step:
    """
    A call of a batch. Before the batch has run, `step["socketId"]` stands for that member of its result, in the
    parameters of later steps. Afterwards it is the member itself.
    """

    def __init__(self, number: int, written: Dict[str, Any]) -> None:
        self._id = f"step{number}"
        self.written = {"id": self._id, **written}
        self._answer: Optional[Mapping[str, Any]] = None

    def __getitem__(self, name: str) -> Any:
        if self._answer is None:
            return {"$result": f"/{self._id}/{name.replace('~', '~0').replace('/', '~1')}"}
        return self.result[name]

    def at(self, pointer: str) -> Any:
        """Stands for the value at a JSON pointer into the result, such as `/localAddress/port`."""
        return {"$result": f"/{self._id}{pointer}"}

    @property
    def outcome(self) -> str:
        """`ok`, `expected`, `failed`, `skipped` or `cancelled`."""
        return str(self.answer["outcome"])

    @property
    def answer(self) -> Mapping[str, Any]:
        """All that the daemon answered about this step: outcome, runs, startedMs, durationMs, result, problem."""
        if self._answer is None:
            raise LookupError("the batch has not run")
        return self._answer

    @property
    def result(self) -> Mapping[str, Any]:
        """The result of its last run. Raises its error if it has none."""
        error = self.error
        if "result" not in self.answer:
            raise error or LookupError(f"{self.written['operation']}: {self.outcome}")
        found: Mapping[str, Any] = self.answer["result"]
        return found

    @property
    def error(self) -> Optional[RigError]:
        """The error of its last run; None if there was none."""
        problem = self.answer.get("problem")
        return None if problem is None else error_of(problem)

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Takes what the daemon answered about this step."""
        self._answer = answer


class Batch:
    """
    Up to 1,000 calls in one request.

        batch = rig.batch()
        opened = batch.add("socket", sessionId=session, family="AF_INET")
        batch.add("connect", socketId=opened["socketId"], address=address)
        batch.run()

    docs/json-rpc.md describes the rules.
    """

    def __init__(self, rig: "Rig", on_error: str = "stop", timeout: Optional[float] = None) -> None:
        self._rig = rig
        self._on_error = on_error
        self._timeout = timeout
        self.steps: List[Step] = []
        #: `completed`, `failed` or `cancelled`; None before it has run.
        self.outcome: Optional[str] = None

    def add(
        self,
        operation: str,
        /,
        *,
        expect: Optional[Mapping[str, Any]] = None,
        expect_error: Optional[str] = None,
        repeat: Optional[int] = None,
        **params: Any,
    ) -> Step:
        """
        Adds a call, by the names of docs/operations.md. Sessions and sockets may stand in place of their ids.

        expect: JSON pointers into the result, and the value that must be at each.
        expect_error: the name of the code or refusal that the call must fail with.
        repeat: how often it runs; the first failure ends it.
        """
        written: Dict[str, Any] = {"operation": operation}
        written["params"] = {name: _plain(value) for name, value in params.items() if value is not None}
        more = {"expect": expect, "expectError": expect_error, "repeat": repeat}
        written.update({name: value for name, value in more.items() if value is not None})
        step = Step(len(self.steps), written)
        self.steps.append(step)
        return step

    def run(self, check: bool = True) -> "Batch":
        """
        Makes the calls.

        check: raises the error of the first step that failed. What the steps did stays done, unless the batch
            cleans up.
        """
        patience = self._rig.patience * 10
        self.take(self._rig.call_with(self.request(), "batch", None, patience), check)
        return self

    @property
    def rig(self) -> "Rig":
        """The rig that makes the calls."""
        return self._rig

    def request(self) -> Dict[str, Any]:
        """The parameters of the method `batch`."""
        params: Dict[str, Any] = {"steps": [step.written for step in self.steps], "onError": self._on_error}
        if self._timeout is not None:
            params["timeoutMs"] = max(1, round(self._timeout * 1000))
        return params

    def take(self, answer: Mapping[str, Any], check: bool) -> None:
        """Takes the answer to `request`. check: as in `run`."""
        self.outcome = str(answer["outcome"])
        for step, about in zip(self.steps, answer["steps"]):
            step.answered(about)
        if check and self.outcome != "completed":
            raise self._failure()

    def _failure(self) -> Exception:
        for step in self.steps:
            if step.outcome in ("failed", "cancelled"):
                unmet = step.answer.get("unmet")
                if unmet:
                    return AssertionError(f"{step.written['operation']}: {', '.join(unmet)} of {step.answer['result']}")
                return step.error or AssertionError(f"{step.written['operation']} has not failed")
        return TimeoutError("the batch has not run to its end")


def _plain(value: Any) -> Any:
    return getattr(value, "winsockd_id", value)
