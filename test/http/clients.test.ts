/** Requests byte for byte as clients send them without a body, with an expectation, or with a half-close. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from './build.js';
import { checkAnswer } from './client.js';
import { type RawManner, rawExchange } from './raw.js';

interface Sent extends RawManner {
  /**
   * The header. `HOST` and `AUTH` stand for the daemon's host and the field with the token; lines get CRLF.
   */
  readonly head: string;
  readonly body?: string;
}

/** A startup without parameters, as clients of many languages send it. */
const STARTUPS: Readonly<Record<string, Sent>> = {
  "curl -d ''": {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
User-Agent: curl/7.88.1
Accept: */*
Content-Length: 0
Content-Type: application/x-www-form-urlencoded`,
  },
  'curl -X POST': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
User-Agent: curl/7.88.1
Accept: */*`,
  },
  "curl --json ''": {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
User-Agent: curl/7.88.1
Content-Type: application/json
Accept: application/json
Content-Length: 0`,
  },
  'curl -T - with JSON, a body of unknown length': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
User-Agent: curl/7.88.1
Accept: */*
Transfer-Encoding: chunked
Content-Type: application/json
Expect: 100-continue`,
    afterContinue: '3\r\n{}\n\r\n0\r\n\r\n',
  },
  'Windows PowerShell 5.1, Invoke-RestMethod -Method Post': {
    head: `
POST /v1/startup HTTP/1.1
AUTH
User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.5007
Content-Type: application/x-www-form-urlencoded
Host: HOST
Content-Length: 0
Connection: Keep-Alive`,
  },
  'PowerShell 7, Invoke-RestMethod -Method Post': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
User-Agent: Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.6
Accept-Encoding: gzip, deflate, br
Content-Type: application/x-www-form-urlencoded
Content-Length: 0`,
  },
  'axios.post(url)': {
    head: `
POST /v1/startup HTTP/1.1
Accept: application/json, text/plain, */*
Content-Type: application/x-www-form-urlencoded
AUTH
User-Agent: axios/1.21.1
Accept-Encoding: gzip, compress, deflate, br
Host: HOST
Connection: keep-alive
Content-Length: 0`,
  },
  'axios.post(url, undefined) with the JSON type': {
    head: `
POST /v1/startup HTTP/1.1
Accept: application/json, text/plain, */*
Content-Type: application/json
AUTH
User-Agent: axios/1.21.1
Accept-Encoding: gzip, compress, deflate, br
Host: HOST
Connection: keep-alive
Content-Length: 0`,
  },
  'axios.post(url, null) with the JSON type': {
    head: `
POST /v1/startup HTTP/1.1
Accept: application/json, text/plain, */*
Content-Type: application/json
AUTH
User-Agent: axios/1.21.1
Content-Length: 4
Accept-Encoding: gzip, compress, deflate, br
Host: HOST
Connection: keep-alive`,
    body: 'null',
  },
  "Python, urllib.request with data=b''": {
    head: `
POST /v1/startup HTTP/1.1
Accept-Encoding: identity
Content-Type: application/x-www-form-urlencoded
Content-Length: 0
Host: HOST
User-Agent: Python-urllib/3.11
AUTH
Connection: close`,
  },
  'Python, requests.post(url)': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
User-Agent: python-requests/2.34.2
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Content-Length: 0
AUTH`,
  },
  'Go, http.Post(url, "application/json", nil)': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
User-Agent: Go-http-client/1.1
Content-Length: 0
AUTH
Content-Type: application/json
Accept-Encoding: gzip`,
  },
  'Go, a body from a reader of unknown length': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
User-Agent: Go-http-client/1.1
Transfer-Encoding: chunked
AUTH
Content-Type: application/json
Accept-Encoding: gzip`,
    body: '2\r\n{}\r\n0\r\n\r\n',
  },
  "Node, fetch(url, { method: 'POST' })": {
    head: `
POST /v1/startup HTTP/1.1
host: HOST
connection: keep-alive
AUTH
accept: */*
accept-language: *
sec-fetch-mode: cors
user-agent: node
accept-encoding: gzip, deflate
content-length: 0`,
  },
  '.NET, HttpClient.PostAsJsonAsync with ExpectContinue': {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
Expect: 100-continue
Transfer-Encoding: chunked
Content-Type: application/json; charset=utf-8`,
    afterContinue: '2\r\n{}\r\n0\r\n\r\n',
  },
  '.NET Framework, HttpWebRequest, which always expects 100-continue': {
    head: `
POST /v1/startup HTTP/1.1
AUTH
Content-Type: application/json
Host: HOST
Content-Length: 2
Expect: 100-continue
Connection: Keep-Alive`,
    afterContinue: '{}',
  },
  "printf 'POST ...' | nc -N, which ends its sending side at once": {
    head: `
POST /v1/startup HTTP/1.1
Host: HOST
AUTH
Content-Type: application/json
Content-Length: 2`,
    body: '{}',
    ends: true,
  },
};

/** Reads with a body, or with a half-close in its place. */
const READS: Readonly<Record<string, Sent>> = {
  'axios.get(url, { data: {} })': {
    head: `
GET /v1 HTTP/1.1
Accept: application/json, text/plain, */*
Content-Type: application/json
AUTH
User-Agent: axios/1.21.1
Content-Length: 2
Accept-Encoding: gzip, compress, deflate, br
Host: HOST
Connection: keep-alive`,
    body: '{}',
  },
  "printf 'GET ...' | nc -N": {
    head: `
GET /v1 HTTP/1.1
Host: HOST
AUTH`,
    ends: true,
  },
};

/** HAProxy's health checks by its `option httpchk`: HTTP/1.0 without Host or any other field. */
const PROBES: Readonly<Record<string, readonly [request: string, status: number]>> = {
  'option httpchk GET /health/live': ['GET /health/live HTTP/1.0\r\n\r\n', 200],
  'option httpchk HEAD /health/live': ['HEAD /health/live HTTP/1.0\r\n\r\n', 200],
  // The default method is OPTIONS, which no route has.
  'option httpchk /health/live': ['OPTIONS /health/live HTTP/1.0\r\n\r\n', 405],
  'option httpchk': ['OPTIONS / HTTP/1.0\r\n\r\n', 400],
};

const exchange = async (port: number, { head, body = '', ...manner }: Sent) => {
  const lines = head
    .replace('HOST', `127.0.0.1:${port}`)
    .replace('AUTH', `Authorization: Bearer ${TOKEN}`)
    .trim()
    .replaceAll('\n', '\r\n');
  const answers = await rawExchange(port, `${lines}\r\n\r\n${body}`, 1, manner);
  assert.equal(answers.length, 1);
  const [answer] = answers;
  assert.ok(answer);
  checkAnswer(answer);
  return answer;
};

for (const [name, sent] of Object.entries(STARTUPS)) {
  test(`a call without parameters from ${name}`, async (t) => {
    const { port, calls } = await build(t);
    const { status, body } = await exchange(port, sent);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(calls, [{ name: 'startup', owner: 'alice', params: {} }]);
  });
}

for (const [name, sent] of Object.entries(READS)) {
  test(`a read from ${name}`, async (t) => {
    const { port } = await build(t);
    assert.equal((await exchange(port, sent)).status, 200);
  });
}

for (const [name, [request, expected]] of Object.entries(PROBES)) {
  test(`a health check from HAProxy, ${name}`, async (t) => {
    const { port } = await build(t);
    const [answer] = await rawExchange(port, request);
    assert.equal(answer?.status, expected);
  });
}
