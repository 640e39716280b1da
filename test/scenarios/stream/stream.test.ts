/** The stream of a socket over a WebSocket: bytes, both ends, failures, and what else may use the socket. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { refusedSocket } from '../rpc/rpc-socket.js';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';
import { StreamSocket, streamPath } from './stream-socket.js';

const READY_MS = 10_000;

/** A stream on one end of a connection, and the other end. */
const streamOn = async (t: TestContext, provider: (typeof PROVIDERS)[number], query = '') => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, provider);
  const [socket, peer] = await session.pair();
  const stream = await StreamSocket.open(t, daemon, socket.id, { query });
  return { daemon, session, socket, peer, stream };
};

for (const provider of PROVIDERS) {
  describe(`a stream on ${provider}`, () => {
    test('says which connection it is, and carries bytes both ways', async (t) => {
      const { socket, peer, stream } = await streamOn(t, provider);
      const { localAddress, remoteAddress } = await socket.info();
      assert.deepEqual(await stream.untilTold('opened'), { type: 'opened', localAddress, remoteAddress });
      stream.send('ping');
      assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'ping');
      await peer.ok('send', { data: { text: 'pong' } });
      await stream.untilLength(4);
      assert.equal(stream.text, 'pong');
    });

    test('after shutdown the peer reads every byte and the end; the other direction goes on', async (t) => {
      const { peer, stream } = await streamOn(t, provider);
      for (let n = 0; n < 10; n++) stream.send(`${n}`);
      stream.send('');
      stream.command({ type: 'shutdown' });
      assert.equal(await peer.drain(), '0123456789');
      await peer.ok('send', { data: { text: 'late' } });
      await peer.ok('shutdown', { how: 'SD_SEND' });
      assert.deepEqual(await stream.closed, { code: 1000, reason: '' });
      assert.equal(stream.text, 'late');
      assert.deepEqual(stream.told.at(-1), { type: 'end' });
    });

    test('after the end of the peer it goes on sending', async (t) => {
      const { peer, stream } = await streamOn(t, provider);
      await peer.ok('shutdown', { how: 'SD_SEND' });
      await stream.untilTold('end');
      stream.send('still');
      assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'still');
      stream.command({ type: 'sendDisconnect' });
      assert.equal((await peer.ok('recv', { timeoutMs: READY_MS })).eof, true);
      assert.equal((await stream.closed).code, 1000);
    });

    test('a reset by the peer closes with 4000 and its code', async (t) => {
      const { peer, stream, socket } = await streamOn(t, provider);
      await peer.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await peer.ok('close');
      assert.deepEqual(await stream.closed, { code: 4000, reason: '10054 WSAECONNRESET' });
      // The socket is a client's again.
      await socket.ok('close');
    });

    test('a reset by the client ends the socket, and the peer sees it', async (t) => {
      const { peer, stream, socket } = await streamOn(t, provider);
      stream.command({ type: 'reset' });
      assert.equal((await stream.closed).code, 1000);
      assert.equal((await peer.problem('recv', { timeoutMs: READY_MS })).name, 'WSAECONNRESET');
      assert.equal((await socket.problem('recv')).name, 'WSAENOTSOCK');
    });

    test('its close leaves the socket as it is, for calls and for another stream', async (t) => {
      const { daemon, peer, stream, socket } = await streamOn(t, provider);
      stream.send('first');
      stream.ws.close();
      assert.equal((await stream.closed).code, 1005);
      assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'first');
      await peer.ok('send', { data: { text: 'to a call' } });
      await until(() => daemon.app.daemon.sockets.find(socket.id)?.lanes.send.holder === undefined, 'free');
      assert.equal(textOf(await socket.ok('recv', { timeoutMs: READY_MS })), 'to a call');
      await socket.ok('send', { data: { text: 'by a call' } });
      assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'by a call');
      const second = await StreamSocket.open(t, daemon, socket.id);
      await peer.ok('send', { data: { text: 'to a stream' } });
      await second.untilLength(11);
      assert.equal(second.text, 'to a stream');
    });

    test('what came before the close frame is sent, also if the peer takes it later', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const filled = await fillSendBuffer(socket, peer);
      const stream = await StreamSocket.open(t, daemon, socket.id);
      stream.connection.cork();
      stream.send('waits');
      stream.command({ type: 'shutdown' });
      stream.ws.close();
      stream.connection.uncork();
      const text = await peer.drain();
      assert.equal(text.length, filled + 5);
      assert.equal(text.slice(filled), 'waits');
    });

    test('with closeSocket=true the end of the WebSocket resets the connection', async (t) => {
      const { peer, stream, socket } = await streamOn(t, provider, '?closeSocket=true');
      stream.connection.resetAndDestroy();
      assert.equal((await peer.problem('recv', { timeoutMs: READY_MS })).name, 'WSAECONNRESET');
      assert.equal((await socket.problem('recv')).name, 'WSAENOTSOCK');
    });

    test('with closeSocket=true a stream that both have ended closes the socket without a reset', async (t) => {
      const { peer, stream, socket } = await streamOn(t, provider, '?closeSocket=true');
      stream.send('last');
      stream.command({ type: 'shutdown' });
      await peer.ok('shutdown', { how: 'SD_SEND' });
      assert.equal((await stream.closed).code, 1000);
      assert.equal(await peer.drain(), 'last');
      assert.equal((await socket.problem('recv')).name, 'WSAENOTSOCK');
    });

    test('meanwhile other sends, receives and streams are refused; getters, options and close are not', async (t) => {
      const { daemon, stream, socket } = await streamOn(t, provider);
      for (const [operation, params] of [
        ['send', { data: { text: 'x' } }],
        ['recv', {}],
        ['recvFrom', {}],
      ] as const) {
        const { status, body } = await socket.answer(operation, params);
        assert.deepEqual([status, body.type], [409, '/problems/in-use'], operation);
      }
      const second = await refusedSocket(daemon.url, { path: streamPath(socket.id) });
      assert.deepEqual([second.status, second.body.type], [409, '/problems/in-use']);
      await socket.sockName();
      await socket.setOption('SOL_SOCKET', 'SO_KEEPALIVE', { boolean: true });
      await socket.ok('close');
      assert.deepEqual(await stream.closed, { code: 4000, reason: '10004 WSAEINTR' });
    });

    test('a socket on which a call waits has no stream', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      const receiving = socket.ok('recv', { timeoutMs: READY_MS });
      await socket.untilBusy();
      const refused = await refusedSocket(daemon.url, { path: streamPath(socket.id) });
      assert.deepEqual([refused.status, refused.body.type], [409, '/problems/in-use']);
      // Neither direction is held.
      await socket.ok('send', { data: { text: 'x' } });
      await peer.ok('send', { data: { text: 'x' } });
      await receiving;
    });

    test('on a non-blocking socket it waits all the same', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const stream = await StreamSocket.open(t, daemon, socket.id);
      stream.send('x'.repeat(100_000));
      stream.command({ type: 'shutdown' });
      assert.equal((await peer.drain()).length, 100_000);
      await peer.ok('send', { data: { text: 'y' } });
      await stream.untilLength(1);
      assert.equal(stream.isClosed, false);
    });

    test('the end of its session closes it', async (t) => {
      const { daemon, session, stream } = await streamOn(t, provider);
      await daemon.api.ok.delete(session.path);
      assert.deepEqual(await stream.closed, { code: 4000, reason: '995 WSA_OPERATION_ABORTED' });
    });

    test('faults hit its calls', async (t) => {
      const { session, socket, peer, stream } = await streamOn(t, provider);
      await session.arm({ socketId: socket.id, operation: 'send', effect: 'slice', bytes: 3 });
      stream.send('in small pieces');
      let text = '';
      while (text.length < 15) text += textOf(await peer.ok('recv', { timeoutMs: READY_MS }));
      assert.equal(text, 'in small pieces');
      await session.arm({ socketId: socket.id, operation: 'send', effect: 'fail', code: 'WSAENETDOWN' });
      stream.send('x');
      assert.deepEqual(await stream.closed, { code: 4000, reason: '10050 WSAENETDOWN' });
    });

    test('a daemon that stops closes it with 1001', async (t) => {
      const { daemon, stream } = await streamOn(t, provider);
      const drained = daemon.app.drain();
      assert.equal((await stream.closed).code, 1001);
      await drained;
    });
  });
}

test('disconnect data comes with the end, and goes with sendDisconnect', async (t) => {
  const { peer, stream } = await streamOn(t, 'lab');
  stream.send('last');
  stream.command({ type: 'sendDisconnect', disconnectData: { text: 'mine' } });
  assert.equal(await peer.drain(), 'last');
  const { disconnectData } = await peer.ok('recvDisconnect');
  assert.equal(Buffer.from(disconnectData.base64, 'base64').toString(), 'mine');
  await peer.ok('sendDisconnect', { disconnectData: { text: 'yours' } });
  assert.equal((await stream.closed).code, 1000);
  assert.deepEqual(stream.told.at(-1), {
    type: 'end',
    disconnectData: { base64: Buffer.from('yours').toString('base64'), len: 5 },
  });
});

test('TCP has no disconnect data: nothing is shut down', async (t) => {
  const { daemon, peer, stream, socket } = await streamOn(t, PROVIDERS[0] ?? 'lab');
  stream.command({ type: 'sendDisconnect', disconnectData: { text: 'x' } });
  assert.deepEqual(await stream.closed, { code: 4000, reason: '10042 WSAENOPROTOOPT' });
  const again = await StreamSocket.open(t, daemon, socket.id);
  again.send('still open');
  assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'still open');
});

/** What a client may send that the daemon does not take. */
const WRONG: readonly [string | object, number, RegExp][] = [
  ['{', 1003, /JSON/],
  ['{"type":"shutdown","type":"shutdown"}', 1003, /JSON/],
  ['[]', 1008, /^type is/],
  [{ type: 'close' }, 1008, /^type is/],
  [{ type: 'toString' }, 1008, /^type is/],
  [{ type: 'shutdown', how: 'SD_BOTH' }, 1008, /no other members/],
  [{ type: 'sendDisconnect', data: {} }, 1008, /disconnectData/],
  [{ type: 'sendDisconnect', disconnectData: 'x' }, 1008, /disconnectData/],
  [{ type: 'sendDisconnect', disconnectData: { text: 'x', base64: '' } }, 1008, /disconnectData/],
];

for (const [message, code, reason] of WRONG) {
  test(`the message ${JSON.stringify(message)} closes with ${code}, and does nothing`, async (t) => {
    const { daemon, peer, stream, socket } = await streamOn(t, 'lab');
    stream.send('before');
    stream.command(message);
    stream.send('behind');
    const closed = await stream.closed;
    assert.equal(closed.code, code);
    assert.match(closed.reason, reason);
    assert.equal(textOf(await peer.ok('recv', { timeoutMs: READY_MS })), 'before');
    const { sendShutdown, state } = await socket.info();
    assert.deepEqual([sendShutdown, state], [false, 'connected']);
    await StreamSocket.open(t, daemon, socket.id);
  });
}

test('bytes after shutdown close with 1008', async (t) => {
  const { stream } = await streamOn(t, 'lab');
  stream.command({ type: 'shutdown' });
  stream.send('x');
  assert.deepEqual(await stream.closed, { code: 1008, reason: 'Bytes came after sending was shut down.' });
});

test('the lease of the session runs from the end of its stream', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 60 });
  const [socket] = await session.pair();
  const alive = (): boolean => daemon.app.daemon.sessions.findOfAnyOwner(session.id) !== undefined;
  const stream = await StreamSocket.open(t, daemon, socket.id);
  const { lanes } = daemon.app.daemon.sockets.find(socket.id) ?? assert.fail();
  for (let n = 0; n < 6; n++) {
    const asked = new Promise((resolve) => stream.ws.once('ping', resolve));
    clock.advance(20_000);
    await asked;
    stream.ws.ping();
    await new Promise((resolve) => stream.ws.once('pong', resolve));
  }
  assert.ok(alive());
  stream.ws.close();
  await stream.closed;
  await until(() => lanes.send.holder === undefined, 'the stream has ended');
  clock.advance(59_000);
  assert.ok(alive());
  clock.advance(1000);
  assert.equal(alive(), false);
});

test('what a peer does not take after the close is dropped after a minute, and the lease runs', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 600 });
  const [socket, peer] = await session.pair();
  await fillSendBuffer(socket, peer);
  const stream = await StreamSocket.open(t, daemon, socket.id);
  const { lanes } = daemon.app.daemon.sockets.find(socket.id) ?? assert.fail();
  stream.connection.cork();
  stream.send('waits');
  stream.ws.close();
  stream.connection.uncork();
  await stream.closed;
  await until(() => lanes.recv.holder === undefined && lanes.send.isTaken, 'the last send waits');
  clock.advance(45_000);
  assert.ok(lanes.send.holder);
  for (let n = 0; n < 4; n++) clock.advance(15_000);
  await until(() => !lanes.send.isTaken, 'the send has ended');
  assert.equal(lanes.send.holder, undefined);
  const alive = (): boolean => daemon.app.daemon.sessions.findOfAnyOwner(session.id) !== undefined;
  clock.advance(599_000);
  assert.ok(alive());
  clock.advance(1000);
  assert.equal(alive(), false);
});

test('a client that is gone while its bytes wait is noticed by the pings', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 600 });
  const [socket] = await session.pair();
  const stream = await StreamSocket.open(t, daemon, socket.id);
  const { lanes } = daemon.app.daemon.sockets.find(socket.id) ?? assert.fail();
  // The peer receives nothing.
  stream.send(Buffer.alloc(1 << 20));
  await until(() => lanes.send.isTaken, 'a send waits');
  stream.connection.destroy();
  await until(() => {
    clock.advance(20_000);
    return lanes.send.holder === undefined;
  }, 'the stream has ended');
});
