"""
CPython's own tests of `socket` and of what is built on it, unchanged, on a rig. Without the slow ones: with
CPYTHON_TESTS=all in the environment all of them run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from conftest import needs

import winsockd

HERE = Path(__file__).parent / "cpython"
sys.path.insert(0, str(HERE))

from cases import FAILING, MODULES  # noqa: E402

#: For all modules together.
LIMIT_SECONDS = 150

#: Interpreters that may have their tests installed: this one, and that of the system.
INTERPRETERS = (sys.executable, "/usr/bin/python3")

#: The cases that must have passed, at least.
LEAST = {"test_socket": 330, "test_xmlrpc": 80, "test_httpservers": 50, "test_wsgiref": 30, "test_smtplib": 80}
LEAST_OF_ALL = {"test_socket": 400, "test_xmlrpc": 90, "test_ftplib": 90}


def with_tests() -> str:
    """An interpreter with CPython's own tests. Skips if there is none."""
    for python in INTERPRETERS:
        found = subprocess.run([python, "-c", "import test.test_socket"], capture_output=True)
        if found.returncode == 0:
            return python
    pytest.skip("not installed: the tests of the interpreter (libpython3.X-testsuite)")


@pytest.fixture(scope="module")
def results(tmp_path_factory: Any) -> Iterator[Tuple[Path, str]]:
    """The folder of the results, and the output of the run."""
    needs("unshare", "ip")
    if "WINSOCKD_COMMAND" not in os.environ:
        pytest.skip("not installed: a daemon in WINSOCKD_COMMAND")
    folder = tmp_path_factory.mktemp("cpython")
    options = ["--all"] if os.environ.get("CPYTHON_TESTS") == "all" else []
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    argv = [*apart, with_tests(), str(HERE / "in_namespace.py"), str(folder), *MODULES, *options]
    env = {**os.environ, "PYTHONPATH": f"{Path(winsockd.__file__).parents[1]}:{HERE}"}
    ran = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS)
    yield folder, ran.stdout.decode(errors="replace")


@pytest.mark.parametrize("module", MODULES)
def test_cpython(results: Tuple[Path, str], module: str) -> None:
    folder, output = results
    file = folder / f"{module}.jsonl"
    assert file.exists(), output
    cases: List[Dict[str, str]] = [json.loads(line) for line in file.read_text().splitlines()]
    failed = {one["case"]: one["text"] for one in cases if one["outcome"] == "failed"}
    unexpected = {case: text for case, text in failed.items() if case not in FAILING}
    assert not unexpected, "\n".join(f"{case}\n{text}" for case, text in unexpected.items())
    ran = {one["case"] for one in cases}
    expected = {case for case in FAILING if case in ran}
    assert expected == set(failed), f"passes now: {expected - set(failed)}"
    passed = sum(one["outcome"] == "passed" for one in cases)
    least = LEAST_OF_ALL if os.environ.get("CPYTHON_TESTS") == "all" else LEAST
    assert passed >= least.get(module, 1), f"only {passed} cases passed\n{output[-4000:]}"
    print(f"{module}: {passed} passed, {len(failed)} failed, {len(cases) - passed - len(failed)} skipped")
