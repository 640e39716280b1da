import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../src/http/keys/key-gate.js';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';
const LONG = 'k'.repeat(64);

test('a key is bare or quoted: both are the same key', () => {
  for (const [field, key] of [
    ['k', 'k'],
    ['"k"', 'k'],
    [LONG, LONG],
    [`"${LONG}"`, LONG],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['a"b', 'a"b'],
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ['a,b;c=d', 'a,b;c=d'],
  ] as const) {
    assert.equal(keyOf(field), key, field);
  }
});

for (const field of [
  '',
  '""',
  '"',
  '"k',
  'a b',
  '"a b"',
  `${LONG}k`,
  `"${LONG}k"`,
  'ü',
  'k, k',
  '"k", "k"',
  '"a\\b"',
  '"a"b"',
]) {
  test(`no key: ${field}`, () => assert.equal(keyOf(field), undefined));
}

test('only calls that change something take a key, and batches', async (t) => {
  const { api, calls } = await build(t);
  const headers = { 'idempotency-key': 'k' };
  const refused = await Promise.all([
    api.problem.get('/v1/sockets/sck_1/options/SOL_SOCKET/SO_TYPE', { headers }),
    api.problem.get('/v1', { headers }),
    api.problem.get('/health/live', { headers }),
    api.problem.post('/v1/rpc', { jsonrpc: '2.0', id: 1, method: 'close', params: {} }, { headers }),
    api.problem.post('/v1/drain', {}, { headers }),
    api.problem.post(CLOSE, {}, { headers: { 'idempotency-key': 'a b' } }),
    api.problem.post(CLOSE, {}, { headers: { 'idempotency-key': '' } }),
  ]);
  for (const { status, type } of refused) assert.deepEqual([status, type], [400, '/problems/bad-request']);
  assert.equal(calls.length, 0);
  await api.ok.post(CLOSE, {}, { headers });
  await api.ok.delete('/v1/sockets/sck_1', { headers: { 'idempotency-key': 'l' } });
  assert.equal(calls.length, 2);
});

test('two fields with a key are refused, also when they are equal', async (t) => {
  const { port, calls } = await build(t);
  const { type } = await rawProblem(
    port,
    `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      'Idempotency-Key: k\r\nIdempotency-Key: k\r\n\r\n',
    400,
  );
  assert.deepEqual([type, calls.length], ['/problems/bad-request', 0]);
});
