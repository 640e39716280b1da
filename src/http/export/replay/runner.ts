import type { Repetition } from './step.js';

/** The repetition as a program for Python 3.8 and later, without any package: always the same, and its steps as JSON. */
export function* pythonProgram(
  socketId: string,
  { steps, sessions, remarks }: Repetition,
): Generator<string> {
  yield `${RUNNER}repeat(json.loads(r'''\n`;
  yield `{"socketId": ${literal(socketId)}, "sessions": ${literal(sessions)}, "remarks": ${literal(remarks)}, "steps": [\n`;
  for (const [i, step] of steps.entries()) yield `${i === 0 ? '' : ',\n'}${literal(step)}`;
  yield `\n]}\n'''))\n`;
}

/**
 * JSON for a raw Python literal between `'''`, out of which no data can break:
 *
 * - Only a `'` ends such a literal, a backslash means nothing there, and this JSON has no `'`. JSON has one only in
 *   texts, never behind the backslash of an escape, and there `\u0027` is the same character.
 * - Python refuses NUL and turns each line end into `\n`: JSON.stringify writes control characters as escapes.
 * - UTF-8 has no half of a surrogate pair: JSON.stringify writes that as an escape, too.
 *
 * @see https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals
 * @see https://tc39.es/ecma262/#sec-quotejsonstring
 */
const literal = (value: unknown): string => JSON.stringify(value).replaceAll("'", '\\u0027');

const RUNNER = `#!/usr/bin/env python3
"""Repeats the life of a socket, call by call. Every answer must have the status and the code that it had.

WINSOCKD_URL is the daemon (http://127.0.0.1:10093 without it), WINSOCKD_TOKEN the token; without it, it is that of
the file that the daemon's first start made. Proxies are not used. Whatever the socket talked to must be there again.
Exits with 1 if an answer differed. The calls are JSON at the end, with notes of what cannot be as it was.
"""
import base64
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ.get("WINSOCKD_URL", "http://127.0.0.1:10093")
STATE = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")


def token_of_file():
    with open(os.path.join(STATE, "winsockd", "token")) as file:
        return file.read().strip()


TOKEN = os.environ.get("WINSOCKD_TOKEN") or token_of_file()
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

given = {}  # what answers gave: ids, ports
differences = []
beside = {}  # threads by the number of their step


def padded(of):
    """The base64 of bytes with zeros behind them."""
    return base64.b64encode(base64.b64decode(of["base64"]).ljust(of["length"], bytes(1))).decode()


# What an object with such a member stands for.
FILLINGS = {"$given": lambda name: given.get(name, "none"), "$padded": padded, "$plain": lambda value: value}


def filled(value):
    """A value of a step with everything filled in."""
    if isinstance(value, list):
        return [filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    for name in FILLINGS.keys() & value.keys():
        return FILLINGS[name](value[name])
    return {name: filled(member) for name, member in value.items()}


def ask(method, path, body=None):
    """The status of an answer, and its JSON."""
    url = "/".join([URL] + [urllib.parse.quote(segment, safe="") for segment in path])
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
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
    try:
        status, answer = ask(step["method"], filled(step["path"]), filled(step.get("body")))
        code = "-" if status < 400 else str(answer.get("code", answer["type"].rpartition("/")[2]))
    except Exception as error:  # whatever it is, the call has not come to what it came to then
        status, code, answer = "no", "answer (%r)" % error, {}
    said = "%s %s: %s %s" % (step["number"], step["operation"], status, code)
    if (status, code) == (step["status"], step["code"]):
        print(said)
    else:
        differences.append(step)
        said = "%s, it was %s %s" % (said, step["status"], step["code"])
        print(said, *step["notes"], sep="\\n# ", file=sys.stderr)
    if "gives" in step and code == "-":
        for member in step["gives"]["at"]:
            answer = answer[member]
        given[step["gives"]["name"]] = answer


def at_work(sessions):
    """How many calls the sessions are at work on."""
    begun = [given[name] for name in sessions if name in given]
    return sum(ask("GET", ["v1", "sessions", each])[1].get("pendingCalls", 0) for each in begun)


def run_beside(step, sessions):
    """Makes a call beside those that follow. They begin when the daemon is at work on it, however long that takes: a
    time would be too short for one, too long for another that has a limit."""
    beside[step["number"]] = threading.Thread(target=run, args=(step,))
    beside[step["number"]].start()
    while sum(thread.is_alive() for thread in beside.values()) > at_work(sessions):
        time.sleep(0.01)


def repeat(life):
    try:
        for step in life["steps"]:
            # Those had ended when this one began.
            for number in step["awaits"]:
                beside.pop(number).join()
            if step["pending"]:
                run_beside(step, life["sessions"])
            else:
                run(step)
        for thread in beside.values():
            thread.join()
    finally:
        for name in life["sessions"]:
            if name in given:
                ask("DELETE", ["v1", "sessions", given[name]])
    if differences:
        sys.exit("\\n# ".join(["Not all is as it was."] + life["remarks"]))


`;
