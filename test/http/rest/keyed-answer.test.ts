/** Requests with an Idempotency-Key: their calls are made once, and their answers are given again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { Deferred } from '../../../src/daemon/waiting/deferred.js';
import { KEPT_MS } from '../../../src/http/keys/owner-keys.js';
import type { Reply } from '../../../src/operations/dispatch/reply.js';
import { fail } from '../../../src/winsock/outcome.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { build, type FakeAnswer, TOKEN } from '../build.js';
import type { Answer } from '../client.js';

const CLOSE = '/v1/sockets/sck_1/close';
const BOB = 'token-of-bob-0123456789';

const key = (text: string) => ({ headers: { 'idempotency-key': text } });

/** Header fields of the request, or of the time at which it was made. */
const OWN_FIELDS = ['x-request-id', 'date', 'winsockd-replayed', 'connection', 'retry-after'];

/** The header fields that a repeated answer has too. */
const fieldsOf = ({ headers }: Answer): unknown =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_FIELDS.includes(name)));

const isReplayOf = (again: Answer, first: Answer): void => {
  assert.equal(again.headers['winsockd-replayed'], 'true');
  assert.equal(first.headers['winsockd-replayed'], undefined);
  assert.notEqual(again.headers['x-request-id'], first.headers['x-request-id']);
  assert.deepEqual([again.status, fieldsOf(again), again.body], [first.status, fieldsOf(first), first.body]);
};

const created: FakeAnswer = () => ({
  answer: { ok: true, value: { sessionId: 'ses_1' } },
  created: { kind: 'session', id: 'ses_1' },
  timing: { native: 1.5, wait: 20.25, late: 0.5 },
  faults: ['flt_1'],
});

test('a success is given again with its status and its header fields, and no call is made', async (t) => {
  const { api, calls, settled } = await build(t, { answers: { startup: created } });
  const first = await api.post('/v1/startup', {}, key('k'));
  assert.deepEqual([first.status, settled], [200, [true]]);
  assert.equal(first.headers.location, '/v1/sessions/ses_1');
  assert.equal(first.headers['winsockd-fault'], 'flt_1');
  assert.equal(first.headers['server-timing'], 'native;dur=1.5, wait;dur=20.25, late;dur=0.5');
  isReplayOf(await api.post('/v1/startup', {}, key('"k"')), first);
  isReplayOf(await api.post('/v1/startup', {}, key('k')), first);
  assert.deepEqual([calls.length, settled], [1, [true]]);
});

test('a Winsock failure is given again, whatever its status, with the instance of the first', async (t) => {
  for (const name of ['WSAENOTCONN', 'WSAENETDOWN', 'WSAEWOULDBLOCK'] as const) {
    const { api, calls, settled } = await build(t, {
      answers: { close: () => ({ answer: fail(name, 'closesocket') }) },
    });
    const first = await api.post(CLOSE, {}, key('k'));
    assert.equal(first.body.name, name);
    isReplayOf(await api.post(CLOSE, {}, key('k')), first);
    assert.deepEqual([calls.length, settled], [1, [true]]);
  }
});

test('Retry-After is of the call: a repeated answer does not ask to try again', async (t) => {
  const { api } = await build(t, {
    answers: { close: () => ({ answer: fail('WSAEWOULDBLOCK', 'closesocket') }) },
  });
  const first = await api.post(CLOSE, {}, key('k'));
  assert.equal(first.headers['retry-after'], '1');
  const again = await api.post(CLOSE, {}, key('k'));
  assert.equal(again.headers['retry-after'], undefined);
  isReplayOf(again, first);
});

// biome-ignore format: one row a line
const REFUSED = ['quota', 'overloaded', 'draining', 'wait-limit', 'validation', 'not-found', 'destination-denied', 'session-ended'] as const;

for (const refusal of REFUSED) {
  test(`the refusal ${refusal} is not kept: the same request makes its call`, async (t) => {
    const answers: Partial<Reply>[] = [{ answer: { ok: false, refusal, detail: 'Not now.' } }, {}];
    const { api, calls } = await build(t, { answers: { close: () => answers.shift() ?? {} } });
    assert.equal((await api.problem.post(CLOSE, {}, key('k'))).type, `/problems/${refusal}`);
    const second = await api.post(CLOSE, {}, key('k'));
    assert.deepEqual([second.status, second.headers['winsockd-replayed'], calls.length], [200, undefined, 2]);
  });
}

test('a bug frees its key, before and after the call', async (t) => {
  const { api, calls } = await build(t, {
    answers: {
      close: () => {
        throw new Error('a bug');
      },
      // JSON has no such number.
      startup: () => ({ answer: { ok: true, value: { sessionId: 1n } } }),
    },
  });
  for (const path of [CLOSE, CLOSE, '/v1/startup', '/v1/startup']) {
    assert.equal((await api.post(path, {}, key(path.slice(-7)))).status, 500);
  }
  assert.equal(calls.length, 4);
});

test('parameters that are refused before the call use no key', async (t) => {
  const { api, calls } = await build(t);
  assert.equal((await api.post(`${CLOSE}?x=1`, {}, key('k'))).status, 400);
  assert.equal((await api.post(CLOSE, '{', key('k'))).status, 400);
  assert.equal((await api.post(CLOSE, {}, key('k'))).status, 200);
  assert.equal(calls.length, 1);
});

test('while the call is under way, the same request is 409; another body, path or method is 422', async (t) => {
  let end: (parts: Partial<Reply>) => void = () => assert.fail('no call');
  const began = new Deferred<true>();
  const { api, calls } = await build(t, {
    answers: {
      startup: () =>
        new Promise((resolve) => {
          end = resolve;
          began.settle(true);
        }),
    },
  });
  const first = api.post('/v1/startup', { version: '2.2' }, key('k'));
  await began.whenSettled();
  const early = await api.post('/v1/startup', { version: '2.2' }, key('k'));
  assert.deepEqual([early.status, early.body.type], [409, '/problems/key-under-way']);
  assert.deepEqual([early.body.retryable, early.headers['retry-after']], [true, '1']);
  const others = [
    () => api.post('/v1/startup', { version: '1.1' }, key('k')),
    () => api.post('/v1/startup', undefined, key('k')),
    () => api.post(CLOSE, { version: '2.2' }, key('k')),
    () => api.delete('/v1/sockets/sck_1', key('k')),
    () => api.post('/v1/batch', { version: '2.2' }, key('k')),
  ];
  const reused = async (): Promise<void> => {
    for (const send of others) {
      const { status, body } = await send();
      // A batch is read after its key is known.
      assert.deepEqual([status, body.type], [422, '/problems/key-reused']);
    }
  };
  await reused();
  end(await created({}));
  isReplayOf(await api.post('/v1/startup', { version: '2.2' }, key('k')), await first);
  await reused();
  assert.equal(calls.length, 1);
});

test('the client is never gone for its call, and its absence does not lose the answer', async (t) => {
  const leaving = new AbortController();
  const clients: unknown[] = [];
  const { api, calls, settled } = await build(t, {
    onCall: ({ client }) => clients.push(client.gone),
    beforeReply: async () => {
      if (calls.length > 1) return;
      leaving.abort();
      // Until the daemon has seen the end of the connection.
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    },
    answers: { startup: created },
  });
  await assert.rejects(api.post('/v1/startup', {}, { ...key('k'), signal: leaving.signal }));
  while (settled.length === 0) await new Promise(setImmediate);
  const again = await api.post('/v1/startup', {}, key('k'));
  assert.deepEqual([again.headers['winsockd-replayed'], again.body], ['true', { sessionId: 'ses_1' }]);
  assert.deepEqual([clients, settled, calls.length], [[false], [true], 1]);
});

test('equal keys of two owners are strangers', async (t) => {
  const { api, calls } = await build(t, {
    tokens: [
      { name: 'alice', token: TOKEN },
      { name: 'bob', token: BOB },
    ],
  });
  for (const one of [api, api.as(BOB)]) {
    assert.equal((await one.post(CLOSE, {}, key('k'))).headers['winsockd-replayed'], undefined);
  }
  assert.deepEqual(
    calls.map(({ owner }) => owner),
    ['alice', 'bob'],
  );
});

test('a full store refuses a new key before its call, and an old one is still answered', async (t) => {
  const { api, calls } = await build(t, { limits: { idempotencyKeysPerOwner: 2 } });
  for (const one of ['a', 'b']) await api.ok.post(CLOSE, {}, key(one));
  const full = await api.post(CLOSE, {}, key('c'));
  assert.deepEqual([full.status, full.body.type], [429, '/problems/quota']);
  const seconds = Number(full.headers['retry-after']);
  assert.ok(seconds > 590 && seconds <= 600, `the oldest key is free after ${seconds} s`);
  assert.equal((await api.post(CLOSE, {}, key('a'))).headers['winsockd-replayed'], 'true');
  assert.equal((await api.post(CLOSE, {})).status, 200, 'a request without a key needs no place');
  assert.equal(calls.length, 3);
});

test('an answer is kept for ten minutes of the daemon, and its bytes are counted as long', async (t) => {
  const clock = new ManualClock();
  const bytes = new ByteAccounts(DEFAULT_LIMITS);
  const { api, calls } = await build(t, { clock, bytes });
  await api.ok.post(CLOSE, {}, key('k'));
  assert.ok(bytes.used > 0);
  clock.advance(KEPT_MS - 1);
  assert.equal((await api.post(CLOSE, {}, key('k'))).headers['winsockd-replayed'], 'true');
  clock.advance(1);
  assert.equal(bytes.used, 0);
  assert.equal((await api.post(CLOSE, {}, key('k'))).headers['winsockd-replayed'], undefined);
  assert.equal(calls.length, 2);
});

test('a batch is repeated as a whole; its document that is refused is not', async (t) => {
  const { api, calls, settled } = await build(t, { answers: { startup: created } });
  const batch = { steps: [{ operation: 'startup' }, { operation: 'startup', params: { leaseSeconds: 5 } }] };
  const first = await api.post('/v1/batch', batch, key('k'));
  assert.deepEqual([first.status, settled], [200, ['collected', 'collected', true, true]]);
  isReplayOf(await api.post('/v1/batch', batch, key('k')), first);
  assert.equal((await api.post('/v1/batch', { steps: [] }, key('k'))).status, 422);
  assert.equal((await api.post('/v1/batch', { steps: [] }, key('l'))).status, 400);
  assert.equal((await api.post('/v1/batch', batch, key('l'))).headers['winsockd-replayed'], undefined);
  assert.equal(calls.length, 4);
});

test('a page of an allowed origin may read a repeated answer', async (t) => {
  const origin = 'https://rig.example:8443';
  const { api } = await build(t, { allowedOrigins: [origin] });
  const headers = { 'idempotency-key': 'k', origin, 'sec-fetch-site': 'cross-site' };
  for (const replayed of [undefined, 'true']) {
    const answer = await api.post(CLOSE, {}, { headers });
    assert.equal(answer.headers['winsockd-replayed'], replayed);
    assert.equal(answer.headers['access-control-allow-origin'], origin);
  }
  const other = await api.post(CLOSE, {}, key('k'));
  assert.equal(other.headers['access-control-allow-origin'], undefined, 'the fields are of each request');
});
