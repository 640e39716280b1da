/** What holds a lease, what begins it anew, and what ends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feedOf } from '../../../src/operations/journal/event-feed.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { begin, rig } from '../rig.js';

test('of two streams on a session the one that stays open holds the lease', async (t) => {
  const clock = new ManualClock();
  const r = await rig(t, { clock });
  const session = await begin(r, 'lab', { leaseSeconds: 10 });
  const feed = feedOf(r.app.daemon);
  const letGo = [feed.holdLease(session.id), feed.holdLease(session.id)];
  letGo[0]?.();
  clock.advance(60_000);
  assert.equal(r.app.daemon.sessions.size, 1);
  letGo[1]?.();
  clock.advance(9_999);
  assert.equal(r.app.daemon.sessions.size, 1, 'the lease begins when the last one ends');
  clock.advance(10_001);
  assert.equal((await r.api.problem.get(session.path)).type, '/problems/lease-expired');
});

test('a lease that was renewed for a shorter time ends then', async (t) => {
  const clock = new ManualClock();
  const r = await rig(t, { clock });
  const session = await begin(r, 'lab', { leaseSeconds: 60 });
  await session.ok('renew', { leaseSeconds: 5 });
  clock.advance(4_999);
  assert.equal(r.app.daemon.sessions.size, 1);
  clock.advance(1);
  assert.equal(r.app.daemon.sessions.size, 0);
  assert.equal((await r.api.problem.get(session.path)).type, '/problems/lease-expired');
});

test('a session that names no lease gets that of the daemon, and never more than the longest there is', async (t) => {
  for (const [leaseSeconds, maxLeaseSeconds, granted] of [
    [30, 100, 30],
    [30, 30, 30],
    [30, 20, 20],
  ]) {
    assert.ok(leaseSeconds && maxLeaseSeconds && granted);
    const r = await rig(t, { config: { limits: { leaseSeconds, maxLeaseSeconds } } });
    const session = await begin(r, 'lab');
    assert.equal((await r.api.ok.get(session.path)).leaseSeconds, granted);
    await session.ok('renew', { leaseSeconds: maxLeaseSeconds });
  }
});
