/** How long a lease is, and what ends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { begin, rig } from '../rig.js';

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
  for (const [maxLeaseSeconds, granted] of [
    [100, 30],
    [30, 30],
    [20, 20],
  ] as const) {
    const r = await rig(t, { config: { limits: { leaseSeconds: 30, maxLeaseSeconds } } });
    const session = await begin(r, 'lab');
    assert.equal((await r.api.ok.get(session.path)).leaseSeconds, granted);
    await session.ok('renew', { leaseSeconds: maxLeaseSeconds });
  }
});
