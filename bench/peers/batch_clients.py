"""
Programs with the Python client that make a lifecycle as one batch, and check the echo. The arguments: clients.py.
BENCH_TOKEN has the token.
"""
import base64
import os

import winsockd

from clients import DATA, measure

SENT = {"base64": base64.b64encode(DATA).decode()}


def connect(port):
    rig = winsockd.Rig(f"http://127.0.0.1:{port}", token=os.environ["BENCH_TOKEN"])
    session = rig.session

    def lifecycle(echo_port):
        address = {"family": "AF_INET", "address": "127.0.0.1", "port": echo_port}
        batch = rig.batch()
        opened = batch.add("socket", sessionId=session, family="AF_INET", type="SOCK_STREAM")["socketId"]
        batch.add("connect", socketId=opened, address=address)
        batch.add("send", socketId=opened, data=SENT)
        echo = batch.add("recv", socketId=opened, maxBytes=4096)
        batch.add("sendDisconnect", socketId=opened)
        end = batch.add("recv", socketId=opened, maxBytes=4096)
        batch.add("close", socketId=opened)
        batch.run()
        if base64.b64decode(echo["data"]["base64"]) != DATA or not end["eof"]:
            raise RuntimeError(f"{echo.result} came back, then {end.result}")

    return lifecycle


measure(connect)
