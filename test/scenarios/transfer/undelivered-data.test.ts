/** Received bytes that went back to the socket are unread: for the peer, and for every later call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
  textOf,
} from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

const sendText = (socket: TestSocket, text: string, flags: readonly string[] = []): Promise<Body> =>
  socket.ok('send', { data: { text }, flags });

/** Lets the socket receive what has arrived, and puts it back: a fault drops the result. */
const givenBack = async (session: TestSession, socket: TestSocket): Promise<void> => {
  const fault = { operation: 'recv', nth: 1, effect: 'fail', phase: 'after', code: 'WSAENOBUFS' };
  await session.arm({ ...fault, socketId: socket.id });
  assert.equal((await socket.problem('recv', { timeoutMs: 10_000 })).name, 'WSAENOBUFS');
};

/** Waits for the bytes and leaves them unread. */
const leftUnread = async (_: TestSession, socket: TestSocket): Promise<void> => {
  await socket.ok('recv', { flags: ['MSG_PEEK'], timeoutMs: 10_000 });
};

/** Two ways to have unread bytes, which must behave alike. */
const WAYS = [
  ['never taken', leftUnread],
  ['given back', givenBack],
] as const;

const isReset = async (peer: TestSocket): Promise<void> =>
  assert.equal((await peer.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');

const seesNothing = async (peer: TestSocket): Promise<void> =>
  assert.equal((await peer.problem('recv', { timeoutMs: 20 })).name, 'WSAETIMEDOUT');

for (const provider of PROVIDERS) {
  describe(`given back on ${provider}`, () => {
    for (const [way, arrive] of WAYS) {
      test(`close with bytes that were ${way} resets the peer (RFC 2525, 2.17)`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const [client, server] = await session.pair();
        await sendText(client, 'abc');
        await arrive(session, server);
        assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 3);
        await server.ok('close');
        await isReset(client);
        const { connectionEnd, unreadBytes } = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal`);
        assert.deepEqual([connectionEnd, unreadBytes], ['reset', 3]);
      });

      test(`SD_RECEIVE with bytes ${way}: a reset now or at close, as the provider does`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const [client, server] = await session.pair();
        await sendText(client, 'abc');
        await arrive(session, server);
        await server.ok('shutdown', { how: 'SD_RECEIVE' });
        if (provider === 'lab') await isReset(client);
        // Linux keeps them until the close. Windows resets at once for bytes in its own queue, at the close
        // for bytes that went back.
        if (provider === 'posix') await seesNothing(client);
        assert.equal((await server.problem('recv')).name, 'WSAESHUTDOWN');
        await server.ok('close');
        await isReset(client);
      });
    }

    test('close after a part was received and went back: all of it counts as unread', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await sendText(client, 'abcdef');
      await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, { flags: ['MSG_WAITALL'], maxBytes: 4 });
      await client.ok('sendDisconnect');
      await server.ok('close');
      await isReset(client);
      const { connectionEnd, unreadBytes } = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal`);
      assert.deepEqual([connectionEnd, unreadBytes], ['reset', 6]);
    });

    test('close after they have been received again is graceful', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await sendText(client, 'abc');
      await givenBack(session, server);
      assert.equal(textOf(await server.ok('recv')), 'abc');
      await server.ok('close');
      assert.equal((await client.ok('recv', { timeoutMs: 10_000 })).eof, true);
    });

    test('they belong to the connection: a duplicate has them, and the last close resets', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const twin = await server.duplicate();
      await sendText(client, 'abc');
      await givenBack(session, server);
      await server.ok('close');
      await seesNothing(client);
      assert.equal(textOf(await twin.ok('recv', { maxBytes: 1 })), 'a');
      await twin.ok('close');
      await isReset(client);
    });

    test('the end of the session resets, too', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const guest = await server.duplicate({ sessionId: session.id });
      await sendText(client, 'abc');
      await givenBack(session, guest);
      await server.ok('close');
      await session.ok('cleanup');
      await isReset(client);
    });

    test('a datagram of an earlier peer is dropped with those that are queued', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b, c] = [await session.datagram(), await session.datagram(), await session.datagram()];
      for (const one of [a, b, c]) await one.ok('bind', { address: loopback('AF_INET', 0) });
      await a.ok('connect', { address: await b.sockName() });
      await b.ok('sendTo', { data: { text: 'of b' }, address: await a.sockName() });
      await givenBack(session, a);
      await a.ok('connect', { address: await c.sockName() });
      assert.equal((await a.problem('recv', { timeoutMs: 20 })).name, 'WSAETIMEDOUT');
      await c.ok('sendTo', { data: { text: 'of c' }, address: await a.sockName() });
      assert.equal(textOf(await a.ok('recv', { timeoutMs: 10_000 })), 'of c');
    });

    test('an undelivered WSAECONNRESET of a datagram socket is reported again, once', async (t) => {
      if (provider !== 'lab' && isWine())
        return t.skip('Wine does not pass on what ICMP says about an earlier datagram');
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const [a, dead] = [await session.datagram(), await session.datagram()];
      await dead.ok('bind', { address: loopback('AF_INET', 0) });
      await a.ok('connect', { address: await dead.sockName() });
      await dead.ok('close');
      await sendText(a, 'into the void');
      await seam.cut(daemon, `/v1/sockets/${a.id}/recv`, { timeoutMs: 10_000 });
      assert.equal((await a.problem('recv', { timeoutMs: 0 })).code, 10054);
      assert.equal((await a.problem('recv', { timeoutMs: 0 })).code, 10060, 'it is reported once');
    });

    test('a datagram from before the first connect stays if the provider keeps it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b, c] = [await session.datagram(), await session.datagram(), await session.datagram()];
      for (const one of [a, b, c]) await one.ok('bind', { address: loopback('AF_INET', 0) });
      await b.ok('sendTo', { data: { text: 'of b' }, address: await a.sockName() });
      await givenBack(session, a);
      await a.ok('connect', { address: await c.sockName() });
      if (provider === 'lab') assert.equal((await a.problem('recv', { timeoutMs: 20 })).name, 'WSAETIMEDOUT');
      else assert.equal(textOf(await a.ok('recv')), 'of b');
    });
  });
}

test('recvDisconnect before bytes that went back is early: no data, and the peer is reset', async (t) => {
  const daemon = await startDaemon(t);
  for (const [way, arrive] of WAYS) {
    const session = await startSession(daemon, 'lab');
    const [client, server] = await session.pair();
    await sendText(client, 'abc');
    await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
    await arrive(session, server);
    assert.deepEqual(await server.ok('recvDisconnect'), {}, way);
    await isReset(client);
  }
});

test('recvDisconnect after bytes that went back and were received has the data', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await sendText(client, 'abc');
  await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
  await givenBack(session, server);
  assert.equal(await server.drain(), 'abc');
  assert.equal(textOf({ data: (await server.ok('recvDisconnect')).disconnectData }), 'bye');
});

for (const provider of PROVIDERS.filter((name) => name !== 'lab')) {
  describe(`given back before urgent data on ${provider}`, () => {
    const arrived = async (daemon: TestDaemon, inline: boolean): Promise<[TestSession, TestSocket]> => {
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.setOption('SOL_SOCKET', 'SO_OOBINLINE', { boolean: inline });
      await sendText(client, 'ab');
      await sendText(client, '!', ['MSG_OOB']);
      await sendText(client, 'cd');
      return [session, server];
    };

    for (const [way, arrive] of WAYS) {
      test(`one receive ends at the mark: bytes ${way}, SO_OOBINLINE`, async (t) => {
        const daemon = await startDaemon(t);
        const [session, server] = await arrived(daemon, true);
        await arrive(session, server);
        const peeked = await server.ok('recv', { flags: ['MSG_PEEK'] });
        assert.equal(textOf(peeked), 'ab');
        assert.equal(textOf(await server.ok('recv')), 'ab');
        const rest = { flags: ['MSG_WAITALL'], maxBytes: 3, timeoutMs: 10_000 };
        assert.equal(textOf(await server.ok('recv', rest)), '!cd');
      });

      test(`one receive ends at the mark: bytes ${way}, the urgent one out of line`, async (t) => {
        const daemon = await startDaemon(t);
        const [session, server] = await arrived(daemon, false);
        await arrive(session, server);
        assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 2);
        assert.equal(textOf(await server.ok('recv')), 'ab');
        assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'cd');
      });

      test(`one receive ends where the urgent byte was: bytes ${way}`, async (t) => {
        const daemon = await startDaemon(t);
        const [session, server] = await arrived(daemon, false);
        await arrive(session, server);
        assert.equal(textOf(await server.ok('recv', { flags: ['MSG_OOB'] })), '!');
        assert.equal(textOf(await server.ok('recv')), 'ab');
        assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'cd');
      });
    }
  });
}
