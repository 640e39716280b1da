/** The messages that go to the client of a WebSocket: their order, back-pressure, and what goes back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { KeptBytes } from '../../../src/http/memory/kept-bytes.js';
import { StalledClients } from '../../../src/http/memory/stalled-clients.js';
import { TurnLoad } from '../../../src/http/memory/turn-load.js';
import { MOST_UNREAD, Outbox } from '../../../src/http/websocket/outbox.js';
import { STALLED_SECONDS } from '../../../src/http/websocket/web-sockets.js';
import { until } from '../../scenarios/test-daemon.js';

const MIB = 1024 * 1024;

const EVENT_BYTES = 1000;

/** Both ends of a WebSocket, and the outbox of the daemon's end. */
const setUp = async (t: TestContext) => {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  assert.ok(typeof address === 'object' && address !== null);
  const server = new WebSocketServer({ noServer: true });
  const opened = new Promise<{ ws: WebSocket; socket: import('node:net').Socket }>((resolve) =>
    http.once('upgrade', (request, _socket, head) =>
      server.handleUpgrade(request, request.socket, head, (ws) => resolve({ ws, socket: request.socket })),
    ),
  );
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
  const received: string[] = [];
  client.on('message', (data) => received.push(String(data)));
  client.on('error', () => undefined);
  const { ws, socket } = await opened;
  ws.on('error', () => undefined);
  await once(client, 'open');
  t.after(() => {
    client.terminate();
    ws.terminate();
    http.close();
  });
  const bytes = new ByteAccounts({ bytesPerOwner: 64 * MIB, bytesTotal: 64 * MIB });
  let check = (): void => undefined;
  const cuts: number[] = [];
  const stalled = new StalledClients(
    STALLED_SECONDS,
    (_ms, run) => {
      check = run;
      return () => {
        check = () => undefined;
      };
    },
    (connections) => cuts.push(connections),
  );
  const idle = new StalledClients(
    10,
    () => () => undefined,
    () => undefined,
  );
  const kept = new KeptBytes(bytes, idle, new TurnLoad());
  const seen = { rooms: 0, slow: [] as number[], cuts };
  const outbox = new Outbox(ws, socket, {
    hold: () => kept.holdAnswer({ owner: 'alice', raw: { socket } }),
    stalled,
    mostOfEvents: EVENT_BYTES,
    onRoom: () => {
      seen.rooms++;
    },
    onSlow: (waiting) => seen.slow.push(waiting),
  });
  const settled: string[] = [];
  return {
    bytes,
    client,
    outbox,
    received,
    seen,
    settled,
    ws,
    check: (times: number) => {
      for (let i = 0; i < times; i++) check();
    },
    /** Sends an answer that begins with its name. */
    answer: (name: string, length = name.length) =>
      outbox.answer(name.padEnd(length, '.'), (delivered) => settled.push(`${name} ${delivered}`)),
    /** Sends answers that nobody reads, until the connection takes no more. */
    fill: async () => {
      for (let n = 0; bytes.used === 0; n++) {
        assert.ok(n < 1000);
        outbox.answer('-'.repeat(64 * 1024));
        for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate);
      }
    },
    untilReceived: (count: number) => until(() => received.length >= count, `${count} messages`),
  };
};

test('answers go out in their order and are delivered at once while the connection takes them', async (t) => {
  const { answer, settled, received, untilReceived, bytes } = await setUp(t);
  for (const name of ['a', 'b', 'c']) answer(name);
  assert.deepEqual(settled, ['a true', 'b true', 'c true']);
  await untilReceived(3);
  assert.deepEqual(received, ['a', 'b', 'c']);
  assert.equal(bytes.used, 0);
});

test('events go behind the answers of their turn', async (t) => {
  const { answer, outbox, received, untilReceived } = await setUp(t);
  outbox.event('event of a', '1');
  await Promise.resolve();
  answer('a');
  outbox.event('event of b', '1');
  answer('b');
  await untilReceived(4);
  assert.deepEqual(received, ['a', 'b', 'event of a', 'event of b']);
});

test('events wait behind answers that wait', async (t) => {
  const { answer, client, fill, outbox, received } = await setUp(t);
  client.pause();
  await fill();
  outbox.event('event', '1');
  await new Promise(setImmediate);
  answer('last');
  client.resume();
  await until(() => received.includes('event'), 'all have come');
  assert.deepEqual(received.slice(-2), ['last', 'event']);
});

test('the messages of one turn are one write', async (t) => {
  const { answer, outbox, ws, untilReceived } = await setUp(t);
  const { _socket: socket } = ws as WebSocket & { readonly _socket: import('node:net').Socket };
  const { _handle: handle } = socket as unknown as {
    readonly _handle: { writev: (...args: unknown[]) => number };
  };
  let writes = 0;
  const { writev } = handle;
  handle.writev = (...args) => {
    writes++;
    return writev.apply(handle, args);
  };
  for (let n = 0; n < 50; n++) answer(`${n}`);
  outbox.event('event', '1');
  await untilReceived(51);
  assert.equal(writes, 1);
});

test('answers wait while the connection takes no more, counted; then all come in order', async (t) => {
  const { answer, bytes, client, fill, settled, received, seen } = await setUp(t);
  client.pause();
  await fill();
  const names = Array.from({ length: 100 }, (_, n) => `${n}.`);
  for (const name of names) answer(name);
  assert.deepEqual(settled, []);
  assert.ok(bytes.used > 100);
  client.resume();
  await until(() => settled.length === 100, 'all are delivered');
  assert.deepEqual(
    settled,
    names.map((name) => `${name} true`),
  );
  await until(() => received.at(-1) === '99.', 'all have come');
  assert.deepEqual(
    received.filter((text) => !text.startsWith('-')),
    names,
  );
  await until(() => bytes.used === 0, 'nothing is held');
  assert.equal(seen.rooms, 0);
});

test('beyond 4 MiB the connection is not read; with half of it waiting it is again', async (t) => {
  const { answer, bytes, client, fill, outbox, seen, ws, settled } = await setUp(t);
  client.pause();
  await fill();
  for (let n = 0; n < 5; n++) answer(`${n}`, MIB);
  assert.ok(outbox.isFull);
  assert.ok(ws.isPaused);
  assert.ok(bytes.used > MOST_UNREAD);
  client.resume();
  await until(() => seen.rooms === 1, 'there is room');
  assert.equal(outbox.isFull, false);
  await until(() => settled.length === 5, 'all are delivered');
  await until(() => bytes.used === 0, 'nothing is held');
  assert.equal(seen.rooms, 1);
});

test('a client that takes nothing for half a minute is cut off; what waits goes back, the last one first', async (t) => {
  const { answer, bytes, check, client, fill, outbox, seen, settled, ws } = await setUp(t);
  client.pause();
  await fill();
  for (let n = 0; n < 5; n++) answer(`${n}`, MIB);
  outbox.event('lost', '1');
  check(STALLED_SECONDS);
  assert.equal(ws.readyState, ws.OPEN);
  check(1);
  await once(ws, 'close');
  assert.deepEqual(
    settled,
    [4, 3, 2, 1, 0].map((n) => `${n} false`),
  );
  assert.deepEqual([bytes.used, seen.cuts, outbox.isFull], [0, [1], false]);
  answer('too late');
  assert.equal(settled.at(-1), 'too late false');
  assert.equal(bytes.used, 0);
});

test('a slow client that reads is not cut off, however long it takes', async (t) => {
  const { answer, check, client, fill, received, settled, seen, ws } = await setUp(t);
  client.pause();
  await fill();
  for (let n = 0; n < 6; n++) answer(`${n}`, MIB);
  const length = () => received.reduce((sum, text) => sum + text.length, 0);
  for (let rounds = 0; settled.length < 6; rounds++) {
    assert.ok(rounds < 1000);
    check(5);
    // The system takes more only once a third of its buffer is free.
    const end = length() + 2 * MIB;
    client.resume();
    await until(() => length() >= end || settled.length === 6, 'more has come');
    client.pause();
  }
  assert.equal(ws.readyState, ws.OPEN);
  assert.deepEqual(seen.cuts, []);
  assert.deepEqual(
    settled,
    [0, 1, 2, 3, 4, 5].map((n) => `${n} true`),
  );
});

test('what the connection has taken and not sent counts too, as do events', async (t) => {
  const { answer, bytes, client, fill, outbox, received } = await setUp(t);
  client.pause();
  await fill();
  await new Promise(setImmediate);
  const before = bytes.used;
  outbox.event('e'.repeat(900), '1');
  await new Promise(setImmediate);
  assert.equal(bytes.used, before + 900);
  client.resume();
  await until(() => received.at(-1)?.startsWith('e') === true, 'all have come');
  await until(() => bytes.used === 0, 'nothing is held');
  client.pause();
  answer('long', 32 * MIB);
  await new Promise(setImmediate);
  // Windows takes a whole write at once.
  if (process.platform !== 'win32') assert.ok(bytes.used > 16 * MIB, `${bytes.used}`);
  client.terminate();
  await until(() => bytes.used === 0, 'nothing is held');
});

test('an answer to a WebSocket that is closing is not delivered', async (t) => {
  const { answer, client, settled, ws, bytes } = await setUp(t);
  client.pause();
  ws.close(1000);
  answer('a');
  assert.deepEqual(settled, ['a false']);
  assert.equal(bytes.used, 0);
});

test('events beyond the limit of their reader are too many; each reader has one for itself', async (t) => {
  const { client, fill, outbox, seen } = await setUp(t);
  client.pause();
  await fill();
  for (let n = 0; n < 20; n++) outbox.event('e'.repeat(100), `${n % 2}`);
  assert.deepEqual(seen.slow, []);
  outbox.event('f', '1');
  assert.deepEqual(seen.slow, [1000]);
});

test('one long event alone is sent', async (t) => {
  const { outbox, seen, received, untilReceived } = await setUp(t);
  outbox.event('e'.repeat(5 * EVENT_BYTES), '1');
  await untilReceived(1);
  assert.equal(received[0]?.length, 5 * EVENT_BYTES);
  assert.deepEqual(seen.slow, []);
});

test('room for events is reported once at most half of the limit waits', async (t) => {
  const { client, fill, outbox, received } = await setUp(t);
  client.pause();
  await fill();
  for (let n = 0; n < 6; n++) outbox.event('e'.repeat(100), '1');
  assert.equal(outbox.hasRoomForEvents('1'), false);
  assert.ok(outbox.hasRoomForEvents('2'));
  let rooms = 0;
  outbox.whenRoomForEvents('1', () => {
    rooms++;
  });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(rooms, 0);
  client.resume();
  await until(() => rooms === 1, 'there is room');
  assert.ok(outbox.hasRoomForEvents('1'));
  await until(() => received.filter((text) => text.startsWith('e')).length === 6, 'all have come');
  outbox.whenRoomForEvents('1', () => {
    rooms++;
  });
  assert.equal(rooms, 1);
  await until(() => rooms === 2, 'there still is');
});

test('dropped events do not come, and no longer count', async (t) => {
  const { outbox, received, seen, untilReceived } = await setUp(t);
  for (let n = 0; n < 10; n++) outbox.event(`${n} `.padEnd(100, 'e'), `${n % 2}`);
  outbox.dropEvents('1');
  for (let n = 10; n < 15; n++) outbox.event(`${n} `.padEnd(100, 'e'), '0');
  await untilReceived(10);
  assert.deepEqual(
    received.map((text) => Number.parseInt(text, 10)),
    [0, 2, 4, 6, 8, 10, 11, 12, 13, 14],
  );
  assert.deepEqual(seen.slow, []);
});

test('one long answer that is not read stops the reading too', async (t) => {
  if (process.platform === 'win32') {
    t.skip('Windows takes a whole write at once');
    return;
  }
  const { answer, client, outbox, settled, ws } = await setUp(t);
  client.pause();
  answer('long', 20 * MIB);
  await new Promise(setImmediate);
  assert.deepEqual(settled, ['long true']);
  assert.ok(outbox.isFull);
  assert.ok(ws.isPaused);
  client.resume();
  await until(() => !outbox.isFull, 'there is room again');
});
