"""
A plugin of pytest for pytest.ts: writes one line of JSON for each test, to the file that the environment names
as PYTEST_RESULTS.
"""

import json
import os

FILE = open(os.environ["PYTEST_RESULTS"], "a", encoding="utf-8") if "PYTEST_XDIST_WORKER" not in os.environ else None


def pytest_collectreport(report):
    if not report.passed:
        write(report, report.nodeid)


def pytest_runtest_logreport(report):
    name = report.nodeid
    part = getattr(report, "context", None)  # of a subtest, which counts only if it fails
    if part is not None:
        if report.passed:
            return
        name += f" ({part.msg or ''} {dict(part.kwargs)})"
    elif report.when != "call" and report.passed:
        return
    write(report, name if report.when != "teardown" else f"{name} (teardown)")


def write(report, name):
    if FILE is None:
        return
    file, _, test = name.partition("::")
    result = {"file": file.rpartition("/")[2], "test": test or "collection", "outcome": report.outcome}
    if report.outcome == "failed":
        sections = [f"{title}\n{text}" for title, text in report.sections]
        result["text"] = "\n".join([report.longreprtext, *sections])
    elif hasattr(report, "wasxfail"):
        result["text"] = f"known to fail: {report.wasxfail}"
    elif report.outcome == "skipped":
        result["text"] = str(report.longrepr[2]).removeprefix("Skipped").removeprefix(": ")
    FILE.write(json.dumps(result) + "\n")
    FILE.flush()
