/** A connect, and calls that arrive right after it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import { isWine } from '../../is-wine.js';
import { PROVIDERS, startDaemon, startSession, TestSocket } from '../test-daemon.js';
import { assertOrder, endOf, endOrder, pipelined, post, send } from './pipelined.js';

/** How the connect ends if a call arrives after it, and how the next send ends. */
const AT_ONCE: {
  readonly [provider in ProviderName]?: readonly [Record<'cancel' | 'close', string>, string];
} = {
  // The connection is established when the first native call returns.
  posix: [{ cancel: 'ok', close: 'ok' }, 'ok'],
  // It is established in a later turn.
  lab: [{ cancel: 'WSA_OPERATION_ABORTED', close: 'WSAEINTR' }, 'WSAENOTCONN'],
};

for (const provider of PROVIDERS) {
  describe(provider, () => {
    const [connect, sends] = AT_ONCE[provider] ?? [];
    for (const end of ['cancel', 'close'] as const) {
      test(`a connect to a listener and a ${end} at once`, {
        skip: !connect && 'the order on Windows is not known',
      }, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const listener = await session.listener();
        const address = await listener.sockName();
        const caller = await session.stream();
        const answers = await pipelined(daemon, [
          post(caller, 'connect', { address }),
          post(caller, end),
          send(caller, 'x'),
        ]);
        const closed = end === 'close';
        assert.deepEqual(answers.map(endOf), [connect?.[end], 'ok', closed ? 'WSAENOTSOCK' : sends]);
        const connectIsFirst = connect?.[end] === 'ok' || closed;
        assertOrder(await endOrder(daemon, session, answers), connectIsFirst ? [0, 1, 2] : [1, 0, 2]);
      });
    }

    test('a connect that waits and a close at once: WSAEINTR, and the attempt is over', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const caller = await session.connecting();
      const { remoteAddress: address } = await caller.info();
      const connect = post(caller, 'connect', { address });
      const answers = await pipelined(daemon, [connect, connect, post(caller, 'close'), connect]);
      assert.deepEqual(answers.map(endOf), ['WSAEINTR', 'WSAEINTR', 'ok', 'WSAENOTSOCK']);
      assertOrder(await endOrder(daemon, session, answers), [0, 1, 2, 3]);
    });

    test('a connect that waits and a cancel at once: the wait ends, the attempt goes on', async (t) => {
      if (provider === 'ws2_32' && isWine())
        return t.skip('Wine lets a send wait for the end of the connect');
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const caller = await session.connecting();
      const { remoteAddress: address } = await caller.info();
      const connect = post(caller, 'connect', { address });
      const answers = await pipelined(daemon, [
        connect,
        post(caller, 'cancel'),
        post(caller, 'connect', { address, timeoutMs: 0 }),
        send(caller, 'x'),
        connect,
        post(caller, 'cancel'),
        post(caller, 'close'),
      ]);
      const aborted = 'WSA_OPERATION_ABORTED';
      const ends = [aborted, 'ok', 'WSAETIMEDOUT', 'WSAENOTCONN', aborted, 'ok', 'ok'];
      assert.deepEqual(answers.map(endOf), ends);
      assert.deepEqual(
        [1, 5].map((place) => answers[place]?.body),
        [{ cancelled: 1 }, { cancelled: 1 }],
      );
      assertOrder(await endOrder(daemon, session, answers), [1, 0, 2, 3, 5, 4, 6]);
    });

    test('a waiting connect goes on when another id of the socket is closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const caller = await session.connecting();
      const { remoteAddress: address } = await caller.info();
      const duplicate = new TestSocket(daemon, (await caller.ok('duplicate')).socketId);
      const answers = await pipelined(daemon, [
        post(caller, 'connect', { address }),
        post(duplicate, 'connect', { address }),
        post(caller, 'close'),
        post(duplicate, 'cancel'),
      ]);
      assert.deepEqual(answers.map(endOf), ['WSAEINTR', 'WSA_OPERATION_ABORTED', 'ok', 'ok']);
      const [, , , cancel] = answers;
      assert.deepEqual(cancel?.body, { cancelled: 1 }, 'the close of the other id has not ended it');
      assert.equal((await duplicate.info()).state, 'connecting');
    });
  });
}

test('on a held link of the lab a connect begun by a closed id ends for its duplicate', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const listener = await session.listener();
  const address = await listener.sockName();
  const caller = await session.stream();
  const duplicate = new TestSocket(daemon, (await caller.ok('duplicate')).socketId);
  await session.ok('labLink', { partition: true });
  const exchange = pipelined(daemon, [
    post(caller, 'connect', { address }),
    post(duplicate, 'connect', { address }),
    post(caller, 'close'),
    send(duplicate, 'x'),
  ]);
  await duplicate.untilState(['connecting']);
  await session.ok('labLink', { partition: false });
  assert.deepEqual((await exchange).map(endOf), ['WSAEINTR', 'ok', 'ok', 'WSAENOTCONN']);
  await listener.ok('accept', { timeoutMs: 10_000 });
});
