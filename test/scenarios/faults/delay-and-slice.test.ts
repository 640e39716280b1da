/** The effects `delay` and `slice`: a call waits first, or moves fewer bytes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`delay and slice on ${provider}`, () => {
    test('delay waits before the call; timeoutMs and a close end the wait', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'send', effect: 'delay', delayMs: 5_000 });
      const slow = client.answer('send', { data: { text: 'late' } });
      await client.untilBusy();
      assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      clock.advance(5_000);
      const { status, headers, body } = await slow;
      assert.deepEqual([status, headers['winsockd-fault'], body.bytesSent], [200, 'flt_1', 4]);
      assert.equal(headers['server-timing'], 'native;dur=0, wait;dur=5000', 'the wait is not native time');
      const limited = client.problem('send', { data: { text: 'never' }, timeoutMs: 1_000 });
      await client.untilBusy();
      clock.advance(1_000);
      const late = await limited;
      assert.deepEqual([late.name, late.fault], ['WSAETIMEDOUT', 'flt_1']);
      const closed = client.problem('send', { data: { text: 'never' } });
      await client.untilBusy();
      await client.ok('close');
      assert.equal((await closed).name, 'WSAEINTR');
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'late');
    });

    test('slice makes a send short and a receive come in pieces', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: client.id, operation: 'send', effect: 'slice', bytes: 5 });
      await session.arm({ socketId: server.id, effect: 'slice', bytes: 2 });
      const { status, headers, body } = await client.answer('send', { data: { text: 'short send' } });
      assert.deepEqual([status, headers['winsockd-fault'], body.bytesSent], [200, 'flt_1', 5]);
      const pieces: string[] = [];
      while (pieces.join('').length < 5) pieces.push(textOf(await server.ok('recv', { timeoutMs: 10_000 })));
      assert.deepEqual(pieces, ['sh', 'or', 't']);
    });
  });
}
