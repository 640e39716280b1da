/** duplicate: two ids, one socket. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket, textOf, until } from '../test-daemon.js';

/** Waits for network events; returns their names. */
const fetched = async (socket: TestSocket): Promise<string[]> =>
  (await socket.ok('enumNetworkEvents', { timeoutMs: 10_000 })).events.map(
    ({ event }: { event: string }) => event,
  );

for (const provider of PROVIDERS) {
  describe(`duplicate on ${provider}`, () => {
    test('both ids send and receive; the peer sees the end when both are closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const answer = await client.answer('duplicate');
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.location, `/v1/sockets/${answer.body.socketId}`);
      const second = new TestSocket(daemon, answer.body.socketId);
      assert.equal((await second.info()).state, 'connected');
      await client.ok('send', { data: { text: 'a' } });
      await second.ok('send', { data: { text: 'b' } });
      await client.ok('close');
      assert.equal((await client.problem('recv')).status, 410);
      await second.ok('send', { data: { text: 'c' } });
      await server.ok('send', { data: { text: 'to the other id' } });
      assert.equal(textOf(await second.ok('recv')), 'to the other id');
      const draining = server.drain();
      await second.ok('close');
      assert.equal(await draining, 'abc');
    });

    test('a shutdown is for both ids, and ends the waits of both', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      await second.ok('sendDisconnect');
      assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAESHUTDOWN');
      assert.equal((await client.info()).sendShutdown, true);
      assert.equal(await server.drain(), '');
      const waiting = client.answer('recv');
      await client.untilBusy();
      await second.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await waiting).body.name, 'WSAESHUTDOWN');
    });

    test('each id has its own waits, time limits and blocking mode', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const second = await client.duplicate();
      assert.equal((await client.problem('recv')).name, 'WSAEWOULDBLOCK');
      const waiting = second.ok('recv');
      await second.untilBusy();
      await client.ok('close');
      await server.ok('send', { data: { text: 'x' } });
      assert.equal(textOf(await waiting), 'x');
    });

    test('SO_LINGER counts at the last close only', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      await second.ok('send', { data: { text: 'x' } });
      assert.equal(textOf(await server.ok('recv')), 'x');
      await second.ok('close');
      assert.equal((await server.problem('recv')).name, 'WSAECONNRESET');
    });

    test('a connect goes on when the id that began it is closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      const second = await client.duplicate();
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await client.answer('connect', { address: await listener.sockName() });
      await client.ok('close');
      await second.untilState(['connected']);
      await listener.ok('accept');
    });

    test('another session of the owner may have an id, which outlives the first session', async (t) => {
      const daemon = await startDaemon(t);
      const [first, other] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const listener = await first.listener();
      const taken = await listener.duplicate({ sessionId: other.id });
      assert.equal((await taken.info()).sessionId, other.id);
      const [client, server] = await first.pair();
      const second = await client.duplicate({ sessionId: other.id });
      await daemon.api.ok.delete(first.path);
      assert.equal((await client.problem('recv')).status, 410);
      assert.equal((await server.problem('recv')).status, 410);
      assert.equal((await second.ok('recv')).eof, true);
      assert.deepEqual((await other.ok('select', { read: [second.id] })).read, [second.id]);
      if (provider !== 'lab') {
        const caller = await other.stream();
        await caller.ok('connect', { address: await taken.sockName() });
        const accepted = await taken.ok('accept');
        assert.equal(new TestSocket(daemon, accepted.socketId).id, accepted.socketId);
      }
      await daemon.api.ok.delete(other.path);
      await until(() => daemon.app.daemon.sockets.closings().length === 0, 'all are closed');
    });

    test('duplicate refuses sessions of other owners and sessions without a start-up', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const bobs = await startSession({ api: daemon.bob, app: daemon.app }, provider);
      assert.equal((await socket.problem('duplicate', { sessionId: bobs.id })).type, '/problems/not-found');
      const idle = await startSession(daemon, provider);
      await idle.ok('cleanup');
      assert.equal((await socket.problem('duplicate', { sessionId: idle.id })).name, 'WSANOTINITIALISED');
    });

    test('network events belong to the socket: the last selection by any id counts', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      await client.ok('eventSelect', { events: ['FD_READ', 'FD_WRITE', 'FD_CLOSE'] });
      await second.ok('eventSelect', { events: ['FD_CLOSE'] });
      await server.ok('sendDisconnect');
      const { events } = await client.ok('enumNetworkEvents', { timeoutMs: 10_000 });
      assert.deepEqual(events, [{ event: 'FD_CLOSE', code: 0 }]);
    });

    test('the selection outlives the id that made it, and waits for it go on', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const [second, third] = [await client.duplicate(), await client.duplicate()];
      await second.ok('eventSelect', { events: ['FD_READ', 'FD_WRITE', 'FD_CLOSE'] });
      await second.ok('close');
      assert.deepEqual(await fetched(client), ['FD_WRITE']);
      const waiting = fetched(client);
      await client.untilBusy();
      await server.ok('send', { data: { text: 'x' } });
      assert.deepEqual(await waiting, ['FD_READ']);
      await client.ok('recv');
      const again = fetched(third);
      await third.untilBusy();
      await client.ok('close');
      await server.ok('sendDisconnect');
      assert.deepEqual(await again, ['FD_CLOSE']);
      await third.ok('close');
    });

    test('a listener keeps its selection when the id that made it is closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const second = await listener.duplicate();
      await second.ok('eventSelect', { events: ['FD_ACCEPT', 'FD_WRITE'] });
      const coming = fetched(listener);
      await listener.untilBusy();
      await second.ok('close');
      await (await session.stream()).ok('connect', { address: await listener.sockName() });
      assert.deepEqual(await coming, ['FD_ACCEPT']);
      const accepted = await listener.accept();
      assert.deepEqual(await fetched(accepted), ['FD_WRITE'], 'accepted sockets begin with it');
    });

    test('datagrams', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const second = await b.duplicate();
      await b.ok('close');
      await a.ok('sendTo', { data: { text: 'x' }, address: await second.sockName() });
      assert.equal(textOf(await second.ok('recvFrom')), 'x');
    });
  });
}
