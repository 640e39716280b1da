"""What clients in Python have in common: each a process, which repeats a lifecycle of seven calls."""
import json
import multiprocessing
import os
import sys
import time

CALLS = 7
WARM_LIFECYCLES = 20
DATA = b"a" * 64


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def client(connect, number, port, seconds, ports, ready, results):
    lifecycle = connect(port)
    for turn in range(WARM_LIFECYCLES):
        lifecycle(ports[(turn + number) % len(ports)])
    ready.wait()
    took = []
    began = time.perf_counter()
    end = began + seconds
    while began < end:
        lifecycle(ports[(len(took) + number) % len(ports)])
        ended = time.perf_counter()
        took.append(ended - began)
        began = ended
    results.put(took)


def measure(connect):
    """
    Prints the results as a line of JSON. The arguments of the program are

        PORT CLIENTS SECONDS PORT,PORT... PID        PID: the server, whose time is measured

    connect: makes, from the port of the server, a lifecycle that takes the port of the echo server.
    """
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    ports = [int(text) for text in sys.argv[4].split(",") if text]
    pid = int(sys.argv[5])
    ready = multiprocessing.Barrier(clients + 1)
    results = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(
            target=client, args=(connect, number, port, seconds, ports, ready, results), daemon=True
        )
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
