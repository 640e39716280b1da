"""
Clients of rpyc_rig.py, each a process, that repeat the seven calls of a lifecycle and check every echo.

    rpyc_clients.py PORT CLIENTS SECONDS PORT,PORT... PID        PID: the server, whose time is measured
"""
import json
import multiprocessing
import os
import sys
import time

import rpyc
from rpyc.core.stream import SocketStream

CALLS = 7
WARM_LIFECYCLES = 20
DATA = b"a" * 64


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def lifecycle(remote, port):
    began = time.perf_counter()
    opened = remote.socket(2, 1)
    opened.connect(("127.0.0.1", port))
    opened.send(DATA)
    received = opened.recv(4096)
    opened.shutdown(1)
    end = opened.recv(4096)
    opened.close()
    if received != DATA or end != b"":
        raise RuntimeError(f"{received!r} came back, then {end!r}")
    return time.perf_counter() - began


def client(number, port, seconds, ports, ready, results):
    stream = SocketStream.connect("127.0.0.1", port, nodelay=True)
    remote = rpyc.classic.connect_stream(stream).modules.socket
    for turn in range(WARM_LIFECYCLES):
        lifecycle(remote, ports[(turn + number) % len(ports)])
    ready.wait()
    took = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        took.append(lifecycle(remote, ports[(len(took) + number) % len(ports)]))
    results.put(took)


def main():
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    ports = [int(text) for text in sys.argv[4].split(",") if text]
    pid = int(sys.argv[5])
    ready = multiprocessing.Barrier(clients + 1)
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=client, args=(number, port, seconds, ports, ready, results), daemon=True)
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    ready.wait(60)
    before, began = cpu_of(pid), time.perf_counter()
    took = sorted(one for _ in processes for one in results.get(timeout=seconds + 60))
    after, ended = cpu_of(pid), time.perf_counter()
    print(
        json.dumps(
            {
                "calls": CALLS * len(took),
                "seconds": ended - began,
                "cpuMicroseconds": after - before,
                "passes": len(took),
                "p50": took[len(took) // 2] * 1e6,
                "p99": took[int(len(took) * 0.99)] * 1e6,
            }
        )
    )


main()
