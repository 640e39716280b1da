"""Lets schemathesis reach live sockets: an id that it invents, or keeps for too long, gets only 404 or 410.

Three of four calls get the id of a live session or socket; which one depends only on the number of the call.
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
    """Makes a call of the hooks; returns its result, or an empty one if it fails."""
    body = {"json": params} if method == "POST" else {}
    answer = requests.request(method, f"{URL}/v1/{path}", headers=HEADERS, timeout=LIMIT_SECONDS, **body)
    return answer.json() if answer.ok else {}


def keep(name, made):
    """Keeps an id of a result, if it has one, for later calls."""
    found = made.get(name)
    if found is not None and found not in live[name]:
        live[name].append(found)
        del live[name][:-MOST]
    return found


def open_sockets(provider):
    """Begins a session with sockets in several states: fresh, bound, listening, connected."""
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
        return  # a quota is reached, until earlier sessions expire
    ports.append(address["port"])
    client = socket("SOCK_STREAM")
    ask("POST", f"sockets/{client}/connect", address=address)
    keep("socketId", ask("POST", f"sockets/{listener}/accept", timeoutMs=1000))
    ask("POST", f"sockets/{client}/send", data={"text": "hello"})


def is_json(response):
    return "application/json" in str(response.headers.get("content-type"))


def is_over(response):
    """Whether the id of a call has ended, or its session has a start-up count of zero.

    A refusal has no name, such as that of a second relay of one listener.
    """
    status = response.status_code
    return status in (404, 410) or (status == 409 and response.json().get("name") == "WSANOTINITIALISED")


def keep_to_itself(case):
    """Prevents lookups by real name servers, connects to ports of other programs, such as other tests, and long waits."""
    call = case.operation.path.rsplit("/", 1)[-1]
    if call in ("sendBytes", "recvBytes"):
        # They wait for a minute without it, longer than a request of these tests may take.
        case.query = {**(case.query or {}), "timeoutMs": 1000}
        # A failure cuts such a body, which this tool takes for a broken server; the scenarios test it.
        if str(case.query.get("untilEnd")).lower() == "true":
            del case.query["untilEnd"]
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
        if response.status_code < 300 and case.method == "POST" and is_json(response):
            keep(name, response.json())
