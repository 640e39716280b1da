import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';

test('every path needs a token, except pages without secrets', async (t) => {
  const tokens = [
    { name: 'alice', token: TOKEN },
    { name: 'bob', token: 'token-of-bob-0123456789' },
  ];
  const { api, calls } = await build(t, { tokens });
  await api.as('token-of-bob-0123456789').ok.post(CLOSE);
  await api.as(TOKEN).ok.post(CLOSE);
  assert.deepEqual(
    calls.map(({ owner }) => owner),
    ['bob', 'alice'],
  );
  const wrong = ['', 'x', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), `${TOKEN} x`, `${TOKEN},x`];
  for (const token of wrong) {
    const { status, headers, body } = await api.as(token).post(CLOSE);
    assert.equal(status, 401, token);
    assert.match(body.detail, /"winsockd url"/);
    assert.match(String(headers['www-authenticate']), /^Bearer/);
  }
  for (const authorization of ['Basic abc', TOKEN, `Token ${TOKEN}`, 'Bearer', `Bearer \u00fc${TOKEN}`]) {
    assert.equal(
      (await api.as(undefined).post(CLOSE, undefined, { headers: { authorization } })).status,
      401,
    );
  }
  // The detail does not name the path of the file: the client may be another user, or on another machine.
  const { detail } = await api.as(undefined).problem.post(CLOSE);
  assert.match(detail, /its start names the file, .* in a browser open the URL that "winsockd url"/);
  assert.doesNotMatch(detail, /[\\/]/);
  assert.equal((await api.as(undefined).post(`${CLOSE}?token=${TOKEN}`)).status, 401);
  assert.equal((await api.as(undefined).post(`${CLOSE}?access_token=${TOKEN}`)).status, 401);
  assert.equal(calls.length, 2);
  for (const path of [
    '/health/live',
    '/openapi.json',
    '/openrpc.json',
    '/docs',
    '/docs/',
    '/docs/rpc',
    '/problems',
    '/problems/WSAENOTCONN',
  ]) {
    assert.equal((await api.as(undefined).get(path)).status, 200, path);
  }
  for (const path of ['/health/ready', '/v1', '/nothing', '/docsx', '/problemsx', '//docs/', '/DOCS']) {
    assert.equal((await api.as(undefined).get(path)).status, 401, path);
  }
});

test('a request with two tokens is refused', async (t) => {
  const { port } = await build(t);
  const line = `Authorization: Bearer ${TOKEN}\r\n`;
  await rawProblem(port, `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${line}${line}\r\n`, 401);
});

test('a page without secrets needs no token, whatever its query', async (t) => {
  const { port } = await build(t);
  const answer = await fetch(`http://127.0.0.1:${port}/health/live?a=?/v1`);
  assert.equal(answer.status, 200);
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1?/docs/`)).status, 401);
});
