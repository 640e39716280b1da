import type { SocketLife } from '../socket-life.js';
import type { Repetition, Step } from './step.js';

/** The repetition as a program for Python 3.8 and later, without any package. */
export function* pythonProgram(
  { socketId }: SocketLife,
  { steps, sessions, remarks }: Repetition,
): Generator<string> {
  yield HEAD(socketId);
  for (const remark of remarks) yield `# ${remark}\n`;
  yield 'STEPS = [\n';
  for (const step of steps) {
    for (const note of step.notes) yield `    # ${note}\n`;
    yield `    ${row(step)},\n`;
  }
  yield `]\n\nSESSIONS = ${JSON.stringify(sessions)}\n`;
  yield TAIL;
}

/** A step as a call of Step. Its values are numbers, booleans and texts; a JSON text is one of Python too. */
const row = (step: Step): string => {
  const { number, operation, method, path, body, status, code, gives, pending, awaits } = step;
  const values = [
    number,
    operation,
    method,
    path,
    body,
    status,
    code,
    gives?.member ?? '',
    gives?.name ?? '',
  ];
  const known = [...values, awaits].map((value) => JSON.stringify(value)).join(', ');
  return `Step(${known}, ${pending ? 'True' : 'False'})`;
};

const HEAD = (socketId: string): string => `#!/usr/bin/env python3
"""The life of ${socketId}, repeated call by call. Every answer must have the status and the code that it had.

WINSOCKD_URL is the daemon (http://127.0.0.1:10093 without it), WINSOCKD_TOKEN the token; without it, it is that of
the file that the daemon's first start made. Proxies are not used. Whatever the socket talked to must be there again.
Exits with 1 if an answer differed.
"""
import base64
import collections
import json
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request

URL = os.environ.get("WINSOCKD_URL", "http://127.0.0.1:10093")
STATE = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")


def token_of_file():
    with open(os.path.join(STATE, "winsockd", "token")) as file:
        return file.read().strip()


TOKEN = os.environ.get("WINSOCKD_TOKEN") or token_of_file()
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Step = collections.namedtuple("Step", "number operation method path body status code member name awaits pending")

`;

const TAIL = `
ids = {}
differences = []


def zeros(match):
    return base64.b64encode(bytes(int(match.group(1)))).decode()


def ask(method, path, body):
    """The status of an answer, and its JSON."""
    body = re.sub("@id:([a-z0-9_]+)@", lambda match: ids.get(match.group(1), "none"), body)
    data = re.sub("@zeros:([0-9]+)@", zeros, body).encode() if body else None
    request = urllib.request.Request(URL + path, data=data, method=method)
    request.add_header("Authorization", "Bearer " + TOKEN)
    if data:
        request.add_header("Content-Type", "application/json")
    try:
        with DIRECT.open(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.load(problem)


def run(step):
    path = re.sub("{([a-z0-9]+)}", lambda match: ids.get(match.group(1), "none"), step.path)
    try:
        status, answer = ask(step.method, path, step.body)
        code = "-" if status < 400 else str(answer.get("code", answer["type"].rpartition("/")[2]))
    except Exception as error:  # whatever it is, the call has not come to what it came to then
        status, code, answer = "no", "answer (%r)" % error, {}
    said = "%s %s: %s %s" % (step.number, step.operation, status, code)
    if (status, code) == (step.status, step.code):
        print(said)
    else:
        differences.append(step)
        print("%s, it was %s %s" % (said, step.status, step.code), file=sys.stderr)
    if step.name and code == "-":
        ids[step.name] = str(answer["localAddress"]["port"]) if step.member == "port" else answer[step.member]


def at_work():
    """How many calls the sessions are at work on."""
    begun = [ids[name] for name in SESSIONS if name in ids]
    return sum(ask("GET", "/v1/sessions/" + each, "")[1].get("pendingCalls", 0) for each in begun)


def run_beside(step):
    """Makes a call beside those that follow. They begin when the daemon is at work on it, however long that takes: a
    time would be too short for one, too long for another that has a limit."""
    beside[step.number] = threading.Thread(target=run, args=(step,))
    beside[step.number].start()
    while sum(thread.is_alive() for thread in beside.values()) > at_work():
        time.sleep(0.01)


beside = {}
try:
    for step in STEPS:
        # Those had ended when this one began.
        for number in step.awaits:
            beside.pop(number).join()
        (run_beside if step.pending else run)(step)
    for thread in beside.values():
        thread.join()
finally:
    for name in SESSIONS:
        if name in ids:
            ask("DELETE", "/v1/sessions/" + ids[name], "")
sys.exit(1 if differences else 0)
`;
