/** Several fault rules that hit one call: which of them acts, and which has a hit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { startDaemon, startSession } from '../test-daemon.js';

for (const [first, second] of [
  [2, 5],
  [5, 2],
]) {
  test(`of slices of ${first} and ${second} bytes the smaller one counts`, async (t) => {
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

test('a rule without limit has no hit on a call that a delay ended before it', async (t) => {
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
