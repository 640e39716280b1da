/** Header fields that a connection repeats are judged once; different ones are judged again. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import Fastify from 'fastify';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import type { Gate } from '../../../src/http/gates/gate.js';
import { judgedOnce } from '../../../src/http/gates/judged-once.js';
import { originForm } from '../../../src/http/gates/request-target-gate.js';
import { build, TOKEN } from '../build.js';
import { rawExchange } from '../raw.js';

const PATH = '/v1/sockets/sck_1/close';

test('each request of a connection is judged by its own header fields', async (t) => {
  const { port, calls } = await build(t);
  const valid = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${TOKEN}`, 'X-Any: 1'];
  const request = (line: string, fields: readonly string[], body = ''): string =>
    `${line}\r\n${[...fields, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
  const post = (fields: readonly string[], body?: string): string =>
    request(`POST ${PATH} HTTP/1.1`, fields, body);
  const json = [...valid, 'Content-Type: application/json'];
  const cases: readonly (readonly [bytes: string, status: number])[] = [
    [post(valid), 200],
    [post(valid), 200],
    [post([...valid].reverse()), 200],
    [post(valid.map((field) => field.replace(TOKEN, `${TOKEN.slice(0, -1)}x`))), 401],
    [post(valid.map((field) => field.replace('Bearer', 'Basic'))), 401],
    [post(valid.map((field) => field.replace(`:${port}`, ':1'))), 421],
    [post(valid.map((field) => field.replace('Host', 'Hosts'))), 400],
    [post([...valid.slice(1), 'Origin: http://foreign.example']), 400],
    [post([...valid, 'Origin: http://foreign.example']), 403],
    [post([...valid, 'Sec-Fetch-Site: cross-site']), 403],
    [post([...valid, `Host: 127.0.0.1:${port}`]), 400],
    [post([...valid, `Authorization: Bearer ${TOKEN}`]), 401],
    [request(`POST http://foreign.example${PATH} HTTP/1.1`, valid), 421],
    [request(`POST http://127.0.0.1:${port}${PATH} HTTP/1.1`, valid), 200],
    [post(json, '{}'), 200],
    [post(json, '{ }'), 200],
    [post([...valid, 'Content-Type: text/plain'], '{}'), 415],
    [post(valid), 200],
  ];
  // Each twice in a row, and behind a valid one: the request that was judged last had other fields.
  for (const [bytes, status] of cases) {
    const before = calls.length;
    const answers = await rawExchange(port, post(valid) + bytes + bytes + post(valid), 4);
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, status, status, 200],
      bytes,
    );
    assert.equal(calls.length - before, status === 200 ? 4 : 2, bytes);
  }
});

test('a page that needs no token is answered on a connection with a token', async (t) => {
  const { port } = await build(t);
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  const bytes = ['/v1', '/health/live', '/v1'].map((path) => `GET ${path} HTTP/1.1\r\n${fields}`).join('');
  const answers = await rawExchange(port, bytes, 3);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
});

/** Sends requests on one connection. Gives for each its owner, and how many had been judged by then. */
type Ask = (...requests: string[]) => Promise<readonly string[]>;

/**
 * A server with one gate, which counts its runs. The text of Authorization is the owner; `nobody` is refused.
 */
const countingServer = async (t: TestContext): Promise<Ask> => {
  let runs = 0;
  const count: Gate = (request) => {
    runs++;
    request.owner = request.headers.authorization ?? '';
    return request.owner === 'nobody' ? refuse('unauthorized', 'Not you.') : undefined;
  };
  const gate = judgedOnce([count]);
  const app = Fastify({ http: { requireHostHeader: false }, rewriteUrl: ({ url = '/' }) => originForm(url) });
  app.decorateRequest('owner', '');
  app.addHook('onRequest', (request, reply, done) => {
    const verdict = gate(request, reply);
    reply.header('runs', runs);
    if (verdict === undefined) done();
    else reply.send({ owner: 'refused' });
  });
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/*',
    handler: async ({ owner }) => ({ owner }),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => app.close());
  const address = app.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return async (...requests) => {
    const answers = await rawExchange(address.port, requests.join(''), requests.length);
    return answers.map(({ body, headers }) => `${body.owner} ${headers.runs}`);
  };
};

const HOST = 'Host: a';
const ALICE = 'Authorization: alice';
const BOB = 'Authorization: bob';

const requestOf = (fields: readonly string[], line = 'GET / HTTP/1.1'): string =>
  `${[line, ...fields].join('\r\n')}\r\n\r\n`;

/** Header fields with a number of characters in their names and values together. */
const fieldsOf = (count: number, characters: number): readonly string[] => {
  const fields = [HOST, ALICE, ...Array.from({ length: count - 3 }, (_, i) => `X${i}: x`)];
  const long = characters - fields.join('').replaceAll(': ', '').length - 'Long'.length;
  return [...fields, `Long: ${'x'.repeat(long)}`];
};

const JSON_BODY = [HOST, ALICE, 'Content-Type: application/json'];
const KEPT = ['Connection: keep-alive', HOST, ALICE];

const CASES: Record<string, readonly (readonly [request: string, seen: string])[]> = {
  'repeated fields are judged once, whatever the method and path': [
    [requestOf([HOST, ALICE]), 'alice 1'],
    [requestOf([HOST, ALICE]), 'alice 1'],
    [requestOf([HOST, ALICE], 'GET /other?a=1 HTTP/1.1'), 'alice 1'],
    [requestOf([HOST, ALICE], 'OPTIONS / HTTP/1.1'), 'alice 1'],
  ],
  'only the value of Content-Length may differ': [
    [`${requestOf([...JSON_BODY, 'Content-Length: 2'], 'POST / HTTP/1.1')}{}`, 'alice 1'],
    [`${requestOf([...JSON_BODY, 'Content-Length: 4'], 'POST / HTTP/1.1')}null`, 'alice 1'],
    [`${requestOf([...JSON_BODY, 'content-length: 2'], 'POST / HTTP/1.1')}{}`, 'alice 2'],
    [requestOf([HOST, ALICE], 'POST / HTTP/1.1'), 'alice 3'],
  ],
  'fields with other values, names, numbers or order are judged again': [
    [requestOf([HOST, ALICE, 'X: 1']), 'alice 1'],
    [requestOf([HOST, ALICE, 'X: 2']), 'alice 2'],
    [requestOf([HOST, ALICE, 'x: 2']), 'alice 3'],
    [requestOf(['Host: b', ALICE, 'x: 2']), 'alice 4'],
    [requestOf([ALICE, 'Host: b', 'x: 2']), 'alice 5'],
    [requestOf([ALICE, 'Host: b', 'x: 2', 'x: 2']), 'alice 6'],
    [requestOf([ALICE, 'Host: b', 'x: 2', 'x: 2']), 'alice 6'],
  ],
  'two owners on one connection are told apart': [
    [requestOf([HOST, ALICE]), 'alice 1'],
    [requestOf([HOST, BOB]), 'bob 2'],
    [requestOf([HOST, BOB]), 'bob 2'],
    [requestOf([HOST, ALICE]), 'alice 3'],
    [requestOf([HOST, ALICE.replace('alice', 'alicf')]), 'alicf 4'],
  ],
  'a refused request is judged each time, and does not replace the remembered fields': [
    [requestOf([HOST, ALICE]), 'alice 1'],
    [requestOf([HOST, 'Authorization: nobody']), 'refused 2'],
    [requestOf([HOST, 'Authorization: nobody']), 'refused 3'],
    [requestOf([HOST, ALICE]), 'alice 3'],
  ],
  'a page that needs no token is judged each time': [
    [requestOf([HOST]), ' 1'],
    [requestOf([HOST]), ' 2'],
  ],
  'an HTTP/1.0 request is judged each time': [
    [requestOf(KEPT), 'alice 1'],
    [requestOf(KEPT, 'GET / HTTP/1.0'), 'alice 2'],
    [requestOf(KEPT, 'GET / HTTP/1.0'), 'alice 3'],
    [requestOf(KEPT), 'alice 3'],
  ],
  'the fields of an HTTP/1.0 request are not remembered': [
    [requestOf(KEPT, 'GET / HTTP/1.0'), 'alice 1'],
    [requestOf(KEPT), 'alice 2'],
    [requestOf(KEPT), 'alice 2'],
  ],
  'a request without Host is judged each time': [
    [requestOf([ALICE]), 'alice 1'],
    [requestOf([ALICE]), 'alice 2'],
  ],
  'requests of a browser are judged each time, also preflights': [
    [requestOf([HOST, ALICE, 'Origin: http://a']), 'alice 1'],
    [requestOf([HOST, ALICE, 'Origin: http://a']), 'alice 2'],
    [requestOf([HOST, ALICE, 'Origin: http://a'], 'OPTIONS / HTTP/1.1'), 'alice 3'],
  ],
  'a target with an authority is judged each time': [
    [requestOf([HOST, ALICE], 'GET http://b/ HTTP/1.1'), 'alice 1'],
    [requestOf([HOST, ALICE], 'GET http://b/ HTTP/1.1'), 'alice 2'],
    [requestOf([HOST, ALICE]), 'alice 3'],
    [requestOf([HOST, ALICE], 'GET http://b/ HTTP/1.1'), 'alice 4'],
  ],
  'sixteen fields are remembered': [
    [requestOf(fieldsOf(16, 200)), 'alice 1'],
    [requestOf(fieldsOf(16, 200)), 'alice 1'],
  ],
  'seventeen fields are not remembered': [
    [requestOf(fieldsOf(17, 200)), 'alice 1'],
    [requestOf(fieldsOf(17, 200)), 'alice 2'],
  ],
  '1,024 characters are remembered': [
    [requestOf(fieldsOf(4, 1024)), 'alice 1'],
    [requestOf(fieldsOf(4, 1024)), 'alice 1'],
  ],
  '1,025 characters are not remembered': [
    [requestOf(fieldsOf(4, 1025)), 'alice 1'],
    [requestOf(fieldsOf(4, 1025)), 'alice 2'],
  ],
};

for (const [name, requests] of Object.entries(CASES)) {
  test(name, async (t) => {
    const ask = await countingServer(t);
    assert.deepEqual(
      await ask(...requests.map(([request]) => request)),
      requests.map(([, seen]) => seen),
    );
  });
}

test('fields are remembered for one connection only', async (t) => {
  const ask = await countingServer(t);
  const request = requestOf([HOST, ALICE]);
  assert.deepEqual(await ask(request, request), ['alice 1', 'alice 1']);
  assert.deepEqual(await ask(request, request), ['alice 2', 'alice 2']);
});
