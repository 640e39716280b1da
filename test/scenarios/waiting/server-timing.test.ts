/** Server-Timing and the journal: the time of a wait is not counted as native time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`times on ${provider}`, () => {
    test('a recv that waits, for bytes or its turn, has separate wait and native times', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [sender, receiver] = await session.pair();
      const waiting = [receiver.answer('recv', { maxBytes: 1 }), receiver.answer('recv', { maxBytes: 1 })];
      // Both have begun: only their waits pass on this clock.
      await until(
        () => daemon.app.daemon.sessions.findOfAnyOwner(session.id)?.calls.size === 2,
        'both recvs wait',
      );
      clock.advance(300);
      await sender.ok('send', { data: { text: 'ab' } });
      for (const { status, headers } of await Promise.all(waiting)) {
        assert.deepEqual([status, headers['server-timing']], [200, 'native;dur=0, wait;dur=300']);
      }
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${receiver.id}/journal`);
      for (const { nativeUs, waitUs } of entries.slice(-2)) {
        assert.deepEqual([nativeUs, waitUs], [0, 300_000]);
      }
    });
  });
}
