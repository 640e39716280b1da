/** Fields that a connection repeats are judged once; whatever differs is judged again. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from '../build.js';
import { rawExchange } from '../raw.js';

const PATH = '/v1/sockets/sck_1/close';

test('of the requests of one connection each is judged by its own fields', async (t) => {
  const { port, calls } = await build(t);
  const good = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${TOKEN}`, 'X-Any: 1'];
  const request = (line: string, fields: readonly string[], body = ''): string =>
    `${line}\r\n${[...fields, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
  const post = (fields: readonly string[], body?: string): string =>
    request(`POST ${PATH} HTTP/1.1`, fields, body);
  const json = [...good, 'Content-Type: application/json'];
  const cases: readonly (readonly [bytes: string, status: number])[] = [
    [post(good), 200],
    [post(good), 200],
    [post([...good].reverse()), 200],
    [post(good.map((field) => field.replace(TOKEN, `${TOKEN.slice(0, -1)}x`))), 401],
    [post(good.map((field) => field.replace('Bearer', 'Basic'))), 401],
    [post(good.map((field) => field.replace(`:${port}`, ':1'))), 421],
    [post(good.map((field) => field.replace('Host', 'Hosts'))), 400],
    [post([...good.slice(1), 'Origin: http://foreign.example']), 400],
    [post([...good, 'Origin: http://foreign.example']), 403],
    [post([...good, 'Sec-Fetch-Site: cross-site']), 403],
    [post([...good, `Host: 127.0.0.1:${port}`]), 400],
    [post([...good, `Authorization: Bearer ${TOKEN}`]), 401],
    [request(`POST http://foreign.example${PATH} HTTP/1.1`, good), 421],
    [request(`POST http://127.0.0.1:${port}${PATH} HTTP/1.1`, good), 200],
    [post(json, '{}'), 200],
    [post(json, '{ }'), 200],
    [post([...good, 'Content-Type: text/plain'], '{}'), 415],
    [post(good), 200],
  ];
  // Two of each in a row, and each behind one that passes: what was judged last is always another one.
  for (const [bytes, status] of cases) {
    const before = calls.length;
    const answers = await rawExchange(port, post(good) + bytes + bytes + post(good), 4);
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, status, status, 200],
      bytes,
    );
    assert.equal(calls.length - before, status === 200 ? 4 : 2, bytes);
  }
});

test('a page that needs no token is answered on a connection that has shown one', async (t) => {
  const { port } = await build(t);
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  const bytes = ['/v1', '/health/live', '/v1'].map((path) => `GET ${path} HTTP/1.1\r\n${fields}`).join('');
  const answers = await rawExchange(port, bytes, 3);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
});
