/** Calls that a fault delays, and calls by two ids of one socket: which calls end them, and which do not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { PROVIDERS, startDaemon, startSession, type TestDaemon, TestSocket, until } from '../test-daemon.js';
import { nativeLog } from './native-log.js';
import { assertOrder, endOf, endOrder, pipelined, post, recv, send } from './pipelined.js';

const delayed = (operation: string, socketId: string) => ({
  operation,
  socketId,
  effect: 'delay',
  delayMs: 5_000,
  nth: 1,
});

const duplicateOf = async (daemon: TestDaemon, socket: TestSocket): Promise<TestSocket> =>
  new TestSocket(daemon, (await socket.ok('duplicate')).socketId);

for (const provider of PROVIDERS) {
  describe(provider, () => {
    for (const [end, code] of [
      ['close', 'WSAEINTR'],
      ['cancel', 'WSA_OPERATION_ABORTED'],
      ['sendDisconnect', 'WSAESHUTDOWN'],
    ] as const) {
      test(`${end} ends a delayed send and one that waits in its lane; no native call is made`, async (t) => {
        const daemon = await startDaemon(t, { clock: new ManualClock() });
        const session = await startSession(daemon, provider);
        const [near, far] = await session.pair();
        const { faultId } = await session.ok('faults', delayed('send', near.id));
        const log = nativeLog(t, near);
        const answers = await pipelined(daemon, [send(near, 'a'), send(near, 'b'), post(near, end)]);
        assert.deepEqual(answers.map(endOf), [code, code, 'ok']);
        assert.deepEqual(
          answers.map(({ body }) => body.fault),
          [faultId, undefined, undefined],
        );
        assert.ok(log.every(({ name }) => name !== 'send'));
        if (end === 'cancel') await near.ok('sendDisconnect');
        assert.equal(await far.drain(), '');
      });
    }

    test('a delayed send keeps its lane: the next send comes after it', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      await far.ok('send', { data: { text: '.' } });
      await near.untilAvailable(1);
      await session.ok('faults', delayed('send', near.id));
      const before = clock.pending;
      const exchange = pipelined(daemon, [send(near, 'a'), recv(near, 1), send(near, 'b'), send(near, 'c')]);
      // The timers: the delay, and the limit of each of the three calls.
      await until(() => clock.pending >= before + 4, 'the sends wait');
      clock.advance(5_000);
      const answers = await exchange;
      assertOrder(await endOrder(daemon, session, answers), [1, 0, 2, 3]);
      await near.ok('sendDisconnect');
      assert.equal(await far.drain(), 'abc');
    });

    test('a delayed close finds the socket closed by the next close', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      await session.ok('faults', delayed('close', near.id));
      const exchange = pipelined(daemon, [post(near, 'close'), send(near, 'x'), post(near, 'close')]);
      assert.equal(await far.drain(), 'x');
      clock.advance(5_000);
      const answers = await exchange;
      assert.deepEqual(answers.map(endOf), ['WSAENOTSOCK', 'ok', 'ok']);
      assertOrder(await endOrder(daemon, session, answers), [1, 2, 0]);
    });

    test('both ids of a socket receive: the close of one ends its own recv only', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const duplicate = await duplicateOf(daemon, near);
      const exchange = pipelined(daemon, [
        recv(near, 9),
        recv(duplicate, 9),
        post(near, 'close'),
        send(duplicate, 'x'),
        recv(near, 9),
      ]);
      await far.ok('recv', { timeoutMs: 10_000 });
      await far.ok('send', { data: { text: 'for the twin' } });
      const answers = await exchange;
      assert.deepEqual(answers.map(endOf), ['WSAEINTR', 'for the t', 'ok', 'ok', 'WSAENOTSOCK']);
      assertOrder(await endOrder(daemon, session, answers), [0, 2, 3, 4, 1]);
    });

    test('both ids of a socket receive: cancel is for one id, shutdown for both', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near] = await session.pair();
      const duplicate = await duplicateOf(daemon, near);
      const answers = await pipelined(daemon, [
        recv(near, 9),
        recv(duplicate, 9),
        post(duplicate, 'cancel'),
        recv(duplicate, 9),
        post(near, 'shutdown', { how: 'SD_RECEIVE' }),
        post(duplicate, 'cancel'),
      ]);
      const shut = 'WSAESHUTDOWN';
      assert.deepEqual(answers.map(endOf), [shut, 'WSA_OPERATION_ABORTED', 'ok', shut, 'ok', 'ok']);
      assert.deepEqual(
        [2, 5].map((place) => answers[place]?.body),
        [{ cancelled: 1 }, { cancelled: 0 }],
      );
      assertOrder(await endOrder(daemon, session, answers), [2, 1, 4, 0, 3, 5]);
    });
  });
}
