/** resetSession: ends all faults and relays of a session in one call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { untilArrived } from '../faults/arrived.js';
import { PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';
import { startRelay } from './relays.js';

for (const provider of PROVIDERS) {
  describe(`resetSession on ${provider}`, () => {
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
      assert.deepEqual(await daemon.api.ok.post(`${session.path}/reset`), { faults: 3, relays: 0 });
      assert.equal(textOf(await waiting), 'hidden', 'what they hid shows at once');
      assert.deepEqual((await daemon.api.ok.get(`${session.path}/faults`)).faults, []);
      assert.equal((await daemon.api.ok.get(`${other.path}/faults`)).faults.length, 1);
      assert.deepEqual(await daemon.api.ok.post(`${session.path}/reset`), { faults: 0, relays: 0 });
    });

    test('relays end: their pairs are reset, and the listener is free', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const relay = await startRelay(
        daemon,
        provider,
        { faults: [{ end: 'client', nthConnection: 9, effect: 'reset' }] },
        session,
      );
      const [client] = await relay.pair();
      const { faults, relays } = await daemon.api.ok.post(`${session.path}/reset`);
      assert.deepEqual([faults, relays], [1, 1]);
      assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.deepEqual((await daemon.api.ok.get(`${session.path}/relays`)).relays, []);
      assert.deepEqual((await daemon.api.ok.get(`${session.path}/faults`)).faults, []);
    });
  });
}
