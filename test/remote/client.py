"""Tests of winsockd from another machine, with Python's standard library alone.

Reads from standard input, as JSON: address and port of the daemon, the certificate to trust, two tokens, the
port of a web server beside the daemon, and the length of its page. The name of a test of `Remote` runs it:

    python3 client.py Remote.test_a_whole_conversation
"""

import base64
import http.client
import json
import socket
import ssl
import sys
import unittest

LIMIT_S = 20
SETTINGS = json.load(sys.stdin)
ADDRESS = SETTINGS["address"]
PORT = SETTINGS["port"]
IS_IPV6 = ":" in ADDRESS
OWN_NAME = f"[{ADDRESS}]" if IS_IPV6 else ADDRESS
OWN = f"{OWN_NAME}:{PORT}"
FAMILY = "AF_INET6" if IS_IPV6 else "AF_INET"
ALICE = SETTINGS["alice"]
BOB = SETTINGS["bob"]
STREAM = {"family": FAMILY, "type": "SOCK_STREAM", "protocol": "IPPROTO_TCP"}


class Remote(unittest.TestCase):
    maxDiff = None

    def call(self, method, path, body=None, token=ALICE, host=OWN):
        """Makes one request on a new connection, and checks problems; returns status, body and headers."""
        context = ssl.create_default_context(cafile=SETTINGS["ca"])
        connection = http.client.HTTPSConnection(ADDRESS, PORT, context=context, timeout=LIMIT_S)
        headers = {"Host": host}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body)
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            document = json.loads(answer.read())
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            what = f"{method} {path}: {document}"
            self.assertEqual(answer.getheader("Content-Type").split(";")[0], "application/problem+json", what)
            self.assertEqual(document["status"], answer.status, what)
        return answer.status, document, answer.headers

    def ok(self, path, body, status=200, token=ALICE):
        found, document, _ = self.call("POST", path, body, token)
        self.assertEqual(found, status, f"{path}: {document}")
        return document

    def problem(self, path, body, status, kind, token=ALICE):
        found, document, _ = self.call("POST", path, body, token)
        self.assertEqual((found, document["type"]), (status, f"/problems/{kind}"), f"{path}: {document}")
        return document

    def begin(self):
        """Begins a session with a stream socket; returns the paths of both."""
        session = "/v1/sessions/" + self.ok("/v1/startup", {"version": "2.2"})["sessionId"]
        self.addCleanup(self.call, "DELETE", session)
        stream = self.ok(f"{session}/sockets", STREAM, 201)
        return session, "/v1/sockets/" + stream["socketId"]

    def test_a_whole_conversation(self):
        session, stream = self.begin()
        peer = {"family": FAMILY, "address": ADDRESS, "port": SETTINGS["peerPort"]}
        connected = self.ok(f"{stream}/connect", {"address": peer, "timeoutMs": 10_000})
        self.assertEqual(connected["remoteAddress"], connected["remoteAddress"] | peer)

        asked = "GET /page.txt HTTP/1.0\r\n\r\n"
        sent = self.ok(f"{stream}/send", {"data": {"text": asked}})
        self.assertEqual(sent["bytesSent"], len(asked))
        self.ok(f"{stream}/sendDisconnect", {})
        self.problem(f"{stream}/send", {"data": {"text": "more"}}, 409, "WSAESHUTDOWN")

        reply = b""
        for _ in range(SETTINGS["pageLength"]):  # at least one byte each time
            received = self.ok(f"{stream}/recv", {"timeoutMs": 10_000})
            if received["eof"]:
                break
            reply += base64.b64decode(received["data"]["base64"])
        else:
            self.fail("the stream did not end")
        head, _, page = reply.partition(b"\r\n\r\n")
        self.assertRegex(head, rb"^HTTP/1\.0 200 OK\r\n")
        self.assertEqual(page, b"x" * SETTINGS["pageLength"])

        self.ok(f"{stream}/close", {})
        self.problem(f"{stream}/close", {}, 410, "WSAENOTSOCK")
        self.ok(f"{session}/cleanup", {})
        self.problem(f"{session}/sockets", STREAM, 409, "WSANOTINITIALISED")
        self.assertIn(self.call("DELETE", session)[0], (200, 204))
        self.assertEqual(self.call("GET", session)[0], 410)

    def test_no_token_and_a_wrong_one_are_refused(self):
        for token in None, "token-of-nobody-0123456789", ALICE[:-1], "":
            requests = ("POST", "/v1/startup", {}), ("GET", "/v1", None), ("GET", "/nowhere", None)
            for method, path, body in requests:
                status, document, headers = self.call(method, path, body, token)
                self.assertEqual((status, document["type"]), (401, "/problems/unauthorized"))
                self.assertRegex(headers["WWW-Authenticate"], "^Bearer")

    def test_each_token_has_its_own_owner(self):
        session, stream = self.begin()
        self.assertEqual(self.call("GET", session)[0], 200)
        self.assertEqual(self.call("GET", session, token=BOB)[0], 404)
        self.problem(f"{stream}/close", {}, 404, "WSAENOTSOCK", token=BOB)
        listed = self.call("GET", "/v1/sessions", token=BOB)
        self.assertEqual((listed[0], listed[1]["sessions"]), (200, []))

    def test_a_wrong_host_is_refused_before_the_token_is_checked(self):
        wrong = "127.0.0.1", f"localhost:{PORT}", f"evil.example:{PORT}", f"{OWN_NAME}:{PORT + 1}", OWN_NAME
        for host in wrong:
            for token in None, "token-of-nobody-0123456789", ALICE:
                for path in "/v1", "/health/live":
                    status, document, headers = self.call("GET", path, token=token, host=host)
                    self.assertEqual((status, document["type"]), (421, "/problems/misdirected"), host)
                    self.assertNotIn("WWW-Authenticate", headers)

    def test_requests_with_a_configured_host_are_answered(self):
        for host in OWN, "winsockd.test", f"WINSOCKD.test:{PORT}":
            status, document, _ = self.call("GET", "/v1", host=host)
            self.assertEqual(status, 200, document)
        self.assertEqual(self.call("GET", "/health/live", token=None)[0], 200)

    def test_plain_http_gets_no_data(self):
        asked = f"GET /v1 HTTP/1.1\r\nHost: {OWN}\r\nAuthorization: Bearer {ALICE}\r\n\r\n"
        with socket.create_connection((ADDRESS, PORT), LIMIT_S) as stream:
            stream.sendall(asked.encode())
            answer = read_to_end(stream)
        head, _, body = answer.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/"):
            self.assertRegex(head, rb"^HTTP/1\.1 4\d\d ")
            self.assertRegex(head.lower(), rb"content-type: application/problem\+json")
            self.assertEqual(json.loads(body)["status"], int(head.split()[1]))
        else:
            self.assertNotIn(b"HTTP/", answer)
        self.assertNotIn(b"version", answer)

    def test_no_connect_is_made_to_an_address_that_the_policy_does_not_list(self):
        _, stream = self.begin()
        family = socket.AF_INET6 if IS_IPV6 else socket.AF_INET
        with socket.create_server((SETTINGS["ownAddress"], 0), family=family) as listener:
            listener.setblocking(False)
            port = listener.getsockname()[1]
            denied = {"family": FAMILY, "address": SETTINGS["ownAddress"], "port": port}
            self.problem(f"{stream}/connect", {"address": denied}, 403, "destination-denied")
            with self.assertRaises(BlockingIOError):
                listener.accept()
        # A port of the allowed address that is not the peer's, and the daemon itself.
        for port in 1, PORT:
            denied = {"family": FAMILY, "address": ADDRESS, "port": port}
            self.problem(f"{stream}/connect", {"address": denied}, 403, "destination-denied")


def read_to_end(stream):
    """The bytes until the end of the connection, also if that is a reset."""
    parts = []
    try:
        for _ in range(1000):
            part = stream.recv(65_536)
            if not part:
                break
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


if __name__ == "__main__":
    unittest.main()
