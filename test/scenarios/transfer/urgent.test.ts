/** MSG_OOB, SIOCATMARK and MSG_WAITALL over HTTP. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession, type TestSocket, textOf } from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

const OOB = { flags: ['MSG_OOB'] };

const sendText = (socket: TestSocket, text: string, more: object = {}) =>
  socket.ok('send', { data: { text }, ...more });

for (const provider of PROVIDERS.filter((name) => name !== 'lab')) {
  describe(`urgent data on ${provider}`, () => {
    test('recv with MSG_OOB waits for the urgent byte, which comes before the stream', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await sendText(client, 'in order');
      const waiting = server.ok('recv', { ...OOB, timeoutMs: 10_000 });
      await server.untilBusy();
      await sendText(client, 'now!', OOB);
      assert.deepEqual(textOf(await waiting), '!');
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'in ordernow');
    });

    test('a non-blocking socket answers WSAEWOULDBLOCK, a limit WSAETIMEDOUT', async (t) => {
      const [, server] = await (await startSession(await startDaemon(t), provider)).pair();
      assert.equal((await server.problem('recv', { ...OOB, timeoutMs: 20 })).name, 'WSAETIMEDOUT');
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await server.problem('recv', OOB)).name, 'WSAEWOULDBLOCK');
    });

    test('an undelivered urgent byte of one id wakes a wait for it by the other', async (t) => {
      const seam = cutBeforeReply('recv');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const twin = await server.duplicate();
      await sendText(client, '!', OOB);
      let waiting: ReturnType<TestSocket['ok']> | undefined;
      await seam.cut(daemon, `/v1/sockets/${server.id}/recv`, OOB, async () => {
        waiting = twin.ok('recv', { ...OOB, timeoutMs: 10_000 });
        await twin.untilBusy();
      });
      assert.ok(waiting);
      assert.equal(textOf(await waiting), '!');
    });

    test('the end of the peer ends a wait for an urgent byte and keeps the stream', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      const waiting = server.ok('recv', { ...OOB, timeoutMs: 10_000 });
      await server.untilBusy();
      await client.ok('sendDisconnect');
      assert.deepEqual((await waiting).eof, true);
      assert.equal((await server.info()).peerClosed, false);
      assert.equal(await server.drain(), '');
    });

    test('a wait for an urgent byte ends with a reset', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      const waiting = server.problem('recv', { ...OOB, timeoutMs: 10_000 });
      await server.untilBusy();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      assert.equal((await waiting).name, 'WSAECONNRESET');
    });

    test('with SO_OOBINLINE the byte belongs to the stream, and MSG_OOB is WSAEINVAL', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      await server.setOption('SOL_SOCKET', 'SO_OOBINLINE', { boolean: true });
      await sendText(client, 'in line!', OOB);
      assert.equal(textOf(await server.ok('recv', { flags: ['MSG_WAITALL'], maxBytes: 8 })), 'in line!');
      assert.equal((await server.problem('recv', OOB)).name, 'WSAEINVAL');
    });

    test('SIOCATMARK says whether an urgent byte waits', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      const atMark = async () => (await server.ok('ioctl', { request: 'SIOCATMARK' })).value;
      assert.equal(await atMark(), 1);
      await sendText(client, '!', OOB);
      assert.equal(
        textOf(await server.ok('recv', { flags: ['MSG_OOB', 'MSG_PEEK'], timeoutMs: 10_000 })),
        '!',
      );
      assert.equal(await atMark(), 0);
    });

    test('with SO_OOBINLINE no urgent byte is out of line: SIOCATMARK gives 1', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      await server.setOption('SOL_SOCKET', 'SO_OOBINLINE', { boolean: true });
      await sendText(client, '!', OOB);
      await server.untilAvailable(1);
      assert.equal((await server.ok('ioctl', { request: 'SIOCATMARK' })).value, 1);
    });
  });
}

test('the lab has no urgent data: WSAEOPNOTSUPP', async (t) => {
  const [client, server] = await (await startSession(await startDaemon(t), 'lab')).pair();
  const refused = await client.problem('send', { data: { text: '!' }, ...OOB });
  assert.deepEqual([refused.status, refused.name], [422, 'WSAEOPNOTSUPP']);
  assert.match(refused.detail, /XP1_EXPEDITED_DATA/);
  assert.equal((await server.problem('recv', OOB)).name, 'WSAEOPNOTSUPP');
  assert.equal((await server.ok('ioctl', { request: 'SIOCATMARK' })).value, 1);
});

for (const provider of PROVIDERS) {
  describe(`MSG_WAITALL and MSG_PARTIAL on ${provider}`, () => {
    const all = { flags: ['MSG_WAITALL'], maxBytes: 10, timeoutMs: 10_000 };

    test('recv goes on until every byte has arrived', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      await sendText(client, '0123');
      const waiting = server.ok('recv', all);
      await server.untilBusy();
      await sendText(client, '45678');
      await sendText(client, '9 and more');
      assert.equal(textOf(await waiting), '0123456789');
      assert.equal(textOf(await server.ok('recv')), ' and more');
    });

    test('if something ends it after some bytes, they are the answer', async (t) => {
      const [client, server] = await (await startSession(await startDaemon(t), provider)).pair();
      await sendText(client, 'limit');
      await server.untilAvailable('limit'.length);
      const limited = await server.ok('recv', { ...all, timeoutMs: 50 });
      assert.deepEqual([textOf(limited), limited.eof], ['limit', false]);
      assert.equal((await server.problem('recv', { ...all, timeoutMs: 20 })).name, 'WSAETIMEDOUT');
      await sendText(client, 'cancel');
      await server.untilAvailable('cancel'.length);
      const cancelled = server.ok('recv', all);
      await server.untilBusy();
      await server.ok('cancel');
      assert.equal(textOf(await cancelled), 'cancel');
      await sendText(client, 'the end');
      const last = server.ok('recv', all);
      await server.untilBusy();
      await client.ok('sendDisconnect');
      const { data, eof } = await last;
      assert.deepEqual([textOf({ data }), eof], ['the end', false]);
      assert.equal((await server.ok('recv', all)).eof, true);
    });

    test('MSG_WAITALL is for blocking streams, without other flags', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const [, server] = await session.pair();
      for (const other of ['MSG_PEEK', 'MSG_PARTIAL']) {
        const refused = await server.problem('recv', { flags: ['MSG_WAITALL', other] });
        assert.equal(refused.name, 'WSAEOPNOTSUPP', other);
      }
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await server.problem('recv', all)).name, 'WSAEOPNOTSUPP');
      const datagram = await session.datagram();
      await datagram.ok('bind', { address: loopback('AF_INET', 0) });
      assert.equal((await datagram.problem('recv', all)).name, 'WSAEOPNOTSUPP');
    });

    test('MSG_PARTIAL is for messages, and no provider sends them in parts', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const [client, server] = await session.pair();
      const partial = { flags: ['MSG_PARTIAL'] };
      assert.equal((await client.problem('send', { data: { text: 'x' }, ...partial })).name, 'WSAEOPNOTSUPP');
      assert.equal((await server.problem('recv', partial)).name, 'WSAEOPNOTSUPP');
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const to = { data: { text: 'whole' }, address: await b.sockName() };
      assert.equal((await a.problem('sendTo', { ...to, ...partial })).name, 'WSAEOPNOTSUPP');
      await a.ok('sendTo', to);
      const { truncated, data } = await b.ok('recvFrom', { ...partial, maxBytes: 3 });
      assert.deepEqual([truncated, textOf({ data })], [true, 'who']);
    });
  });
}
