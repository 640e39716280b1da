"""
Starts a daemon whose policy allows every address, and runs modules of CPython's own tests on it, all at once. It is
to be run in a network namespace of its own, where such a daemon reaches nothing:

    unshare --net python in_namespace.py FOLDER MODULE... [--all]

FOLDER: for the results, see on_rig.py. WINSOCKD_COMMAND: the command of the daemon.
"""

import json
import os
import subprocess
import sys
from typing import Dict, List

from winsockd.local_daemon import LocalDaemon

HERE = os.path.dirname(os.path.abspath(__file__))

#: All addresses, as a system without a daemon allows them.
ALL = ["0.0.0.0/0", "::/0"]


def main(folder: str, arguments: List[str]) -> int:
    """Returns the number of modules that were not run to their end."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    config = os.path.join(folder, "winsockd.json")
    with open(config, "w") as file:
        json.dump({"policy": {"connect": {"allow": ALL}, "bind": {"allow": ALL}}}, file)
    options = [one for one in arguments if one.startswith("--")]
    modules = [one for one in arguments if one not in options]
    with LocalDaemon(f"{os.environ['WINSOCKD_COMMAND']} --config {config}") as daemon:
        env = {**os.environ, "WINSOCKD_URL": daemon.url, "WINSOCKD_TOKEN": daemon.token}
        return run(folder, modules, options, env)


def run(folder: str, modules: List[str], options: List[str], env: Dict[str, str]) -> int:
    """Runs the modules with the daemon in `env`."""
    runs = []
    for name in modules:
        work = os.path.join(folder, name)
        os.mkdir(work)
        argv = [sys.executable, os.path.join(HERE, "on_rig.py"), name, os.path.join(folder, f"{name}.jsonl")]
        runs.append(subprocess.Popen([*argv, *options], cwd=work, env=env))
    return sum(one.wait() != 0 for one in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
