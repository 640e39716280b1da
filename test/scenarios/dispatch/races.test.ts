/** Waiting calls, and calls that end them, arriving together: the order of arrival decides. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, type TestSocket, until } from '../test-daemon.js';
import { nativeLog } from './native-log.js';
import { assertOrder, bare, endOf, endOrder, type Piped, pipelined, post, recv, send } from './pipelined.js';

/** The calls that end a waiting recv, and the code that it then answers. */
const ENDS = { shutdown: 'WSAESHUTDOWN', cancel: 'WSA_OPERATION_ABORTED', close: 'WSAEINTR' } as const;
type End = keyof typeof ENDS;

const ORDERS: readonly (readonly [End, End, End])[] = [
  ['shutdown', 'cancel', 'close'],
  ['shutdown', 'close', 'cancel'],
  ['cancel', 'shutdown', 'close'],
  ['cancel', 'close', 'shutdown'],
  ['close', 'shutdown', 'cancel'],
  ['close', 'cancel', 'shutdown'],
];

const ending = (socket: TestSocket, end: End): Piped =>
  post(socket, end, end === 'shutdown' ? { how: 'SD_RECEIVE' } : {});

for (const provider of PROVIDERS) {
  describe(provider, () => {
    for (const order of ORDERS) {
      test(`a recv waits, then ${order.join(', ')} arrive together`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const closed = order.indexOf('close');
        const answers = order.map((_, place) => (place > closed ? 'WSAENOTSOCK' : 'ok'));
        const expected = (cancelled: number) =>
          order.map((end, place) => (end === 'cancel' && place < closed ? cancelled : undefined));
        // First the recv arrives earlier, then together with them.
        const [early] = await session.pair();
        const waiting = early.answer('recv');
        await early.untilBusy();
        const three = await pipelined(
          daemon,
          order.map((end) => ending(early, end)),
        );
        assert.deepEqual([endOf(await waiting), ...three.map(endOf)], [ENDS[order[0]], ...answers]);
        const first = order[0] === 'cancel' ? 1 : 0;
        assert.deepEqual(
          three.map(({ body }) => body.cancelled),
          expected(first),
        );
        const [near] = await session.pair();
        const four = await pipelined(daemon, [recv(near, 9), ...order.map((end) => ending(near, end))]);
        assert.deepEqual(four.map(endOf), [ENDS[order[0]], ...answers]);
        assert.deepEqual(
          four.slice(1).map(({ body }) => body.cancelled),
          expected(first),
        );
        // A close ends after the calls that it ends, the others before them.
        assert.deepEqual(
          await endOrder(daemon, session, four),
          order[0] === 'close' ? [0, 1, 2, 3] : [1, 0, 2, 3],
        );
      });
    }

    test('one cancel ends two recvs, the one without a turn first; another finds none', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const answers = await pipelined(daemon, [
        recv(near, 1),
        recv(near, 1),
        post(near, 'cancel'),
        post(near, 'cancel'),
        send(near, 'x'),
      ]);
      const aborted = 'WSA_OPERATION_ABORTED';
      assert.deepEqual(answers.map(endOf), [aborted, aborted, 'ok', 'ok', 'ok']);
      const [, , first, second] = answers;
      assert.deepEqual([first?.body, second?.body], [{ cancelled: 2 }, { cancelled: 0 }]);
      // Calls that wait for their turn have less to undo.
      assertOrder(await endOrder(daemon, session, answers), [2, 1, 0, 3, 4]);
      // The lane is free again.
      await far.ok('send', { data: { text: 'y' } });
      await near.ok('recv', { timeoutMs: 10_000 });
    });

    test('bytes that arrive with the end of a recv: cancel keeps them, close loses them', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const cancelled = await pipelined(daemon, [recv(near, 9), send(far, 'kept'), post(near, 'cancel')]);
      assert.deepEqual(cancelled.map(endOf), ['WSA_OPERATION_ABORTED', 'ok', 'ok']);
      const { data } = await near.ok('recv', { timeoutMs: 10_000 });
      assert.equal(atob(data.base64), 'kept');
      const closed = await pipelined(daemon, [recv(near, 9), send(far, 'lost'), post(near, 'close')]);
      assert.deepEqual(closed.map(endOf), ['WSAEINTR', 'ok', 'ok']);
      assert.equal((await far.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
    });

    test('two recvs wait, then bytes for both arrive: each gets its own, in order', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const exchange = pipelined(daemon, [recv(near, 2), recv(near, 2), recv(near, 2)]);
      await near.untilBusy();
      await far.ok('send', { data: { text: 'abcdef' } });
      const answers = await exchange;
      assert.deepEqual(answers.map(endOf), ['ab', 'cd', 'ef']);
      assertOrder(await endOrder(daemon, session, answers), [0, 1, 2]);
    });

    test('a recv keeps its lane until its answer is written', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const [other, farther] = await session.pair();
      await far.ok('send', { data: { text: 'abc' } });
      await near.untilAvailable(3);
      const log = nativeLog(t, near);
      const exchange = pipelined(daemon, [recv(other, 1), recv(near, 1), recv(near, 1), send(near, 'x')]);
      await far.ok('recv', { timeoutMs: 10_000 });
      const made = log.splice(0).map(({ name }) => name);
      assert.deepEqual(made, ['recv', 'send'], 'the other recv has not had its turn');
      await farther.ok('send', { data: { text: 'z' } });
      assert.deepEqual((await exchange).map(endOf), ['z', 'a', 'b', 'ok']);
      // It does not get the lane either if the socket is closed meanwhile, however many bytes there are.
      await far.ok('send', { data: { text: 'de' } });
      await near.untilAvailable(3);
      const closing = pipelined(daemon, [recv(other, 1), recv(near, 1), recv(near, 1), post(near, 'close')]);
      await until(() => daemon.app.daemon.sockets.find(near.id) === undefined, 'near is closed');
      await farther.ok('send', { data: { text: 'z' } });
      assert.deepEqual((await closing).map(endOf), ['z', 'c', 'WSAEINTR', 'ok']);
    });

    test('calls without a wait end before the next begins', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      await far.ok('send', { data: { text: 'abc' } });
      await near.untilAvailable(3);
      const log = nativeLog(t, near);
      const answers = await pipelined(daemon, [
        bare(near, 'recv'),
        bare(near, 'sendDisconnect'),
        bare(near, 'close'),
        bare(near, 'cancel'),
        bare(near, 'recv'),
      ]);
      assert.deepEqual(answers.map(endOf), ['abc', 'ok', 'ok', 'WSAENOTSOCK', 'WSAENOTSOCK']);
      const natives = ['recv', 'sendDisconnect', 'getSockOpt', 'available', 'close'];
      assert.deepEqual(
        log.map(({ name }) => name),
        natives,
      );
      assertOrder(await endOrder(daemon, session, answers), [0, 1, 2, 3, 4]);
    });
  });
}
