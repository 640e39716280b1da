import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from '../build.js';
import { rawExchange, rawProblem } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';
const auth = { authorization: `Bearer ${TOKEN}` };

test('while the daemon drains, new requests are refused, but health probes are answered', async (t) => {
  const health = {
    isDraining: () => true,
    notReady: () => undefined,
    about: () => ({}),
    drain: () => undefined,
  };
  const { api } = await build(t, { health });
  const { status, headers, body } = await api.post(CLOSE);
  assert.equal(status, 503);
  assert.equal(body.type, '/problems/draining');
  assert.equal(headers.connection, 'close');
  assert.match(String(headers['retry-after']), /^\d+$/);
  assert.equal((await api.get('/health/live')).status, 200);
  assert.equal((await api.problem.get('/health/ready')).type, '/problems/draining');
});

test('only bodies of the type application/json in UTF-8 are accepted', async (t) => {
  const { api, port, calls } = await build(t);
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json;',
    'application/json ; ;; charset=utf-8 ;',
    'application/json; version=1; profile="a\\"b; charset=utf-16"',
    'application/json;odata=verbose;charset="u\\tf-8"',
  ]) {
    assert.equal((await api.post(CLOSE, '{}', { headers: { 'content-type': type } })).status, 200, type);
  }
  const refused = [
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ],
    ...[
      'application/json; charset=utf-16',
      'application/json, text/plain',
      'text/plain; x=application/json',
      '*/*',
    ],
    ...['application/problem+json', ''],
    ...[
      'application/json; charset=utf-8; charset=utf-8',
      'application/json; charset',
      'application/json; =a',
    ],
    ...['application/json charset=utf-8', 'application/json; a="b', 'application/json; a = b', 'json'],
  ];
  for (const type of refused) {
    assert.equal((await api.post(CLOSE, '{}', { headers: { 'content-type': type } })).status, 415, type);
  }
  assert.equal((await api.post(CLOSE, '{}', { headers: { 'content-encoding': 'gzip' } })).status, 415);
  const untyped = `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const coded = `${untyped}Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n`;
  await rawProblem(port, `${coded}2\r\n{}\r\n0\r\n\r\n`, 501);
  await rawProblem(port, `${untyped}Content-Length: 2\r\n\r\n{}`, 415);
  await rawProblem(port, `${untyped}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, 415);
  assert.equal(calls.length, 7);
});

test('a request with two fields Content-Type is refused', async (t) => {
  const { port, calls } = await build(t);
  const start = `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const json = 'Content-Type: application/json\r\n';
  for (const second of [json, 'Content-Type: text/plain\r\n', 'content-type:\r\n']) {
    await rawProblem(port, `${start}${json}${second}Content-Length: 2\r\n\r\n{}`, 415);
  }
  assert.equal(calls.length, 0);
});

test('a body over the limit is answered 413, with or without a declared length', async (t) => {
  const { api, port, calls } = await build(t, { limits: { callBodyBytes: 1000 } });
  const refused = await api.problem.post(CLOSE, JSON.stringify({ a: 'x'.repeat(200_000) }));
  assert.deepEqual([refused.status, refused.limit], [413, 1000]);
  assert.match(refused.detail, /1000 bytes/);
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const start = `POST ${CLOSE} HTTP/1.1\r\n${fields}Content-Type: application/json\r\n`;
  await rawProblem(port, `${start}Content-Length: 9999999999\r\n\r\n{`, 413);
  // The answers of other gates, which do not read the body, also arrive.
  const large = 'x'.repeat(2_000_000);
  assert.equal((await api.as(undefined).post(CLOSE, large)).status, 401);
  assert.equal((await api.post(CLOSE, large, { headers: { 'content-type': 'text/plain' } })).status, 415);
  assert.equal((await api.post('/v1/none', large)).status, 404);
  const chunk = `fa0\r\n${' '.repeat(0xfa0)}\r\n`;
  await rawProblem(port, `${start}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(50)}`, 413);
  assert.equal(calls.length, 0);
});

test('a GET may have no body, {} or null; any other body is refused', async (t) => {
  const { port } = await build(t);
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const get = (body: string) => {
    const bodyFields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    return `GET /v1 HTTP/1.1\r\n${fields}${bodyFields}\r\n${body}`;
  };
  for (const body of ['', '{}', 'null', ' { } ']) {
    const [answer] = await rawExchange(port, get(body));
    assert.equal(answer?.status, 200, body);
  }
  for (const body of ['{"a":1}', '[]', '0', '""', 'false']) {
    assert.equal((await rawProblem(port, get(body), 400)).type, '/problems/bad-request', body);
  }
  await rawProblem(port, get('{'), 400);
});

test('the media type of a request without content does not matter', async (t) => {
  const { port, calls } = await build(t);
  const start = `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  for (const field of [
    'application/x-www-form-urlencoded', // curl -d ''
    'application/json',
    'text/plain; charset=utf-16',
    'nothing that is a type',
    '',
  ]) {
    for (const rest of [
      'Content-Length: 0\r\n\r\n',
      'Content-Length: 00\r\n\r\n',
      '\r\n',
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n',
    ]) {
      const [answer] = await rawExchange(port, `${start}Content-Type: ${field}\r\n${rest}`);
      assert.equal(answer?.status, 200, field + rest);
    }
  }
  for (const rest of ['Content-Length: 00\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n']) {
    const [answer] = await rawExchange(port, `${start}${rest}`);
    assert.equal(answer?.status, 200, rest);
  }
  assert.equal(calls.length, 27);
});

test('a request with content needs a media type, also a GET, and before the content arrives', async (t) => {
  const { port, calls } = await build(t);
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  for (const line of [
    `POST ${CLOSE} HTTP/1.1`,
    'GET /v1 HTTP/1.1',
    `DELETE ${CLOSE.slice(0, -6)} HTTP/1.1`,
  ]) {
    for (const type of ['', 'Content-Type: text/plain\r\n', 'Content-Type:\r\n']) {
      for (const rest of [
        'Content-Length: 2\r\n\r\n{}',
        'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
        // Only the beginning of the content.
        'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
      ]) {
        await rawProblem(port, `${line}\r\n${fields}${type}${rest}`, 415);
      }
    }
  }
  const encoded = `GET /v1 HTTP/1.1\r\n${fields}Content-Type: application/json\r\nContent-Encoding: gzip\r\n`;
  const refused = await rawProblem(
    port,
    `${encoded}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    415,
  );
  assert.match(refused.detail, /Encoded/);
  assert.equal(calls.length, 0);
});

test('the call of a chunked body that ends early is not made', async (t) => {
  const { port, calls } = await build(t);
  const start = `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const [answer] = await rawExchange(port, `${start}Transfer-Encoding: chunked\r\n\r\n`, 1, { ends: true });
  assert.equal(answer?.status ?? 400, 400);
  assert.equal(calls.length, 0);
});

test('the body null is the empty object, and a byte order mark is skipped', async (t) => {
  const { api, calls } = await build(t);
  for (const body of ['null', ' null ', '\ufeff{}', '\ufeffnull', '\ufeff', '\ufeff ']) {
    const { status } = await api.post(CLOSE, body);
    assert.equal(status, body === '\ufeff ' ? 400 : 200, JSON.stringify(body));
  }
  assert.equal(calls.length, 5);
});

test('JSON is parsed strictly', async (t) => {
  const { api, calls } = await build(t);
  const refused = [
    '{',
    '{"a":1,"a":2}',
    '{"__proto__":1}',
    '{"a":1e400}',
    '{"a":"\\ud800"}',
    `${'['.repeat(40)}${']'.repeat(40)}`,
  ];
  for (const body of refused) {
    assert.equal((await api.problem.post(CLOSE, body)).type, '/problems/malformed-json', body);
  }
  const invalidUtf8 = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
  assert.equal((await api.problem.post(CLOSE, invalidUtf8)).type, '/problems/malformed-json');
  assert.equal(calls.length, 0);
});

test('an answer has the Connection field that the client asked for', async (t) => {
  const { port } = await build(t);
  const call = `POST ${CLOSE} HTTP/1.1`;
  const json = 'Content-Type: application/json\r\n';
  for (const [line, rest, status] of [
    [call, '\r\n', 200],
    [call, `${json}Content-Length: 1\r\n\r\n{`, 400],
    [call, `${json}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n`, 400],
    [call, 'Content-Type: text/plain\r\nContent-Length: 1\r\n\r\n{', 415],
    ['DELETE /v1/sockets/sck_1 HTTP/1.1', `${json}Content-Length: 2\r\n\r\n[]`, 400],
    ['GET /v1/%zz HTTP/1.1', '\r\n', 400],
    ['GET /v1/none HTTP/1.1', '\r\n', 404],
    ['GET /docs/static/%00 HTTP/1.1', '\r\n', 404],
    ['GET /openapi.json HTTP/1.1', '\r\n', 200],
    ['GET /problems HTTP/1.1', '\r\n', 200],
    [`POST ${CLOSE} HTTP/1.0`, `${json}Content-Length: 1\r\n\r\n{`, 400],
  ] as const) {
    for (const wish of ['close', 'keep-alive']) {
      const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: ${wish}\r\n`;
      const [answer] = await rawExchange(port, `${line}\r\n${fields}${rest}`);
      assert.deepEqual([answer?.status, answer?.headers.connection], [status, wish], line + rest);
    }
  }
});

test('the preflight of another origin is refused', async (t) => {
  const { port } = await build(t);
  const preflight =
    `OPTIONS ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://evil.example\r\n` +
    'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n\r\n';
  await rawProblem(port, preflight, 403);
});

// Each request fails at a gate and at the next one.
test('a request gets the answer of the first gate that refuses it', async (t) => {
  let draining = false;
  const health = {
    isDraining: () => draining,
    notReady: () => undefined,
    about: () => ({}),
    drain: () => undefined,
  };
  const { port } = await build(t, { health, limits: { callBodyBytes: 100 } });
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const token = `Authorization: Bearer ${TOKEN}\r\n`;
  const evil = 'Origin: http://evil.example\r\n';
  const json = 'Content-Type: application/json\r\n';
  const text = 'Content-Type: text/plain\r\n';
  const large = `Content-Length: 200\r\n\r\n${' '.repeat(200)}`;
  const probe = (status: number, request: string) => rawProblem(port, request, status);

  await probe(400, `POST ${CLOSE}#x HTTP/1.1\r\nHost: evil.example\r\n\r\n`);
  await probe(421, `POST ${CLOSE} HTTP/1.1\r\nHost: evil.example\r\n${evil}\r\n`);
  await probe(403, `POST ${CLOSE} HTTP/1.1\r\n${host}${evil}\r\n`);
  draining = true;
  await probe(401, `POST ${CLOSE} HTTP/1.1\r\n${host}\r\n`);
  await probe(503, `POST /v1/none HTTP/1.1\r\n${host}${token}\r\n`);
  draining = false;
  await probe(401, `POST /v1/none HTTP/1.1\r\n${host}\r\n`);
  await probe(404, `POST /v1/none HTTP/1.1\r\n${host}${token}${text}Content-Length: 2\r\n\r\n{}`);
  await probe(405, `PUT ${CLOSE} HTTP/1.1\r\n${host}${token}${text}Content-Length: 2\r\n\r\n{}`);
  await probe(415, `POST ${CLOSE} HTTP/1.1\r\n${host}${token}${text}${large}`);
  await probe(413, `POST ${CLOSE} HTTP/1.1\r\n${host}${token}${json}${large}`);
  await probe(400, `POST ${CLOSE}?junk=1 HTTP/1.1\r\n${host}${token}${json}Content-Length: 1\r\n\r\n{`);
});

test('a listener outside loopback has the same gates', async (t) => {
  const { port, api } = await build(t, { host: '0.0.0.0', allowedHosts: ['rig.example', '[FD00:7:0::1]'] });
  for (const [host, status] of Object.entries({
    [`evil.example:${port}`]: 421,
    [`rig.example:${port}`]: 200,
    [`[fd00:7::1]:${port}`]: 200,
    [`localhost:${port}`]: 200,
  })) {
    assert.equal((await api.post(CLOSE, undefined, { headers: { host } })).status, status, host);
  }
  assert.equal(
    (await api.post(CLOSE, undefined, { headers: { origin: 'http://evil.example' } })).status,
    403,
  );
  assert.equal((await api.as(undefined).post(CLOSE)).status, 401);
  assert.equal((await api.post(CLOSE, undefined, { headers: auth })).status, 200);
});
