/** How one id of a socket ends, and what that means for its other ids, in this session and in another one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, TestSocket, textOf } from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';

for (const provider of PROVIDERS) {
  describe(`the end of one of several ids on ${provider}`, () => {
    test('a shutdown of sending by one id ends a delayed send by another at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const second = await client.duplicate();
      const delay = { socketId: second.id, operation: 'send', effect: 'delay', delayMs: 10_000 };
      await session.arm(delay);
      const waiting = second.problem('send', { data: { text: 'x' } });
      await second.untilBusy();
      await client.ok('sendDisconnect');
      const { name, fault } = await waiting;
      assert.deepEqual([name, fault], ['WSAESHUTDOWN', 'flt_1'], 'before the call itself was made');
    });

    test('a non-blocking close need not linger while another id is open', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 30 } });
      await fillSendBuffer(client, server);
      for (const id of [client, second]) await id.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await client.ok('close');
      assert.equal((await second.problem('close')).name, 'WSAEWOULDBLOCK', 'the last one would linger');
    });

    test('an undelivered accept by an id that is closed goes back to another id', async (t) => {
      const seam = cutBeforeReply('accept');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const second = await listener.duplicate();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await seam.cut(daemon, `/v1/sockets/${listener.id}/accept`, {}, async () => {
        await listener.ok('close');
      });
      const { socketId } = await second.ok('accept', { timeoutMs: 5_000 });
      await client.ok('send', { data: { text: 'accepted after all' } });
      assert.equal(textOf(await new TestSocket(daemon, socketId).ok('recv')), 'accepted after all');
    });

    test('a connection accepted by a duplicate outlives both ids and both sessions', async (t) => {
      const daemon = await startDaemon(t);
      const [host, other] = [
        await startSession(daemon, provider, { labNetwork: 'shared' }),
        await startSession(daemon, provider, { labNetwork: 'shared' }),
      ];
      const listener = await host.listener();
      const guest = await listener.duplicate({ sessionId: other.id });
      const client = await other.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = await guest.accept({ timeoutMs: 10_000 });
      await daemon.api.ok.delete(host.path);
      await guest.ok('close');
      await client.ok('send', { data: { text: 'still there' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'still there');
    });

    test('the duplicate of a duplicate outlives both sessions before it', async (t) => {
      const daemon = await startDaemon(t);
      const sessions = [];
      for (let i = 0; i < 4; i++)
        sessions.push(await startSession(daemon, provider, { labNetwork: 'shared' }));
      const [one, two, three, four] = sessions;
      assert.ok(one && two && three && four);
      const listener = await four.listener();
      const first = await one.stream();
      await first.ok('connect', { address: await listener.sockName() });
      const server = await listener.accept({ timeoutMs: 10_000 });
      const second = await first.duplicate({ sessionId: two.id });
      const third = await second.duplicate({ sessionId: three.id });
      for (const { path } of [one, two]) await daemon.api.ok.delete(path);
      await third.ok('send', { data: { text: 'by the third' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'by the third');
    });

    test('a second id counts for the quota of its owner until it ends', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { socketsPerOwner: 2 } } });
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const second = await socket.duplicate();
      const refused = await socket.problem('duplicate');
      assert.deepEqual([refused.status, refused.type], [429, '/problems/quota']);
      await second.ok('close');
      await socket.duplicate();
    });

    test('a second id captures as the first, and records the same addresses', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const capture = { maxBytes: 3 };
      const client = await session.socket({ family: 'AF_INET', type: 'SOCK_STREAM', capture });
      await client.ok('connect', { address: await listener.sockName() });
      const second = await client.duplicate();
      await second.ok('send', { data: { text: 'abcdef' } });
      const [first, other] = [
        await daemon.api.ok.get(`/v1/sockets/${client.id}/journal`),
        await daemon.api.ok.get(`/v1/sockets/${second.id}/journal`),
      ];
      const { data } = other.entries.at(-1);
      assert.ok(data, 'it is captured');
      assert.equal(textOf({ data }), 'abc');
      assert.deepEqual(
        [other.localAddress, other.remoteAddress],
        [await client.sockName(), await listener.sockName()],
      );
      assert.deepEqual([other.localAddress, other.remoteAddress], [first.localAddress, first.remoteAddress]);
    });
  });
}
