import type { Repetition } from './step.js';

/** A program for Python 3.8 and later, without packages: RUNNER, and the steps of a repetition as JSON. */
export function* pythonProgram(
  socketId: string,
  { steps, sessions, remarks }: Repetition,
): Generator<string> {
  yield `${RUNNER}repeat(json.loads(r'''\n`;
  yield `{"socketId": ${literal(socketId)}, "sessions": ${literal(sessions)}, `;
  yield `"remarks": ${literal(remarks)}, "steps": [\n`;
  for (const [i, step] of steps.entries()) yield `${i === 0 ? '' : ',\n'}${literal(step)}`;
  yield `\n]}\n'''))\n`;
}

/**
 * JSON for a raw Python literal between `'''`, which no data can end:
 *
 * - Only `'''` ends such a literal, a backslash has no meaning there, and this JSON has no `'`. JSON has `'`
 *   only in texts, never behind the backslash of an escape, so that `\u0027` can replace it.
 * - Python refuses NUL and turns each line end into `\n`. JSON.stringify writes such characters as escapes.
 * - UTF-8 cannot encode half of a surrogate pair, but JSON.stringify writes that as an escape, too.
 *
 * @see https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals
 * @see https://tc39.es/ecma262/#sec-quotejsonstring
 */
const literal = (value: unknown): string => JSON.stringify(value).replaceAll("'", '\\u0027');

const RUNNER = `#!/usr/bin/env python3
"""Repeats the life of a socket, call by call. Every answer must have the status and the code that it had.

WINSOCKD_URL is the URL of the daemon (default: http://127.0.0.1:10093). WINSOCKD_TOKEN is the token (default:
the token in the file that the daemon made at its first start). Proxies are not used. The peers of the socket
must run again. Exits with 1 if an answer differed. The calls are JSON at the end, with notes on what cannot
be repeated.
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
HOME_STATE = os.path.expanduser("~/.local/state")
STATE = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_STATE_HOME") or HOME_STATE


def token_of_file():
    with open(os.path.join(STATE, "winsockd", "token")) as file:
        return file.read().strip()


TOKEN = os.environ.get("WINSOCKD_TOKEN") or token_of_file()
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

given = {}  # values from answers (ids, ports) by name
differences = []
pending = {}  # threads of pending calls by the number of their step


def padded(of):
    """The base64 of bytes, padded with zeros."""
    return base64.b64encode(base64.b64decode(of["base64"]).ljust(of["length"], bytes(1))).decode()


# The value of an object with such a member.
PLACEHOLDERS = {
    "$given": lambda name: given.get(name, "none"),
    "$padded": padded,
    "$plain": lambda value: value,
}


def filled(value):
    """A value of a step with its placeholders replaced."""
    if isinstance(value, list):
        return [filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    for name in PLACEHOLDERS.keys() & value.keys():
        return PLACEHOLDERS[name](value[name])
    return {name: filled(member) for name, member in value.items()}


def ask(method, path, body=None):
    """Makes a request; returns the status and the JSON of its answer."""
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
    except Exception as error:  # of any kind: there is no answer to compare
        status, code, answer = "no", "answer (%r)" % error, {}
    line = "%s %s: %s %s" % (step["number"], step["operation"], status, code)
    if (status, code) == (step["status"], step["code"]):
        print(line)
    else:
        differences.append(step)
        line = "%s, it was %s %s" % (line, step["status"], step["code"])
        print(line, *step["notes"], sep="\\n# ", file=sys.stderr)
    if "gives" in step and code == "-":
        for member in step["gives"]["at"]:
            answer = answer[member]
        given[step["gives"]["name"]] = answer


def pending_calls(sessions):
    """The number of pending calls of the sessions."""
    begun = [given[name] for name in sessions if name in given]
    return sum(ask("GET", ["v1", "sessions", each])[1].get("pendingCalls", 0) for each in begun)


def run_pending(step, sessions):
    """Makes a call in a thread, and returns once the daemon has begun it. A fixed time would be too short for
    some calls, and too long for others that have a limit."""
    pending[step["number"]] = threading.Thread(target=run, args=(step,))
    pending[step["number"]].start()
    while sum(thread.is_alive() for thread in pending.values()) > pending_calls(sessions):
        time.sleep(0.01)


def repeat(life):
    try:
        for step in life["steps"]:
            # These calls had ended when this one began.
            for number in step["awaits"]:
                pending.pop(number).join()
            if step["pending"]:
                run_pending(step, life["sessions"])
            else:
                run(step)
        for thread in pending.values():
            thread.join()
    finally:
        for name in life["sessions"]:
            if name in given:
                ask("DELETE", ["v1", "sessions", given[name]])
    if differences:
        sys.exit("\\n# ".join(["Some answers differ."] + life["remarks"]))


`;
