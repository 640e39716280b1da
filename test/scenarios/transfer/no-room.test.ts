/** Receives without room: `maxBytes` 0, or buffers of no length. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const NOTHING = { data: { base64: '', len: 0 }, bytesReceived: 0, eof: false, truncated: false };

for (const provider of PROVIDERS) {
  describe(`receives without room on ${provider}`, () => {
    test('a stream: waits for bytes and takes none; at the end of the peer `eof` is true', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const waiting = server.ok('recv', { maxBytes: 0 });
      await server.untilBusy();
      await client.ok('send', { data: { text: 'data' } });
      assert.deepEqual(await waiting, NOTHING);
      const { data } = NOTHING;
      assert.deepEqual(await server.ok('recvFrom', { buffers: [0, 0] }), {
        ...NOTHING,
        buffers: [data, data],
      });
      for (const flag of ['MSG_PEEK', 'MSG_WAITALL']) {
        assert.deepEqual(await server.ok('recv', { maxBytes: 0, flags: [flag] }), NOTHING);
      }
      await client.ok('sendDisconnect');
      assert.deepEqual(await server.ok('recv', { maxBytes: 0 }), NOTHING);
      assert.equal(await server.drain(), 'data');
      assert.deepEqual(await server.ok('recv', { maxBytes: 0 }), { ...NOTHING, eof: true });
    });

    test('a stream answers failures as any receive does', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      assert.equal((await server.problem('recv', { maxBytes: 0, timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await server.problem('recv', { maxBytes: 0 })).name, 'WSAEWOULDBLOCK');
      const fresh = await session.stream();
      assert.equal((await fresh.problem('recv', { maxBytes: 0 })).name, 'WSAENOTCONN');
      await server.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await server.problem('recv', { maxBytes: 0 })).name, 'WSAESHUTDOWN');
      await server.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await server.ok('close');
      assert.equal((await client.problem('recv', { maxBytes: 0 })).name, 'WSAECONNRESET');
    });

    test('it is a receive: for FD_READ, for faults and for bytes that went back', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.ok('eventSelect', { events: ['FD_READ'] });
      await client.ok('send', { data: { text: 'data' } });
      for (let times = 0; times < 2; times++) {
        const { events } = await server.ok('enumNetworkEvents', { timeoutMs: 10_000 });
        assert.deepEqual(events, [{ event: 'FD_READ', code: 0 }]);
        assert.deepEqual(await server.ok('recv', { maxBytes: 0 }), NOTHING);
      }
      const fault = { socketId: server.id, operation: 'recv', nth: 1 };
      await session.arm({ ...fault, effect: 'slice', bytes: 2 });
      assert.deepEqual(await server.ok('recv', { maxBytes: 0 }), NOTHING);
      await session.arm({ ...fault, effect: 'fail', code: 'WSAENETDOWN', phase: 'after' });
      assert.equal((await server.problem('recv', { maxBytes: 2 })).name, 'WSAENETDOWN');
      assert.deepEqual(await server.ok('recv', { maxBytes: 0 }), NOTHING);
      await session.arm({ ...fault, effect: 'fail', code: 'WSAENETDOWN', phase: 'after' });
      assert.equal((await server.problem('recv', { maxBytes: 0 })).name, 'WSAENETDOWN');
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'data');
    });

    test('a datagram is taken, and its bytes are lost', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      for (const text of ['lost', 'too', 'next']) {
        await a.ok('sendTo', { address: await b.sockName(), data: { text } });
      }
      const address = await a.sockName();
      const { port } = (await b.ok('recvFrom', { maxBytes: 0, flags: ['MSG_PEEK'] })).address;
      assert.equal(port, address.port);
      const first = await b.ok('recv', { maxBytes: 0 });
      assert.deepEqual(first, { ...NOTHING, truncated: true });
      assert.equal((await b.ok('recvFrom', { buffers: [0] })).truncated, true);
      assert.equal((await b.ok('recv')).data.len, 4);
    });

    if (provider !== 'lab') {
      test('urgent data: it waits for the byte and leaves it', async (t) => {
        const daemon = await startDaemon(t);
        const [client, server] = await (await startSession(daemon, provider)).pair();
        const waiting = server.ok('recv', { maxBytes: 0, flags: ['MSG_OOB'] });
        await server.untilBusy();
        await client.ok('send', { data: { text: '!' }, flags: ['MSG_OOB'] });
        assert.deepEqual(await waiting, NOTHING);
        assert.equal((await server.ok('recv', { flags: ['MSG_OOB'] })).bytesReceived, 1);
      });
    }
  });
}
