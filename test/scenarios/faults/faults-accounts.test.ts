/**
 * The account of a fault: an answer names only rules that acted, and a hit is a call on which the rule acted.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`the account of a fault on ${provider}`, () => {
    test('phase after has no hit on a call that the daemon refused: it is not named', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const fault = { operation: 'send', times: 1, effect: 'fail', phase: 'after', code: 'WSAENOBUFS' };
      await session.arm(fault);
      const refused = await client.answer('send', { data: { base64: 'not base64' } });
      assert.equal(refused.body.type, '/problems/validation');
      assert.equal(refused.headers['winsockd-fault'], undefined);
      const { calls, hits, spent } = await daemon.api.ok.get(`${session.path}/faults/flt_1`);
      assert.deepEqual([calls, hits, spent], [1, 0, false]);
      assert.equal((await client.problem('send', { data: { text: 'x' } })).fault, 'flt_1');
      await client.ok('send', { data: { text: 'x' } });
    });

    test('a delay has no hit on a call that may not wait: it acts on the next one', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { callsPerOwner: 1 } } });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const { id: socketId } = client;
      await session.arm({ socketId, operation: 'send', times: 1, effect: 'delay', delayMs: 1 });
      const waiting = client.answer('recv');
      await client.untilBusy();
      const refused = await client.answer('send', { data: { text: 'x' } });
      assert.equal(refused.body.type, '/problems/quota');
      assert.equal(refused.headers['winsockd-fault'], undefined);
      const { hits, spent } = await daemon.api.ok.get(`${session.path}/faults/flt_1`);
      assert.deepEqual([hits, spent], [0, false]);
      await server.ok('send', { data: { text: 'x' } });
      assert.equal((await waiting).status, 200);
      const { headers } = await client.answer('send', { data: { text: 'x' } });
      assert.equal(headers['winsockd-fault'], 'flt_1');
    });

    test('a freeze by another session is not attributed to the rule with the same id here', async (t) => {
      const daemon = await startDaemon(t);
      const [one, other] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const [client, server] = await one.pair();
      const guest = await server.duplicate({ sessionId: other.id });
      const freeze = { operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 };
      await one.arm({ ...freeze, socketId: server.id });
      await other.arm({
        operation: 'listen',
        effect: 'fail',
        code: 'WSAENETDOWN',
      });
      await client.ok('send', { data: { text: 'hidden' } });
      assert.equal((await server.problem('recv', { timeoutMs: 20 })).fault, 'flt_1');
      const seen = await guest.answer('recv', { timeoutMs: 20 });
      assert.deepEqual([seen.body.name, seen.body.fault], ['WSAETIMEDOUT', undefined]);
      assert.equal(seen.headers['winsockd-fault'], undefined);
    });
  });
}
