/** removeFaults: ends all faults of a session in one call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';
import { untilArrived } from './arrived.js';

for (const provider of PROVIDERS) {
  describe(`removeFaults on ${provider}`, () => {
    test('all rules of the session and its sockets end; those of another session stay', async (t) => {
      const daemon = await startDaemon(t);
      const [session, other] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      await other.arm({ effect: 'fail', code: 'WSAENETDOWN' });
      const [client, server] = await session.pair();
      await session.arm({ socketId: client.id, operation: 'send', effect: 'delay', delayMs: 1 });
      await session.arm({ operation: 'recv', effect: 'latency', latencyMs: 3_600_000 });
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
      const waiting = server.ok('recv');
      await server.untilBusy();
      await client.ok('send', { data: { text: 'hidden' } });
      await untilArrived(daemon, server, 6);
      assert.deepEqual(await daemon.api.ok.delete(`${session.path}/faults`), { removed: 3 });
      assert.equal(textOf(await waiting), 'hidden', 'what they hid shows at once');
      assert.deepEqual((await daemon.api.ok.get(`${session.path}/faults`)).faults, []);
      assert.equal((await daemon.api.ok.get(`${other.path}/faults`)).faults.length, 1);
      assert.deepEqual(await daemon.api.ok.delete(`${session.path}/faults`), { removed: 0 });
    });
  });
}
