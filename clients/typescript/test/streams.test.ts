/** Connections as streams of Node. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { WinsockError } from 'winsockd-client';
import { listening, open, pair } from './rigs.js';

/** All bytes of a stream, which stays open: `for await` and `buffer` destroy it at its end, as every Duplex. */
const received = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
};

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('megabytes to a slow reader: write asks to wait, and every byte arrives once', async (t) => {
  const { client, peer } = await pair(t);
  const sent = randomBytes(6_000_000);
  let most = 0;
  const pieces = function* () {
    for (let at = 0; at < sent.length; at += 50_000) yield sent.subarray(at, at + 50_000);
  };
  const sending = pipeline(Readable.from(pieces()), client);
  // Nobody reads: what fills is the daemon's system and the buffers of the two streams, whose size is known.
  client.on('drain', () => undefined);
  await once(peer, 'readable');
  const taken: Buffer[] = [];
  for (let count = 0; count < sent.length; ) {
    const chunk: Buffer | null = peer.read();
    most = Math.max(most, client.writableLength, peer.readableLength);
    if (chunk === null) await once(peer, 'readable');
    else {
      taken.push(chunk);
      count += chunk.length;
    }
  }
  peer.end();
  await sending;
  assert.equal(sha(Buffer.concat(taken)), sha(sent));
  assert.ok(most < 500_000, `${most} bytes were kept`);
  assert.deepEqual([client.bytesWritten, peer.bytesRead], [sent.length, sent.length]);
});

test('a reader that does not read holds up the writer', async (t) => {
  const { rig, client, peer } = await pair(t);
  let isWritten = false;
  client.write(Buffer.alloc(20_000_000), () => {
    isWritten = true;
  });
  // Held up: again and again a call waits, and none has ended since.
  for (let calls = 0, times = 0; times < 10; ) {
    const [{ pendingCalls }, { length }] = await Promise.all([rig.session.info(), client.socket.journal()]);
    assert.equal(isWritten, false, 'nothing held it up');
    times = pendingCalls === 1 && length === calls ? times + 1 : 0;
    calls = length;
  }
  assert.equal(client.writableNeedDrain, true);
  peer.resume();
  await once(client, 'drain');
  assert.equal(client.bytesWritten, 20_000_000);
});

test('end() is a half-close: the peer reads every byte and the end, and answers', async (t) => {
  const { client, peer } = await pair(t, { allowHalfOpen: true });
  client.end('question');
  assert.equal(await received(peer), 'question');
  assert.equal((await client.socket.info()).sendShutdown, true);
  peer.end('answer');
  assert.equal(await received(client), 'answer');
  await Promise.all([client, peer].map((one) => one.closed || once(one, 'close')));
});

test('without allowHalfOpen the end of the peer ends this side, as in node:net', async (t) => {
  const { client, peer } = await pair(t);
  client.end();
  peer.resume();
  await once(peer, 'close');
  assert.ok(peer.writableFinished);
});

test('sendDisconnect ends the stream behind what was written, with its data on the lab', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  const listener = await rig.listen({ host: '10.0.0.1', port: 0 }, { allowHalfOpen: true });
  const [client, peer] = await Promise.all([
    rig.connect(listener.address(), { allowHalfOpen: true }),
    listener.accept(),
  ]);
  client.write('last words');
  await client.sendDisconnect('no paper');
  assert.equal(await received(peer), 'last words');
  assert.equal(String(await peer.recvDisconnect()), 'no paper');
  await assert.rejects(client.socket.send('more'), { code: 10058, name: 'WSAESHUTDOWN' });
  client.destroy();
});

test('an error of the peer is an event error with its code, and the stream closes', async (t) => {
  const { client, peer } = await pair(t);
  await peer.socket.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
  client.resume();
  peer.destroy();
  const [error]: unknown[] = await once(client, 'error');
  assert.ok(error instanceof WinsockError);
  assert.deepEqual([error.code, error.name], [10054, 'WSAECONNRESET']);
  assert.ok(client.destroyed);
});

test('destroy() closes the socket, also while a read and a write wait', async (t) => {
  const { rig, client, peer, listener } = await pair(t);
  client.resume();
  peer.write(Buffer.alloc(20_000_000));
  peer.destroy();
  await once(peer, 'close');
  client.destroy();
  await once(client, 'close');
  await listener.close();
  assert.deepEqual(await rig.session.sockets(), []);
});

test('the end of the rig closes its connections without an error', async (t) => {
  const { rig, client, peer } = await pair(t);
  client.resume();
  peer.resume();
  const closed = Promise.all([once(client, 'close'), once(peer, 'close')]);
  await rig.close();
  await closed;
});

test('createConnection connects as it says it will, or tells its error', async (t) => {
  const rig = await open(t);
  const server = net.createServer((socket) => socket.resume().end('hello'));
  const port = await listening(t, server);
  const made = rig.createConnection({ host: '127.0.0.1', port });
  assert.deepEqual([made.connecting, made.remotePort], [true, undefined]);
  made.write('early');
  await once(made, 'connect');
  assert.deepEqual([made.connecting, made.remotePort, made.remoteFamily], [false, port, 'IPv4']);
  assert.equal(String(await buffer(made)), 'hello');
  await new Promise((resolve) => server.close(resolve));
  const refused = rig.createConnection({ host: '127.0.0.1', port });
  const [error]: unknown[] = await once(refused, 'error');
  assert.ok(error instanceof WinsockError && error.name === 'WSAECONNREFUSED');
});

test('a connection that is destroyed while it connects ends its attempt, without an error', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  await rig.session.setLabLink({ partition: true });
  const never = rig.createConnection({ host: '10.0.0.1', port: 1 });
  never.destroy();
  await once(never, 'close');
  assert.deepEqual(await rig.session.sockets(), []);
});

test('a connect can be aborted, or take too long, and leaves no socket', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  await rig.session.setLabLink({ partition: true });
  const reason = new Error('enough');
  const stop = new AbortController();
  const connecting = rig.connect({ host: '10.0.0.1', port: 1 }, { signal: stop.signal });
  setImmediate(() => stop.abort(reason));
  await assert.rejects(connecting, reason);
  await assert.rejects(rig.connect({ host: '10.0.0.1', port: 1 }, { timeoutMs: 20 }), { code: 10060 });
  const late = rig.connect({ host: '10.0.0.1', port: 1 }, { signal: AbortSignal.timeout(20) });
  await assert.rejects(late, { name: 'TimeoutError' });
  assert.deepEqual(await rig.session.sockets(), []);
});

test('setTimeout tells of silence', async (t) => {
  const { client } = await pair(t);
  client.setTimeout(20);
  await once(client, 'timeout');
  assert.equal(client.timeout, 20);
});

test('setTimeout takes each piece of a long write for a sign of life', async (t) => {
  const { client, peer } = await pair(t);
  await client.socket.armFault({ effect: 'delay', operation: 'send', delayMs: 80 });
  let isSilent = false;
  client.setTimeout(400, () => {
    isSilent = true;
  });
  peer.resume();
  const began = performance.now();
  await new Promise((resolve) => client.write(Buffer.alloc(2_500_000), resolve));
  assert.ok(performance.now() - began > 600);
  assert.equal(isSilent, false);
});

test('an option that is set before the connection is made is set when it is', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const made = rig
    .createConnection({ port: listener.address().port, localAddress: '127.0.0.2' })
    .setNoDelay();
  await once(made, 'connect');
  assert.equal(made.localAddress, '127.0.0.2');
  assert.deepEqual(await made.socket.getOption('IPPROTO_TCP', 'TCP_NODELAY'), { boolean: true });
});

test('a write whose connection is destroyed meanwhile tells its callback', async (t) => {
  const { client } = await pair(t);
  const written = new Promise((resolve) => client.write(Buffer.alloc(20_000_000), resolve));
  await client.socket.info(); // the daemon has the first piece
  client.destroy();
  assert.ok((await written) instanceof Error);
  assert.ok(client.closed || (await once(client, 'close')));
});

test('a connection that receives no more by its own wish has an end, and no error', async (t) => {
  const { client, peer } = await pair(t, { allowHalfOpen: true });
  const whole = received(client);
  await client.recvDisconnect();
  assert.equal(await whole, '');
  client.end('still sent');
  assert.equal(await received(peer), 'still sent');
  peer.end();
});

test('what a listener of a stream throws is an uncaught exception, not a rejection', async (t) => {
  const { client, peer } = await pair(t);
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const caught = new Promise<unknown>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  const failure = new Error('of a listener');
  client.once('data', () => {
    throw failure;
  });
  peer.write('x');
  assert.equal(await caught, failure);
});

test('the streams of the web are made of a connection as of every Duplex', async (t) => {
  const { client, peer } = await pair(t);
  const { readable, writable } = Duplex.toWeb(client);
  const whole = buffer(peer);
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode('web'));
  await writer.close();
  assert.equal(String(await whole), 'web');
  const { done } = await readable.getReader().read();
  assert.equal(done, true);
});
