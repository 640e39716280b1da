"""
Bytes in bulk between two ends in Python, each a process: through a socket of a rig, or a local one through a relay.
The arguments of the program:

    up|down BYTES rig PORT        PORT: of the daemon. BENCH_TOKEN has its token
    up|down BYTES relay           the port of the relay comes from standard input, when the far end listens

It prints the port of the far end, then how long it took as a line of JSON. up: the near end sends; it is over when
the far end has all bytes. down: the far end sends; it is over when the near end has read to the end.
"""
import json
import multiprocessing
import os
import socket
import sys
import time

import winsockd

PIECE = 1024 * 1024


def send(connection, count):
    piece = bytes(PIECE)
    for _ in range(count // PIECE):
        connection.sendall(piece)
    connection.shutdown(socket.SHUT_WR)


def receive(connection):
    buffer = bytearray(PIECE)
    total = 0
    while received := connection.recv_into(buffer):
        total += received
    return total


def far_end(listener, way, count, done):
    connection, _ = listener.accept()
    with connection:
        if way == "down":
            send(connection, count)
        done.put(receive(connection))


def near_socket(address, through, arguments):
    if through == "relay":
        return socket.create_connection(("127.0.0.1", int(sys.stdin.readline())))
    rig = winsockd.Rig(f"http://127.0.0.1:{arguments[0]}", token=os.environ["BENCH_TOKEN"])
    return rig.create_connection(address)


def main(way, count, through, *arguments):
    count = int(count)
    listener = socket.create_server(("127.0.0.1", 0))
    done = multiprocessing.Queue()
    far = multiprocessing.Process(target=far_end, args=(listener, way, count, done), daemon=True)
    far.start()
    print(listener.getsockname()[1], flush=True)
    near = near_socket(listener.getsockname(), through, arguments)
    began = time.perf_counter()
    if way == "up":
        send(near, count)
        total = done.get(timeout=120)
    else:
        total = receive(near)
    seconds = time.perf_counter() - began
    near.close()
    if total != count:
        raise RuntimeError(f"{total} of {count} bytes arrived")
    print(json.dumps({"seconds": seconds}), flush=True)


main(*sys.argv[1:])
