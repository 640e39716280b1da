import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`values of answers on ${provider}`, () => {
    test('received bytes are also text on request, if they are UTF-8', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const recv = async (base64: string, params: object) => {
        await client.ok('send', { data: { base64 } });
        return (await server.ok('recv', { ...params, timeoutMs: 10_000 })).data;
      };
      const word = Buffer.from('Grüße').toString('base64');
      assert.deepEqual(await recv(word, { as: 'text' }), { base64: word, len: 7, text: 'Grüße' });
      assert.deepEqual(await recv(word, {}), { base64: word, len: 7 });
      assert.deepEqual(await recv('/w==', { as: 'text' }), { base64: '/w==', len: 1 });
    });

    test('an empty list of buffers beside data or maxBytes is ignored', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'one' }, buffers: [] });
      const got = await server.ok('recv', { maxBytes: 2, buffers: [], timeoutMs: 10_000 });
      assert.deepEqual([got.data.len, got.buffers], [2, undefined]);
      assert.equal((await client.problem('send', { buffers: [] })).name, 'WSAEINVAL');
      assert.equal((await server.problem('recv', { buffers: [] })).name, 'WSAEINVAL');
    });

    test('bind answers the address to which the socket is bound', async (t) => {
      const daemon = await startDaemon(t);
      const socket = await (await startSession(daemon, provider)).stream();
      const { localAddress } = await socket.ok('bind', { address: loopback('AF_INET', 0) });
      assert.notEqual(localAddress.port, 0);
      assert.deepEqual(localAddress, await socket.sockName());
    });
  });
}
