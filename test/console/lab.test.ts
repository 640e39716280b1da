/** The lab of a session, as the calls of a journal change it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab, LINK_PRESETS, linkAfter, linkText } from '../../src/console/model/lab.js';
import { Rig } from '../../src/console/model/rig.js';
import type { SessionInfo } from '../../src/console/model/types.js';
import { startDaemon, startSession } from '../scenarios/test-daemon.js';

const PERFECT = { latencyMs: 0, bytesPerSecond: 0, loss: 0, seed: 0, partition: false };

/** A rig with sessions whose calls the test gives, as events of the daemon. */
const rigOf = (...sessions: readonly Pick<SessionInfo, 'sessionId' | 'labNetwork'>[]) => {
  const rig = new Rig();
  for (const given of sessions) {
    rig.seeSession({
      version: '2.2',
      startups: 1,
      leaseSeconds: 60,
      leaseExpiresAt: new Date().toISOString(),
      ...given,
    } as SessionInfo); // what a lab reads of it
    rig.seeJournal(given.sessionId, 0, []);
  }
  let sequence = 0;
  const call = (sessionId: string, operation: string, parameters: object, outcome = 'ok'): void => {
    const time = new Date().toISOString();
    rig.apply('operation', { sessionId, sequence: ++sequence, at: 0, time, operation, parameters, outcome });
  };
  return { rig, call };
};

test('the link follows changes of its network, and no reads, refusals or other networks', () => {
  const { rig, call } = rigOf(
    { sessionId: 'a', labNetwork: 'shared' },
    { sessionId: 'b', labNetwork: 'shared' },
    { sessionId: 'c' },
  );
  call('a', 'setLabLink', { latencyMs: 9 });
  const lab = new Lab(rig, 'a');
  assert.equal(lab.link, undefined);
  lab.beginRead();
  lab.endRead(PERFECT);
  assert.equal(lab.follow(), false, 'nothing new');
  call('a', 'setLabLink', {});
  call('a', 'setLabLink', { latencyMs: 5 }, 'refused');
  call('c', 'setLabLink', { partition: true });
  assert.equal(lab.follow(), false);
  call('b', 'setLabLink', { latencyMs: 50 });
  call('a', 'setLabLink', { loss: 0.5 });
  assert.equal(lab.follow(), true);
  assert.deepEqual(lab.link, { ...PERFECT, latencyMs: 50, loss: 0.5 });
});

test('a change while a read is under way is not lost', () => {
  const { rig, call } = rigOf({ sessionId: 'a' });
  const lab = new Lab(rig, 'a');
  lab.beginRead();
  call('a', 'setLabLink', { partition: true });
  lab.follow();
  lab.endRead(PERFECT);
  assert.equal(lab.link?.partition, true);
});

test('a link that the model changes is the link that the daemon has', async (t) => {
  const session = await startSession(await startDaemon(t), 'lab');
  let link = await session.ok('labLink');
  for (const change of [{ loss: 0.5, seed: 7 }, ...LINK_PRESETS.map((one) => one.change), { loss: 0.1 }]) {
    link = linkAfter(link, change);
    assert.deepEqual(await session.ok('labLink', change), link);
  }
});

test('the clock counts advances of others, and an own one once', () => {
  const { rig, call } = rigOf({ sessionId: 'a' });
  const lab = new Lab(rig, 'a');
  assert.deepEqual([lab.isStopped, lab.timeMs], [false, undefined]);
  lab.beginAdvance();
  lab.endAdvance(700);
  call('a', 'advanceLabClock', { advanceMs: 0 });
  lab.follow();
  assert.deepEqual([lab.isStopped, lab.timeMs], [true, 700]);
  call('a', 'advanceLabClock', { advanceMs: 1000 });
  lab.follow();
  assert.equal(lab.timeMs, 1700, 'another page');
  lab.beginAdvance();
  call('a', 'advanceLabClock', { advanceMs: 60_000 });
  lab.follow();
  lab.endAdvance(61_700);
  assert.equal(lab.timeMs, 61_700, 'the event came before the answer');
  lab.beginAdvance();
  lab.endAdvance(undefined);
  call('a', 'advanceLabClock', { advanceMs: 1 });
  lab.follow();
  assert.equal(lab.timeMs, 61_701, 'an own one that failed has no event');
});

test('a lab whose clock was advanced before is known to stand still', () => {
  const { rig, call } = rigOf({ sessionId: 'a' });
  call('a', 'advanceLabClock', {});
  const lab = new Lab(rig, 'a');
  assert.deepEqual([lab.isStopped, lab.timeMs], [true, undefined]);
});

test('the sentence of a link says what differs from a perfect one', () => {
  assert.equal(linkText(PERFECT), 'The network is connected, no latency, no limit of the rate, no loss');
  assert.equal(
    linkText({ latencyMs: 300, bytesPerSecond: 10_000, loss: 0.07, seed: 3, partition: true }),
    'The network is cut: nothing passes, latency 300 ms, 10,000 bytes per second, 7 % of the datagrams lost (seed 3)',
  );
});
