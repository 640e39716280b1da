"""Lets schemathesis reach live sockets: an id that it makes up, or keeps for too long, only ever gets 404 or 410.

Three calls of four get the id of a session or a socket that is there; which one follows from their number alone.
The environment names the daemon: DAEMON_URL and DAEMON_TOKEN.
"""

import itertools
import os

import requests
import schemathesis

URL = os.environ["DAEMON_URL"]
HEADERS = {"Authorization": f"Bearer {os.environ['DAEMON_TOKEN']}"}
LIMIT_SECONDS = 30
MOST = 50
LOOPBACK = {"family": "AF_INET", "address": "127.0.0.1"}
PROVIDERS = itertools.cycle(["posix", "lab"])

calls = itertools.count()
live = {"sessionId": [], "socketId": []}
ports = []


def ask(method, path, **params):
    """The result of a call that hooks make themselves; empty where it fails."""
    body = {"json": params} if method == "POST" else {}
    answer = requests.request(method, f"{URL}/v1/{path}", headers=HEADERS, timeout=LIMIT_SECONDS, **body)
    return answer.json() if answer.ok else {}


def keep(name, made):
    """Later calls may get the id, if there is one."""
    found = made.get(name)
    if found is not None and found not in live[name]:
        live[name].append(found)
        del live[name][:-MOST]
    return found


def open_sockets(provider):
    """One session with sockets in the states that matter: fresh, bound, listening, connected."""
    session = keep("sessionId", ask("POST", "startup"))

    def socket(kind, port=None):
        params = {"provider": provider, "family": "AF_INET", "type": kind}
        made = keep("socketId", ask("POST", f"sessions/{session}/sockets", **params))
        if port is not None:
            ask("POST", f"sockets/{made}/bind", address={**LOOPBACK, "port": port})
        return made

    socket("SOCK_STREAM")
    socket("SOCK_DGRAM", 0)
    listener = socket("SOCK_STREAM", 0)
    ask("POST", f"sockets/{listener}/listen", backlog=5)
    address = ask("GET", f"sockets/{listener}/sockName").get("address")
    if address is None:
        return  # a quota: earlier sessions have to run out first
    ports.append(address["port"])
    client = socket("SOCK_STREAM")
    ask("POST", f"sockets/{client}/connect", address=address)
    keep("socketId", ask("POST", f"sockets/{listener}/accept", timeoutMs=1000))
    ask("POST", f"sockets/{client}/send", data={"text": "hello"})


def is_over(response):
    """Whether the id of a call names nothing any more, or something of a session that waits for startup again."""
    status = response.status_code
    return status in (404, 410) or (status == 409 and response.json()["name"] == "WSANOTINITIALISED")


def keep_to_itself(case):
    """Asks nobody for a name, and connects to no port that another program, such as another test, may have."""
    call = case.operation.path.rsplit("/", 1)[-1]
    if not isinstance(case.body, dict):
        return
    if call in ("getAddrInfo", "getNameInfo"):
        case.body = {**case.body, "provider": "lab"}
    address = case.body.get("address")
    if call in ("connect", "sendTo", "sendMsg") and isinstance(address, dict) and "port" in address:
        case.body = {**case.body, "address": {**address, "port": ports[-1]}}


@schemathesis.hook
def before_call(context, case, kwargs):
    if not ports:
        open_sockets(next(PROVIDERS))
    keep_to_itself(case)
    number = next(calls)
    for name in live.keys() & (case.path_parameters or {}).keys():
        if number % 4 == 0:
            return
        if len(live[name]) < 4:
            open_sockets(next(PROVIDERS))
        if live[name]:
            case.path_parameters[name] = live[name][number % len(live[name])]


@schemathesis.hook
def after_call(context, case, response):
    for name, ids in live.items():
        used = (case.path_parameters or {}).get(name)
        if used in ids and is_over(response):
            ids.remove(used)
        if response.status_code < 300 and case.method == "POST":
            keep(name, response.json())
