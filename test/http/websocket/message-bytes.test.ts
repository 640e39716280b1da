/** Bytes of messages that have not arrived completely. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { UNCOUNTED_OF_MESSAGE } from '../../../src/http/websocket/message-bytes.js';
import { MOST_CONTROL_FRAMES } from '../../../src/http/websocket/web-sockets.js';
import { RpcSocket } from '../../scenarios/rpc/rpc-socket.js';
import { until } from '../../scenarios/test-daemon.js';
import { build } from '../build.js';

const MIB = 1024 * 1024;

const setUp = async (t: TestContext, bytesPerOwner = 16 * MIB) => {
  const bytes = new ByteAccounts({ bytesPerOwner, bytesTotal: 4 * bytesPerOwner });
  const built = await build(t, { bytes });
  const open = () => RpcSocket.open(t, built);
  return { bytes, open, rpc: await open() };
};

/** Sends a part of a text message. */
const part = (rpc: RpcSocket, text: string, fin = false): Promise<void> =>
  new Promise((resolve, reject) => {
    rpc.ws.send(text, { fin, binary: false }, (error) => (error ? reject(error) : resolve()));
  });

/** Until the daemon has read everything that was sent: it answers pings within messages. */
const allRead = (rpc: RpcSocket): Promise<void> =>
  new Promise((resolve) => {
    rpc.ws.once('pong', () => resolve());
    rpc.ws.ping();
  });

/** A call, with spaces in a text up to a length. */
const longCall = (id: number, length: number): string => {
  const end = '"}}';
  return `${`{"jsonrpc":"2.0","id":${id},"method":"rpc.cancel","params":{"id":"`.padEnd(length - end.length)}${end}`;
};

test('an unfinished message counts for its owner until it is complete', async (t) => {
  const { bytes, rpc } = await setUp(t);
  const text = longCall(1, 3 * MIB);
  await part(rpc, text.slice(0, UNCOUNTED_OF_MESSAGE / 2));
  await allRead(rpc);
  assert.equal(bytes.used, 0);
  await part(rpc, text.slice(UNCOUNTED_OF_MESSAGE / 2, 2 * MIB));
  await allRead(rpc);
  assert.ok(Math.abs(bytes.used - 2 * MIB) < UNCOUNTED_OF_MESSAGE, `${bytes.used} bytes`);
  assert.ok(bytes.of('alice').used === bytes.used);
  const answered = rpc.answerTo(1);
  await part(rpc, text.slice(2 * MIB), true);
  assert.deepEqual((await answered).result, { cancelled: false });
  assert.equal(bytes.used, 0);
});

test('the bytes of an unfinished message are released when the WebSocket closes', async (t) => {
  const { bytes, rpc } = await setUp(t);
  await part(rpc, longCall(1, 2 * MIB));
  await allRead(rpc);
  assert.ok(bytes.used > MIB);
  rpc.destroy();
  await until(() => bytes.used === 0, 'nothing is held');
});

test('beyond the bytes of the owner an unfinished message closes its WebSocket with 1008', async (t) => {
  const { bytes, open, rpc } = await setUp(t, 4 * MIB);
  const other = await open();
  const text = longCall(1, 2 * MIB);
  await part(other, text.slice(0, -1));
  await allRead(other);
  // It also goes on sending.
  for (let i = 0; i < 8; i++) rpc.ws.send(longCall(1, MIB), { fin: false, binary: false });
  assert.equal((await rpc.closed).code, 1008);
  await until(() => bytes.used < 3 * MIB, 'its bytes are released');
  const answered = other.answerTo(1);
  await part(other, text.slice(-1), true);
  assert.deepEqual((await answered).result, { cancelled: false });
  assert.equal(bytes.used, 0);
});

test('messages, with pings and pongs between them, do not add up', async (t) => {
  const { bytes, rpc } = await setUp(t);
  const filler = Buffer.alloc(125);
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 30; n++) {
      rpc.ws.pong(filler);
      if (n % 10 === 0) rpc.ws.ping(filler);
    }
    await allRead(rpc);
    await rpc.ok('rpc.cancel', { id: 0 });
  }
  assert.equal(bytes.used, 0);
});

test('pongs between the fragments of a message count: what is kept of each is the whole read', async (t) => {
  const { bytes, rpc } = await setUp(t);
  const filler = Buffer.alloc(125);
  await part(rpc, '{');
  for (let n = 0; n < 600; n++) rpc.ws.pong(filler);
  await part(rpc, '}');
  await allRead(rpc);
  assert.ok(bytes.used > 600 * 125, `${bytes.used} bytes`);
  rpc.destroy();
  await until(() => bytes.used === 0, 'nothing is held');
});

test('too many pings and pongs close with 1008', async (t) => {
  const { rpc } = await setUp(t);
  for (let n = 0; n < 2 * MOST_CONTROL_FRAMES; n++) rpc.ws.pong();
  assert.equal((await rpc.closed).code, 1008);
});

test('long messages of several WebSockets all arrive', async (t) => {
  const { bytes, open } = await setUp(t, 64 * MIB);
  const all = await Promise.all(Array.from({ length: 4 }, open));
  const answers = all.map((rpc, n) => rpc.answerTo(n));
  for (const [n, rpc] of all.entries()) rpc.send(longCall(n, 4 * MIB));
  for (const { result } of await Promise.all(answers)) assert.deepEqual(result, { cancelled: false });
  assert.equal(bytes.used, 0);
});

test('a message of 1,000 fragments, with pings among them', async (t) => {
  const { bytes, rpc } = await setUp(t);
  const text = longCall(5, 200_000);
  const answered = rpc.answerTo(5);
  for (let n = 0; n < 999; n++) {
    void part(rpc, text.slice(n * 200, (n + 1) * 200));
    if (n % 100 === 0) rpc.ws.ping();
  }
  await part(rpc, text.slice(999 * 200), true);
  assert.deepEqual((await answered).result, { cancelled: false });
  assert.equal(bytes.used, 0);
});
