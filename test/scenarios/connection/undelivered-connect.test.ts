/**
 * A connect that succeeded without a delivered answer: only a connect to the same address may answer for it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';

for (const provider of PROVIDERS) {
  describe(`a connect whose success was not delivered, on ${provider}`, () => {
    test('after a lost reply, connect to another address is WSAEISCONN', async (t) => {
      const seam = cutBeforeReply('connect');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [address, other] = [
        await (await session.listener()).sockName(),
        await (await session.listener()).sockName(),
      ];
      const socket = await session.stream();
      await seam.cut(daemon, `/v1/sockets/${socket.id}/connect`, { address });
      const problem = await socket.problem('connect', { address: other });
      assert.deepEqual([problem.code, problem.state], [10056, 'connected']);
      assert.deepEqual((await socket.info()).remoteAddress, address);
    });
  });
}

test('after a limit ended the wait, connect to another address is WSAEISCONN', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [address, other] = [
    await (await session.listener()).sockName(),
    await (await session.listener()).sockName(),
  ];
  const socket = await session.stream();
  await session.ok('labClock', { advanceMs: 0 });
  await session.ok('labLink', { latencyMs: 1_000 });
  const limited = await socket.problem('connect', { address, timeoutMs: 1 });
  assert.deepEqual([limited.code, limited.state], [10060, 'connecting']);
  await session.ok('labClock', { advanceMs: 2_000 });
  await socket.untilState(['connected']);
  assert.equal((await socket.problem('connect', { address: other })).code, 10056);
  assert.deepEqual((await socket.info()).remoteAddress, address);
});
