import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { StalledClients } from '../../../src/http/memory/stalled-clients.js';
import { until } from '../../scenarios/test-daemon.js';

const LIMIT = 10;

const partialWrites = {
  skip: process.platform === 'win32' && 'Windows takes the whole of a write at once, so it has been written',
};

/** Two ends of a connection, and clients that are looked at when the test says so. */
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
  let look: (() => void) | undefined;
  const cuts: number[] = [];
  const stalled = new StalledClients(
    LIMIT,
    (_ms, run) => {
      look = run;
      return () => {
        look = undefined;
      };
    },
    (connections) => cuts.push(connections),
  );
  return {
    client,
    socket,
    stalled,
    cuts,
    look: (times: number) => {
      for (let i = 0; i < times; i++) look?.();
    },
    looks: () => look !== undefined,
  };
};

test('a client that stands still while bytes are short is cut, after ten looks', async (t) => {
  const { socket, stalled, look, cuts } = await setUp(t);
  stalled.watch(socket, 'answer', { isShort: true });
  look(LIMIT);
  assert.equal(socket.destroyed, false);
  look(1);
  assert.equal(socket.destroyed, true);
  assert.deepEqual(cuts, [1]);
});

test('where bytes are not short it may take as long as it likes, until they are', async (t) => {
  const { socket, stalled, look } = await setUp(t);
  const shortage = { isShort: false };
  stalled.watch(socket, 'answer', shortage);
  look(50);
  assert.equal(socket.destroyed, false);
  shortage.isShort = true;
  look(1);
  assert.equal(socket.destroyed, true);
});

test('bytes that come begin it anew where only a body is awaited', async (t) => {
  const { client, socket, stalled, look } = await setUp(t);
  stalled.watch(socket, 'body', { isShort: true });
  look(LIMIT);
  socket.resume();
  client.write('more');
  await until(() => socket.bytesRead === 4, 'it has come');
  look(LIMIT);
  assert.equal(socket.destroyed, false);
  look(1);
  assert.equal(socket.destroyed, true);
});

test(
  'who takes nothing is cut, whatever it sends and however much more is written',
  partialWrites,
  async (t) => {
    const { client, socket, stalled, look } = await setUp(t);
    client.pause();
    socket.resume();
    socket.write(Buffer.alloc(64 << 20));
    stalled.watch(socket, 'body', { isShort: true });
    stalled.watch(socket, 'answer', { isShort: true });
    const queue = () =>
      (socket as net.Socket & { _handle: { writeQueueSize: number } })._handle.writeQueueSize; // private
    let before = -1;
    // The system takes some of it by itself.
    await until(() => {
      const same = before === queue();
      before = queue();
      return same;
    }, 'it takes no more');
    look(1);
    for (let sent = 1; sent <= LIMIT; sent++) {
      assert.equal(socket.destroyed, false);
      client.write('x');
      await until(() => socket.bytesRead === sent, 'it has come');
      socket.write(Buffer.alloc(1000));
      look(1);
    }
    assert.equal(socket.destroyed, true);
  },
);

test('once its answer is taken, the rest of a body may come', async (t) => {
  const { client, socket, stalled, look } = await setUp(t);
  socket.resume();
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.watch(socket, 'body', { isShort: true });
  look(LIMIT);
  stalled.leave(socket, 'answer');
  client.write('more');
  await until(() => socket.bytesRead === 4, 'it has come');
  look(LIMIT);
  assert.equal(socket.destroyed, false);
  look(1);
  assert.equal(socket.destroyed, true);
});

test('bytes that go begin it anew, also in the middle of one large write', partialWrites, async (t) => {
  const { client, socket, stalled, look } = await setUp(t);
  socket.write(Buffer.alloc(64 << 20));
  stalled.watch(socket, 'answer', { isShort: true });
  look(LIMIT);
  let taken = 0;
  client.on('data', (chunk) => {
    taken += chunk.length;
    if (taken > 8 << 20) client.pause();
  });
  await until(() => taken > 8 << 20, 'a part is taken');
  look(LIMIT);
  assert.equal(socket.destroyed, false, 'a part of the write has gone');
  look(1);
  assert.equal(socket.destroyed, true);
});

test('nobody is looked at when nobody is waited for', async (t) => {
  const { socket, stalled, look, looks } = await setUp(t);
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.watch(socket, 'answer', { isShort: true });
  stalled.leave(socket, 'answer');
  look(1);
  assert.ok(looks());
  stalled.leave(socket, 'answer');
  look(1);
  assert.equal(looks(), false);
  stalled.leave(socket, 'answer');
  stalled.watch(socket, 'answer', { isShort: true });
  assert.ok(looks());
  stalled.close();
  assert.equal(looks(), false);
});
