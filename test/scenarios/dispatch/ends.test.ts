/** Calls that wait to send, to accept or for a close, and calls after them that end these waits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, TestSocket, until } from '../test-daemon.js';
import { heldSend, MORE_THAN_BUFFERED } from './held-send.js';
import { assertOrder, endOf, endOrder, type Piped, pipelined, post, recv, send } from './pipelined.js';

for (const provider of PROVIDERS) {
  describe(provider, () => {
    test('sends wait in their lane; a sendDisconnect after them ends them all', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const { filled, sending } = await heldSend(near, far);
      const requests = [
        send(near, 'a'),
        send(near, 'b'),
        post(near, 'sendDisconnect'),
        send(near, 'c'),
        post(near, 'sendDisconnect'),
      ];
      const answers = await pipelined(daemon, requests);
      const shut = 'WSAESHUTDOWN';
      assert.deepEqual(answers.map(endOf), [shut, shut, 'ok', shut, 'ok']);
      assertOrder(await endOrder(daemon, session, answers), [2, [0, 1], 3, 4]);
      const { bytesSent = 0 } = (await sending).body;
      assert.equal((await far.drain()).length, filled + bytesSent, 'not a byte of them was taken');
    });

    for (const end of ['sendDisconnect', 'cancel', 'close'] as const) {
      test(`a send with progress and another wait: ${end} answers what was sent`, async (t) => {
        if (provider !== 'posix') {
          return t.skip('Winsock takes a send whole, of any size, while its buffer has room; Linux does not');
        }
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const [near, far] = await session.pair();
        const { filled, sending } = await heldSend(near, far);
        // Some room for the first send, whose bytes are then the last to arrive.
        const { bytesReceived } = await far.ok('recv', { maxBytes: filled, flags: ['MSG_WAITALL'] });
        assert.equal(bytesReceived, filled);
        await far.ok('recv', { maxBytes: 1, flags: ['MSG_PEEK'], timeoutMs: 10_000 });
        const [second, ended] = await pipelined(daemon, [send(near, 'z'), post(near, end)]);
        const { status, body } = await sending;
        assert.equal(status, 200);
        assert.ok(body.bytesSent > 0 && body.bytesSent < MORE_THAN_BUFFERED, `${body.bytesSent}`);
        const codes = { sendDisconnect: 'WSAESHUTDOWN', cancel: 'WSA_OPERATION_ABORTED', close: 'WSAEINTR' };
        assert.deepEqual(
          [second, ended].map((one) => one && endOf(one)),
          [codes[end], 'ok'],
        );
        if (end === 'cancel') await near.ok('sendDisconnect');
        assert.equal(await far.drain(), 'y'.repeat(body.bytesSent));
      });
    }

    test('several closes of one socket: a limit ends the wait of one, time ends the close', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      await fillSendBuffer(near, far);
      await near.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3 } });
      const before = clock.pending;
      const closing = pipelined(daemon, [
        post(near, 'close'),
        post(near, 'close', { timeoutMs: 0 }),
        post(near, 'close'),
        send(near, 'x'),
      ]);
      // Two waiting calls, each with its limit, and the close that polls repeatedly.
      await until(() => clock.pending >= before + 3, 'both closes wait');
      clock.advance(3_000);
      const answers = await closing;
      assert.deepEqual(answers.map(endOf), ['ok', 'WSAETIMEDOUT', 'ok', 'WSAENOTSOCK']);
      assertOrder(await endOrder(daemon, session, answers), [1, 3, 0, 2]);
      assert.equal((await near.problem('close')).status, 410);
    });

    test('the first of several closes ends the waiting calls before the second begins', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near] = await session.pair();
      const answers = await pipelined(daemon, [recv(near, 1), post(near, 'close'), post(near, 'close')]);
      assert.deepEqual(answers.map(endOf), ['WSAEINTR', 'ok', 'WSAENOTSOCK']);
      assertOrder(await endOrder(daemon, session, answers), [0, 1, 2]);
    });

    test('the close of a listener ends its waiting accepts, also if a caller arrives', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const caller = await session.stream();
      await caller.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const answers = await pipelined(daemon, [
        post(listener, 'accept'),
        post(listener, 'accept'),
        post(caller, 'connect', { address }),
        post(listener, 'close'),
        post(listener, 'accept'),
      ]);
      const intr = 'WSAEINTR';
      assert.deepEqual(answers.map(endOf), [intr, intr, 'WSAEWOULDBLOCK', 'ok', 'WSAENOTSOCK']);
      assertOrder(await endOrder(daemon, session, answers), [2, [0, 1], 3, 4]);
      assert.equal(daemon.app.daemon.sockets.size, 1, 'nothing was accepted');
    });

    test('a connection accepted before the close of its listener stays', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [other, farther] = await session.pair();
      const listener = await session.listener();
      const caller = await session.stream();
      await caller.ok('connect', { address: await listener.sockName() });
      await session.ok('select', { read: [listener.id], timeoutMs: 10_000 });
      const exchange = pipelined(daemon, [recv(other, 1), post(listener, 'accept'), post(listener, 'close')]);
      await until(() => daemon.app.daemon.sockets.find(listener.id) === undefined, 'the listener is closed');
      await farther.ok('send', { data: { text: '.' } });
      const answers = await exchange;
      assert.deepEqual(answers.map(endOf), ['.', 'ok', 'ok']);
      const taken = new TestSocket(daemon, answers[1]?.body.socketId);
      await caller.ok('send', { data: { text: 'still there' } });
      assert.equal((await taken.ok('recv', { timeoutMs: 10_000 })).bytesReceived, 11);
    });

    test('only the last cleanup ends waiting calls; a startup after it revives the session', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near] = await session.pair();
      const listener = await session.listener();
      const of = (operation: string, body: object = {}): Piped => ({
        method: 'POST',
        path: `${session.path}/${operation}`,
        body,
      });
      const startup: Piped = { method: 'POST', path: '/v1/startup', body: { sessionId: session.id } };
      const answers = await pipelined(daemon, [
        startup,
        recv(near, 1),
        post(listener, 'accept'),
        of('select', { read: [near.id] }),
        of('cleanup'),
        send(near, 'x'),
        of('cleanup'),
        send(near, 'x'),
        of('cleanup'),
        startup,
        recv(near, 1),
        of('select', { read: [near.id] }),
      ]);
      const [aborted, begun] = ['WSA_OPERATION_ABORTED', 'WSANOTINITIALISED'];
      assert.deepEqual(answers.map(endOf), [
        'ok',
        aborted,
        aborted,
        aborted,
        'ok',
        'ok',
        'ok',
        begun,
        begun,
        'ok',
        'WSAENOTSOCK',
        'WSAENOTSOCK',
      ]);
      assert.deepEqual(
        [4, 6].map((place) => answers[place]?.body.startups),
        [1, 0],
      );
      assertOrder(await endOrder(daemon, session, answers), [0, 4, 5, [1, 2, 3], 6, 7, 8, 9, 10, 11]);
      assert.equal(daemon.app.daemon.sockets.size, 0);
    });
  });
}
