/** `buffers` in place of `data`: several buffers are one piece of a stream, or one datagram. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const text = ({ base64, len }: { base64: string; len: number }): string => {
  const bytes = Buffer.from(base64, 'base64');
  assert.equal(bytes.length, len);
  return bytes.toString();
};

for (const provider of PROVIDERS) {
  describe(`scatter and gather on ${provider}`, () => {
    test('a stream: gathered on one side, scattered on the other', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const buffers = [{ text: 'head' }, { text: '' }, { base64: 'Ym9keQ==' }, { text: 'tail!', len: 4 }];
      assert.deepEqual(await client.ok('send', { buffers }), { bytesSent: 12 });
      const peeked = await server.ok('recv', { buffers: [2, 2], flags: ['MSG_PEEK'] });
      assert.deepEqual(peeked.buffers.map(text), ['he', 'ad']);
      const got = await server.ok('recv', { buffers: [4, 0, 6, 10] });
      assert.deepEqual(got.buffers.map(text), ['head', '', 'bodyta', 'il']);
      assert.deepEqual([got.bytesReceived, got.eof, text(got.data)], [12, false, 'headbodytail']);
    });

    test('a datagram: all buffers make one datagram, cut at the end of the room', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      const buffers = [{ text: 'one ' }, { text: 'datagram' }];
      assert.deepEqual(await a.ok('sendTo', { address, buffers }), { bytesSent: 12 });
      await a.ok('sendTo', { address, buffers });
      const whole = await b.ok('recvFrom', { buffers: [3, 100] });
      assert.deepEqual(whole.buffers.map(text), ['one', ' datagram']);
      assert.equal(whole.address.port, (await a.sockName()).port);
      const cut = await b.ok('recvFrom', { buffers: [1, 2] });
      assert.deepEqual([cut.buffers.map(text), cut.truncated], [['o', 'ne'], true]);
    });

    test('no buffer is WSAEINVAL, a length beyond the bytes WSAEFAULT; nothing is sent', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      assert.equal((await client.problem('send', { buffers: [] })).name, 'WSAEINVAL');
      assert.equal((await server.problem('recv', { buffers: [] })).name, 'WSAEINVAL');
      const beyond = await client.problem('send', { buffers: [{ text: 'ab' }, { text: 'cd', len: 3 }] });
      assert.deepEqual([beyond.name, beyond.status, beyond.limit], ['WSAEFAULT', 422, 2]);
      await client.ok('send', { buffers: [{ text: 'all' }] });
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'all');
    });
  });
}

test('exactly one of data and buffers, and at most 64 of them', async (t) => {
  const daemon = await startDaemon(t);
  const [client, server] = await (await startSession(daemon, 'lab')).pair();
  const refused: [operation: string, params: object, pointer: string][] = [
    ['send', {}, '/data'],
    ['send', { data: { text: 'a' }, buffers: [{ text: 'b' }] }, '/buffers'],
    ['send', { buffers: [{ text: 'a' }, {}] }, '/buffers/1'],
    ['send', { buffers: Array.from({ length: 65 }, () => ({ text: 'a' })) }, '/buffers'],
    ['recv', { maxBytes: 1, buffers: [1] }, '/buffers'],
    ['recv', { maxBytes: -1 }, '/maxBytes'],
    ['recv', { buffers: [-1] }, '/buffers/0'],
  ];
  for (const [operation, params, pointer] of refused) {
    const socket = operation === 'send' ? client : server;
    const problem = await socket.problem(operation, params);
    assert.equal(problem.type, '/problems/validation', JSON.stringify(params));
    assert.equal(problem.errors[0].pointer, pointer);
  }
});
