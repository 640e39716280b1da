"""
Runs a module of CPython's own tests with its sockets on a rig, whose address is in WINSOCKD_URL. The rest of the
interpreter's tests must be installed with it (on Debian `libpython3.X-testsuite`).

    python on_rig.py MODULE RESULTS [--all]

RESULTS: a file, which gets a line of JSON for each case: case, outcome, text.
"""

import faulthandler
import importlib
import json
import sys
import unittest
from typing import Any, Iterator, TextIO

from cases import is_slow, not_of_winsock

import winsockd

#: Seconds after which the stacks are shown and the run ends.
LIMIT_SECONDS = 200


class Recorder(unittest.TextTestResult):
    """Writes the outcome of each case when it has ended."""

    results: TextIO

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._ended = ("passed", "")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._ended = ("skipped", reason)

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._ended = ("failed", self.errors[-1][1])

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._ended = ("failed", self.failures[-1][1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._ended = ("failed", (self.failures + self.errors)[-1][1])

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        outcome, text = self._ended
        case = test.id().partition(".")[2]
        self.results.write(json.dumps({"case": case, "outcome": outcome, "text": text}) + "\n")
        self.results.flush()


def cases_of(suite: Any) -> Iterator[unittest.TestCase]:
    """The cases of a suite and the suites in it."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from cases_of(one)
        else:
            yield one


def main(name: str, results: str, *options: str) -> None:
    """Runs the module."""
    faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True)
    with open(results, "w") as file, winsockd.Rig() as rig, rig.patch():
        Recorder.results = file
        module = importlib.import_module(f"test.{name}")
        chosen = unittest.TestSuite(
            case
            for case in cases_of(unittest.defaultTestLoader.loadTestsFromModule(module))
            if not_of_winsock(type(case).__name__) is None and ("--all" in options or not is_slow(case.id()))
        )
        unittest.TextTestRunner(resultclass=Recorder, verbosity=0).run(chosen)


if __name__ == "__main__":
    main(*sys.argv[1:])
