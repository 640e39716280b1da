/** How long a lease is, and what ends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { startDaemon, startSession } from '../test-daemon.js';

test('a lease that was renewed for a shorter time ends then', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 60 });
  await session.ok('renew', { leaseSeconds: 5 });
  clock.advance(4_999);
  assert.equal(daemon.app.daemon.sessions.size, 1);
  clock.advance(1);
  assert.equal(daemon.app.daemon.sessions.size, 0);
  assert.equal((await daemon.api.problem.get(session.path)).type, '/problems/lease-expired');
});

test("without leaseSeconds a session gets the daemon's lease, at most the longest allowed", async (t) => {
  for (const [maxLeaseSeconds, granted] of [
    [100, 30],
    [30, 30],
    [20, 20],
  ] as const) {
    const daemon = await startDaemon(t, { config: { limits: { leaseSeconds: 30, maxLeaseSeconds } } });
    const session = await startSession(daemon, 'lab');
    assert.equal((await daemon.api.ok.get(session.path)).leaseSeconds, granted);
    await session.ok('renew', { leaseSeconds: maxLeaseSeconds });
  }
});
