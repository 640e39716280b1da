/** The end for browsers, in Node: its connections are streams of the web. Node 20 has all that it needs but WebSocket. */
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Rig, WinsockError } from 'winsockd-client/browser';
import { WebSocket } from 'ws';
import { tokenOfTests } from './rigs.js';

Object.assign(globalThis, { WebSocket });

const pair = async (t: TestContext) => {
  const url = process.env.WINSOCKD_URL ?? assert.fail('no WINSOCKD_URL');
  const rig = await Rig.open({ url, token: tokenOfTests() });
  t.after(() => rig.close());
  const listener = await rig.listen({ port: 0 });
  const [client, peer] = await Promise.all([rig.connect(listener.address()), listener.accept()]);
  await listener.close();
  return { rig, client, peer };
};

test('an abort ends a write that a slow peer holds up', async (t) => {
  const { rig, client, peer } = await pair(t);
  const writer = client.writable.getWriter();
  const written = assert.rejects(writer.write(new Uint8Array(20_000_000)));
  await client.socket.info();
  await writer.abort('enough');
  await written;
  await peer.close();
  assert.deepEqual(await rig.session.sockets(), []);
});

test('a stream that is cancelled while it waits leaves the other one as it is', async (t) => {
  const { client, peer } = await pair(t);
  const reader = client.readable.getReader();
  const reading = reader.read();
  await client.socket.info();
  await reader.cancel();
  assert.equal((await reading).done, true);
  const writer = client.writable.getWriter();
  await writer.write(new TextEncoder().encode('still sent'));
  await writer.close();
  assert.equal(await new Response(peer.readable).text(), 'still sent');
});

test('a connection that is reset fails both streams, and its socket is closed', async (t) => {
  const { rig, client, peer } = await pair(t);
  await peer.socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
  const reading = client.readable.getReader().read();
  await peer.close();
  await assert.rejects(reading, (error) => error instanceof WinsockError && error.code === 10054);
  await assert.rejects(client.writable.getWriter().write(new Uint8Array(1)), { name: 'WSAENOTSOCK' });
  assert.deepEqual(await rig.session.sockets(), []);
});

test('a large write arrives whole, with readers that bring their buffers and others', async (t) => {
  const { client, peer } = await pair(t);
  const writer = client.writable.getWriter();
  const sent = Uint8Array.from({ length: 700_000 }, (_, place) => place % 251);
  const writing = writer.write(sent).then(() => writer.close());
  const byob = peer.readable.getReader({ mode: 'byob' });
  const { value: first = assert.fail('no bytes') } = await byob.read(new Uint8Array(1000));
  byob.releaseLock();
  const rest = await buffer(peer.readable);
  await writing;
  assert.deepEqual(Buffer.concat([first, rest]), Buffer.from(sent));
});
