"""
Clients of winsockd that make a lifecycle as one batch, with http.client, and check the echo. The arguments:
clients.py. BENCH_TOKEN and BENCH_SESSION have the token and the session.
"""
import base64
import http.client
import json
import os

from clients import DATA, measure

HEADERS = {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}", "Content-Type": "application/json"}
SOCKET = {"$result": "/s/socketId"}


def steps(port):
    address = {"family": "AF_INET", "address": "127.0.0.1", "port": port}
    opened = {"sessionId": os.environ["BENCH_SESSION"], "family": "AF_INET", "type": "SOCK_STREAM"}
    data = {"base64": base64.b64encode(DATA).decode()}
    return [
        {"id": "s", "operation": "socket", "params": opened},
        {"operation": "connect", "params": {"socketId": SOCKET, "address": address}},
        {"operation": "send", "params": {"socketId": SOCKET, "data": data}},
        {"operation": "recv", "params": {"socketId": SOCKET, "maxBytes": 4096}},
        {"operation": "sendDisconnect", "params": {"socketId": SOCKET}},
        {"operation": "recv", "params": {"socketId": SOCKET, "maxBytes": 4096}},
        {"operation": "close", "params": {"socketId": SOCKET}},
    ]


def connect(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def lifecycle(echo_port):
        connection.request("POST", "/v1/batch", json.dumps({"steps": steps(echo_port)}), HEADERS)
        answer = connection.getresponse()
        batch = json.loads(answer.read())
        if answer.status != 200 or batch["outcome"] != "completed":
            raise RuntimeError(f"{answer.status}: {batch}")
        received, end = (batch["steps"][at]["result"] for at in (3, 5))
        if base64.b64decode(received["data"]["base64"]) != DATA or not end["eof"]:
            raise RuntimeError(f"{received} came back, then {end}")

    return lifecycle


measure(connect)
