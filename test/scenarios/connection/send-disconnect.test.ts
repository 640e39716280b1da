/**
 * The remarks of the WSASendDisconnect page, each on each provider.
 * https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';

/** Milliseconds that a call without a wait may take on a busy machine; a wait takes longer. */
const AT_ONCE = 10_000;

const timed = async <T>(run: () => Promise<T>): Promise<number> => {
  const began = performance.now();
  await run();
  return performance.now() - began;
};

for (const provider of PROVIDERS) {
  describe(`WSASendDisconnect on ${provider}`, () => {
    test('sends are refused afterwards, receiving still works', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'question' } });
      await client.ok('sendDisconnect');
      const refused = await client.problem('send', { data: { text: 'more' } });
      assert.equal(refused.code, 10058);
      assert.equal(refused.status, 409);
      assert.equal(await server.drain(), 'question');
      await server.ok('send', { data: { text: 'answer' } });
      await server.ok('sendDisconnect');
      assert.equal(await client.drain(), 'answer');
    });

    test('the peer reads every byte and then the end', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const bytes = Buffer.from(Array.from({ length: 30_000 }, (_, i) => i % 251));
      const { bytesSent } = await client.ok('send', { data: { base64: bytes.toString('base64') } });
      assert.equal(bytesSent, bytes.length);
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), bytes.toString());
      const after = await server.ok('recv');
      assert.deepEqual([after.eof, after.bytesReceived], [true, 0], 'the end stays the end');
      assert.equal((await server.info()).peerClosed, true);
    });

    test('it does not close the socket: it is listed, connected, and its handle is open', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('sendDisconnect');
      const info = await client.info();
      assert.equal(info.state, 'connected');
      assert.equal(info.sendShutdown, true);
      assert.ok(info.remoteAddress, 'the handle still answers getpeername');
      const { sockets } = await daemon.api.ok.get(`${session.path}/sockets`);
      assert.ok(sockets.some(({ socketId }: { socketId: string }) => socketId === client.id));
      await server.ok('send', { data: { text: 'still here' } });
      assert.equal(textOf(await client.ok('recv')), 'still here');
      await client.ok('close');
      assert.equal((await client.problem('recv')).status, 410);
    });

    test('no delay with SO_LINGER set', async (t) => {
      const daemon = await startDaemon(t);
      const [client] = await (await startSession(daemon, provider)).pair();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 30 } });
      assert.ok((await timed(() => client.ok('sendDisconnect'))) < AT_ONCE);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
    });

    test('no delay with a full send buffer, and the peer still gets every byte', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const sent = await fillSendBuffer(client, server);
      assert.ok((await timed(() => client.ok('sendDisconnect'))) < AT_ONCE);
      let read = 0;
      for (;;) {
        const { bytesReceived, eof } = await server.ok('recv', { maxBytes: 1 << 20, timeoutMs: 10_000 });
        if (eof) break;
        read += bytesReceived;
      }
      assert.equal(read, sent);
    });

    test('no delay with a pending send, which ends with the bytes it had sent', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await fillSendBuffer(client, server);
      const length = 1 << 20; // more than both ends hold
      const base64 = Buffer.alloc(length, 'y').toString('base64');
      const pending = client.answer('send', { data: { base64 } });
      await client.untilBusy();
      assert.ok((await timed(() => client.ok('sendDisconnect'))) < AT_ONCE);
      const ended = await pending;
      if (ended.status === 200) assert.ok(ended.body.bytesSent > 0 && ended.body.bytesSent < length);
      else assert.equal(ended.body.name, 'WSAESHUTDOWN');
    });

    test('a pending recv does not delay it, and goes on', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const pending = client.ok('recv', { timeoutMs: 10_000 });
      await client.untilBusy();
      assert.ok((await timed(() => client.ok('sendDisconnect'))) < AT_ONCE);
      await server.ok('send', { data: { text: 'late' } });
      assert.equal(textOf(await pending), 'late');
    });

    test('a second call is harmless', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'once' } });
      await client.ok('sendDisconnect');
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'once');
    });

    test('a connect afterwards is refused', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const client = await session.stream();
      await client.ok('connect', { address });
      await client.ok('sendDisconnect');
      assert.equal((await client.problem('connect', { address })).name, 'WSAEISCONN');
    });
  });
}

describe('disconnect data on the lab', () => {
  test('is fetched by recvDisconnect, and only after the bytes of the stream', async (t) => {
    const daemon = await startDaemon(t);
    const [client, server] = await (await startSession(daemon, 'lab')).pair();
    await client.ok('send', { data: { text: 'bytes first' } });
    await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
    assert.equal(await server.drain(), 'bytes first');
    const { disconnectData } = await server.ok('recvDisconnect');
    assert.deepEqual(disconnectData, { base64: Buffer.from('bye').toString('base64'), len: 3 });
    const again = await server.ok('recvDisconnect');
    assert.deepEqual(again.disconnectData, disconnectData, 'a repeated request is harmless');
  });

  test('before the bytes of the stream are read, there is no data yet', async (t) => {
    const daemon = await startDaemon(t);
    const [client, server] = await (await startSession(daemon, 'lab')).pair();
    await client.ok('send', { data: { text: 'unread' } });
    await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
    assert.deepEqual(await server.ok('recvDisconnect'), {});
  });

  test('both sides end the connection in the documented order', async (t) => {
    const daemon = await startDaemon(t);
    const [client, server] = await (await startSession(daemon, 'lab')).pair();
    await client.ok('sendDisconnect', { disconnectData: { text: 'A' } });
    assert.equal(await server.drain(), '');
    assert.equal((await server.ok('recvDisconnect')).disconnectData.base64, btoa('A'));
    await server.ok('send', { data: { text: 'left over' } });
    await server.ok('sendDisconnect', { disconnectData: { text: 'B' } });
    await server.ok('close');
    assert.equal(await client.drain(), 'left over');
    assert.equal((await client.ok('recvDisconnect')).disconnectData.base64, btoa('B'));
    await client.ok('close');
  });

  test('too little room: WSAEFAULT with requiredLength, and the data stays', async (t) => {
    const daemon = await startDaemon(t);
    const [client, server] = await (await startSession(daemon, 'lab')).pair();
    await client.ok('sendDisconnect', { disconnectData: { text: 'twelve bytes' } });
    await server.drain();
    const small = await server.problem('recvDisconnect', { maxBytes: 5 });
    assert.deepEqual([small.code, small.status, small.requiredLength], [10014, 422, 12]);
    assert.equal((await server.ok('recvDisconnect', { maxBytes: 12 })).disconnectData.len, 12);
  });
});
