import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Instants } from '../../../src/http/gates/not-before.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { build } from '../build.js';

const CLOSE = '/v1/sockets/sck_1/close';
const CAP_MS = 25_000;

const setup = (passedMs: number) => {
  const clock = new ManualClock();
  clock.advance(passedMs);
  return { clock, instants: new Instants(clock, CAP_MS) };
};

test('a time of the wall clock is converted once, to the monotonic clock', () => {
  const { clock, instants } = setup(1000);
  const wall = clock.wall().getTime();
  const at = (ms: number) => new Date(wall + ms).toISOString();
  assert.deepEqual(instants.read(at(0)), { ok: true, value: 1000 });
  assert.deepEqual(instants.read(at(CAP_MS)), { ok: true, value: 1000 + CAP_MS });
  assert.deepEqual(instants.read(at(-5000)), { ok: true, value: -4000 });
  assert.deepEqual(instants.read('2023-11-15T00:13:26.000+02:00'), { ok: true, value: 6000 });
  assert.deepEqual(instants.read('2023-11-14t22:13:26.000z'), { ok: true, value: 6000 });
});

test('monotonic= has the milliseconds of the daemon, with fractions', () => {
  const { instants } = setup(1000);
  assert.deepEqual(instants.read('monotonic=1250.125'), { ok: true, value: 1250.125 });
  assert.deepEqual(instants.read(`monotonic=${1000.1 + 0.2}`), { ok: true, value: 1000.1 + 0.2 });
  assert.deepEqual(instants.read('monotonic=0'), { ok: true, value: 0 });
  assert.deepEqual([instants.msUntil(1250.5), instants.msUntil(10)], [250.5, 0]);
});

test('an instant further ahead than the longest wait is refused', () => {
  const { clock, instants } = setup(1000);
  const at = new Date(clock.wall().getTime() + CAP_MS + 1).toISOString();
  for (const text of ['monotonic=26000.1', at, '9999-12-31T23:59:59.999Z']) {
    assert.deepEqual(instants.read(text), {
      ok: false,
      detail: 'must be at most 25000 milliseconds ahead',
    });
  }
});

// biome-ignore format: a few a line
const NO_INSTANTS = [
  '', 'now', '2023-11-14', '2023-11-14T22:13:20Z', '2023-11-14T22:13:20.1Z', '2023-11-14T22:13:20.1234Z',
  '2023-11-14T22:13:20.000', '2023-11-14 22:13:20.000Z', '2023-02-30T22:13:20.000Z', '2023-13-01T00:00:00.000Z',
  '2023-11-14T24:00:01.000Z', '2023-11-14T22:13:60.000Z', '2023-11-14T22:13:20.000+0200', '1700000000000',
  'monotonic=', 'monotonic=-1', 'monotonic=1e3', 'monotonic=1.', 'monotonic= 1', 'monotonic=1, monotonic=1',
  'monotonic=9999999999999999',
];

for (const text of NO_INSTANTS) {
  test(`no instant: '${text}'`, () => {
    const read = setup(0).instants.read(text);
    assert.deepEqual([read.ok, read.ok ? '' : read.detail.slice(0, 14)], [false, 'must be a time']);
  });
}

test('a call that changes something gets its instant, and no other request may have one', async (t) => {
  const seen: unknown[] = [];
  const { api } = await build(t, {
    clock: setup(1000).clock,
    onCall: ({ notBefore }) => seen.push(notBefore),
  });
  const headers = { 'winsockd-not-before': 'monotonic=1500' };
  await api.ok.post(CLOSE, {}, { headers });
  await api.ok.delete('/v1/sockets/sck_1', { headers });
  await api.ok.post(CLOSE);
  assert.deepEqual(seen, [1500, 1500, undefined]);
  const refused = await Promise.all([
    api.problem.get('/v1/sockets/sck_1/options/SOL_SOCKET/SO_TYPE', { headers }),
    api.problem.get('/v1', { headers }),
    api.problem.post('/v1/rpc', { jsonrpc: '2.0', id: 1, method: 'close', params: {} }, { headers }),
    api.problem.post('/v1/batch', { steps: [{ operation: 'startup' }] }, { headers }),
    api.problem.post('/v1/drain', {}, { headers }),
    api.problem.post(CLOSE, {}, { headers: { 'winsockd-not-before': 'soon' } }),
    api.problem.post(CLOSE, {}, { headers: { 'winsockd-not-before': 'monotonic=26000.1' } }),
  ]);
  for (const { status, type } of refused) assert.deepEqual([status, type], [400, '/problems/bad-request']);
  assert.equal(seen.length, 3);
});

test('every step of a batch has its instant, also over JSON-RPC; Server-Timing has that of the first', async (t) => {
  const seen: unknown[] = [];
  let late = 0;
  const close = () => {
    late += 1.5;
    return { timing: { native: 1, wait: 2, late } };
  };
  const { api } = await build(t, {
    clock: setup(1000).clock,
    onCall: ({ notBefore }) => seen.push(notBefore),
    answers: { close },
  });
  const step = { operation: 'close', params: { socketId: 'sck_1' } };
  const batch = { steps: [step, { ...step, repeat: 2 }], notBefore: 'monotonic=1500' };
  const { headers } = await api.post('/v1/batch', batch);
  assert.equal(headers['server-timing'], 'native;dur=3, wait;dur=6, late;dur=1.5');
  await api.ok.post('/v1/rpc', { jsonrpc: '2.0', id: 1, method: 'batch', params: batch });
  assert.deepEqual(seen, Array(6).fill(1500));
  const { status, errors } = await api.problem.post('/v1/batch', { ...batch, notBefore: 'soon' });
  assert.deepEqual([status, errors[0].pointer], [400, '/notBefore']);
});
