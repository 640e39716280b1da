import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { StalledClients } from '../../../src/http/memory/stalled-clients.js';
import { until } from '../../scenarios/test-daemon.js';

/** How many checks without progress a client survives. */
const LIMIT = 10;

const partialWrites = {
  skip: process.platform === 'win32' && 'Windows takes a whole write at once, so nothing stays queued',
};

/** Both ends of a connection, and a StalledClients that checks when the test calls `check`. */
const setUp = async (t: TestContext) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = net.connect(address.port, '127.0.0.1');
  const socket = await accepted;
  for (const end of [client, socket]) end.on('error', () => undefined);
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  let checkOnce: (() => void) | undefined;
  const cuts: number[] = [];
  const stalled = new StalledClients(
    LIMIT,
    (_ms, run) => {
      checkOnce = run;
      return () => {
        checkOnce = undefined;
      };
    },
    (connections) => cuts.push(connections),
  );
  return {
    client,
    socket,
    stalled,
    cuts,
    check: (times: number) => {
      for (let i = 0; i < times; i++) checkOnce?.();
    },
    isChecking: () => checkOnce !== undefined,
  };
};

test('a client that reads nothing while bytes are short is cut off after ten checks', async (t) => {
  const { socket, stalled, check, cuts } = await setUp(t);
  stalled.watch(socket, 'answer', { isShort: true });
  check(LIMIT);
  assert.equal(socket.destroyed, false);
  check(1);
  assert.equal(socket.destroyed, true);
  assert.deepEqual(cuts, [1]);
});

test('a client that reads nothing is cut off only once bytes are short', async (t) => {
  const { socket, stalled, check } = await setUp(t);
  const shortage = { isShort: false };
  stalled.watch(socket, 'answer', shortage);
  check(50);
  assert.equal(socket.destroyed, false);
  shortage.isShort = true;
  check(1);
  assert.equal(socket.destroyed, true);
});

test('bytes from the client restart the count when only a body is awaited', async (t) => {
  const { client, socket, stalled, check } = await setUp(t);
  stalled.watch(socket, 'body', { isShort: true });
  check(LIMIT);
  socket.resume();
  client.write('more');
  await until(() => socket.bytesRead === 4, 'the bytes have arrived');
  check(LIMIT);
  assert.equal(socket.destroyed, false);
  check(1);
  assert.equal(socket.destroyed, true);
});

test(
  'a client that reads nothing is cut off, whatever it sends and however much more is written to it',
  partialWrites,
  async (t) => {
    const { client, socket, stalled, check } = await setUp(t);
    client.pause();
    socket.resume();
    socket.write(Buffer.alloc(64 << 20));
    stalled.watch(socket, 'body', { isShort: true });
    stalled.watch(socket, 'answer', { isShort: true });
    const queue = () =>
      (socket as net.Socket & { _handle: { writeQueueSize: number } })._handle.writeQueueSize; // private
    let before = -1;
    // The system takes some of the bytes without the client reading.
    await until(() => {
      const same = before === queue();
      before = queue();
      return same;
    }, 'the system takes no more');
    check(1);
    for (let sent = 1; sent <= LIMIT; sent++) {
      assert.equal(socket.destroyed, false);
      client.write('x');
      await until(() => socket.bytesRead === sent, 'the bytes have arrived');
      socket.write(Buffer.alloc(1000));
      check(1);
    }
    assert.equal(socket.destroyed, true);
  },
);

test('once the answer is read, bytes of a body restart the count', async (t) => {
  const { client, socket, stalled, check } = await setUp(t);
  socket.resume();
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.watch(socket, 'body', { isShort: true });
  check(LIMIT);
  stalled.unwatch(socket, 'answer');
  client.write('more');
  await until(() => socket.bytesRead === 4, 'the bytes have arrived');
  check(LIMIT);
  assert.equal(socket.destroyed, false);
  check(1);
  assert.equal(socket.destroyed, true);
});

test(
  'bytes that the client reads restart the count, even in the middle of one large write',
  partialWrites,
  async (t) => {
    const { client, socket, stalled, check } = await setUp(t);
    socket.write(Buffer.alloc(64 << 20));
    stalled.watch(socket, 'answer', { isShort: true });
    check(LIMIT);
    let taken = 0;
    client.on('data', (chunk) => {
      taken += chunk.length;
      if (taken > 8 << 20) client.pause();
    });
    await until(() => taken > 8 << 20, 'the client has read a part');
    check(LIMIT);
    assert.equal(socket.destroyed, false, 'the client has read a part of the write');
    check(1);
    assert.equal(socket.destroyed, true);
  },
);

test('the checks stop when no connection is watched', async (t) => {
  const { socket, stalled, check, isChecking } = await setUp(t);
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.unwatch(socket, 'answer');
  check(1);
  assert.ok(isChecking());
  stalled.unwatch(socket, 'answer');
  check(1);
  assert.equal(isChecking(), false);
  stalled.unwatch(socket, 'answer');
  stalled.watch(socket, 'answer', { isShort: true });
  assert.ok(isChecking());
  stalled.close();
  assert.equal(isChecking(), false);
});
