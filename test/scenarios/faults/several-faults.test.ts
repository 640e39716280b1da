/** Several fault rules that hit one call: which of them acts, and which has a hit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { loopback, startDaemon, startSession } from '../test-daemon.js';
import { countersOf } from './fault-counters.js';

for (const [first, second] of [
  [2, 5],
  [5, 2],
]) {
  test(`slices of ${first} and ${second} bytes together: the smaller one counts`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, 'lab');
    const [sender, receiver] = await session.pair();
    await sender.ok('send', { data: { text: 'received' } });
    for (const bytes of [first, second]) await session.arm({ effect: 'slice', bytes });
    const sent = await sender.answer('send', { data: { text: 'together' } });
    assert.deepEqual([sent.body.bytesSent, sent.headers['winsockd-fault']], [2, 'flt_1, flt_2']);
    const received = await receiver.answer('recv', { timeoutMs: 10_000 });
    assert.deepEqual([received.body.bytesReceived, received.headers['winsockd-fault']], [2, 'flt_1, flt_2']);
  });
}

test('a rule has no hit on a call that ended during the delay of an earlier rule', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'recv', effect: 'delay', delayMs: 5_000 });
  await session.arm({ operation: 'recv', effect: 'fail', code: 'WSAENETDOWN' });
  const ended = client.answer('recv', { timeoutMs: 1_000 });
  await client.untilBusy();
  clock.advance(1_000);
  const { headers, body } = await ended;
  assert.deepEqual([body.name, headers['winsockd-fault']], ['WSAETIMEDOUT', 'flt_1']);
  const { faults } = await daemon.api.ok.get(`${session.path}/faults`);
  assert.deepEqual(
    faults.map(({ calls, hits }: { calls: number; hits: number }) => [calls, hits]),
    [
      [1, 1],
      [1, 0],
    ],
  );
});

test('several faults act on one call in the order of arming, and all are named', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'send', effect: 'delay', delayMs: 1 });
  await session.arm({ operation: 'send', every: 2, effect: 'slice', bytes: 2 });
  await session.arm({ operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' });
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const { status, headers, body } = await client.answer('send', { data: { text: 'abcd' } });
    seen.push([status, headers['winsockd-fault'], body.bytesSent, body.fault]);
  }
  assert.deepEqual(seen, [
    [200, 'flt_1', 4, undefined],
    [200, 'flt_1, flt_2', 2, undefined],
    [503, 'flt_1, flt_3', undefined, 'flt_3'],
  ]);
});

test('every rule counts every matching call, also after another rule reset the connection', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'send', nth: 1, effect: 'reset' });
  await session.arm({ operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' });
  await session.arm({ operation: 'send', probability: 0.5, seed: 3, effect: 'delay', delayMs: 1 });
  await session.arm({ operation: 'send', nth: 4, effect: 'reset' });
  for (let i = 0; i < 3; i++) {
    const { name, fault } = await client.problem('send', { data: { text: 'x' } });
    assert.deepEqual([name, fault], ['WSAECONNRESET', 'flt_1']);
  }
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [3, 1]);
  assert.deepEqual(
    await countersOf(daemon, session, 'flt_2'),
    [3, 0],
    'its call has passed, decided by another',
  );
  assert.deepEqual(await countersOf(daemon, session, 'flt_3'), [3, 0]);
  assert.deepEqual(await countersOf(daemon, session, 'flt_4'), [3, 0]);
});

test('a rule counts a call that waited in its lane when a fault reset the connection', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'recv', every: 9, effect: 'fail', code: 'WSAENETDOWN' });
  await session.arm({ operation: 'shutdown', effect: 'reset' });
  const waiting = [1, 2, 3].map(() => client.problem('recv'));
  await client.untilBusy();
  await client.problem('shutdown', { how: 'SD_SEND' });
  for (const { name } of await Promise.all(waiting)) assert.equal(name, 'WSAECONNRESET');
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [3, 0]);
});

test('only the rule that acts has a hit; the others stay armed', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  for (const code of ['WSAENETDOWN', 'WSAENOBUFS']) {
    await session.arm({ operation: 'send', times: 1, effect: 'fail', code });
  }
  const first = await client.problem('send', { data: { text: 'x' } });
  assert.deepEqual([first.name, first.fault], ['WSAENETDOWN', 'flt_1']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_2'), [1, 0]);
  assert.equal((await daemon.api.ok.get(`${session.path}/faults/flt_2`)).spent, false);
  const second = await client.problem('send', { data: { text: 'x' } });
  assert.deepEqual([second.name, second.fault], ['WSAENOBUFS', 'flt_2']);
  await client.ok('send', { data: { text: 'x' } });
  await session.arm({ operation: 'recv', times: 1, effect: 'delay', delayMs: 5_000 });
  await session.arm({ operation: 'recv', times: 1, effect: 'fail', code: 'WSAENETDOWN' });
  const ended = client.answer('recv', { timeoutMs: 1_000 });
  await client.untilBusy();
  clock.advance(1_000);
  const { headers, body } = await ended;
  assert.deepEqual([headers['winsockd-fault'], body.name, body.fault], ['flt_3', 'WSAETIMEDOUT', 'flt_3']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_4'), [1, 0], 'the delay ended the call before it');
  assert.equal((await client.problem('recv')).fault, 'flt_4');
});

test('the header names the first faults and how many more; the journal names all', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  for (let i = 0; i < 16; i++) await session.arm({ operation: 'send', effect: 'slice', bytes: 1 });
  const ids = Array.from({ length: 16 }, (_, i) => `flt_${i + 1}`);
  const header = async (): Promise<unknown> =>
    (await client.answer('send', { data: { text: 'x' } })).headers['winsockd-fault'];
  assert.equal(await header(), ids.join(', '));
  for (let i = 0; i < 4; i++) await session.arm({ operation: 'send', effect: 'slice', bytes: 1 });
  assert.equal(await header(), `${ids.join(', ')}, 4 more`);
  const { entries } = await daemon.api.ok.get(`/v1/sockets/${client.id}/journal`);
  assert.equal(entries.at(-1).faults.length, 20);
});

test('a rule for whose hold there is no room neither counts a hit nor is named', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  const fault = { operation: 'send', effect: 'bandwidth', bytesPerSecond: 1_000_000 };
  for (let i = 0; i < 17; i++) await session.arm(fault);
  const { headers } = await client.answer('send', { data: { text: 'x' } });
  assert.equal(headers['winsockd-fault'], Array.from({ length: 16 }, (_, i) => `flt_${i + 1}`).join(', '));
  assert.deepEqual(await countersOf(daemon, session, 'flt_16'), [1, 1]);
  assert.deepEqual(await countersOf(daemon, session, 'flt_17'), [1, 0]);
});

test('of two latencies of datagrams only the first acts', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.datagram();
  for (let i = 0; i < 2; i++) await session.arm({ operation: 'recvFrom', effect: 'latency', latencyMs: 1 });
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  for (let i = 0; i < 2; i++) await socket.problem('recvFrom', { timeoutMs: 0 });
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [2, 2]);
  assert.deepEqual(await countersOf(daemon, session, 'flt_2'), [2, 0]);
});
