import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import pino from 'pino';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { PieceRooms } from '../../../src/daemon/memory/piece-rooms.js';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { Turns } from '../../../src/daemon/waiting/turns.js';
import { Listeners } from '../../../src/http/connections/listeners.js';
import { buildServer } from '../../../src/http/server.js';
import type { Client } from '../../../src/operations/dispatch/reply.js';
import { NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { build, TOKEN } from '../build.js';
import { client as connect } from '../client.js';
import { close } from '../fake-operations.js';

const CLOSE = '/v1/sockets/sck_1/close';

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

const requestBytes = (port: number): string =>
  `POST ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

test('a written reply is settled as delivered, also on a persistent connection', async (t) => {
  const { port, settled } = await build(t);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const api = connect(`http://127.0.0.1:${port}`, TOKEN, { agent });
  for (let i = 0; i < 3; i++) await api.ok.post(CLOSE);
  await until(() => settled.length === 3);
  assert.deepEqual(settled, [true, true, true]);
});

test('a problem is settled as delivered', async (t) => {
  const { api, settled } = await build(t, {
    answers: { close: () => ({ answer: { ok: false, refusal: 'quota', detail: 'Enough.' } }) },
  });
  assert.equal((await api.post(CLOSE)).headers['retry-after'] === undefined, false);
  await until(() => settled.length === 1);
  assert.deepEqual(settled, [true]);
});

test('the reply of a client that disconnects before it is written is settled as not delivered', async (t) => {
  const writing = resolvers();
  let isHeld = false;
  const { port, settled, app } = await build(t, {
    beforeReply: () => {
      isHeld = true;
      return writing.promise;
    },
  });
  const closed = new Promise<void>((resolve) => {
    app.server.on('connection', (socket) => socket.once('close', () => resolve()));
  });
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(requestBytes(port));
  await until(() => isHeld);
  socket.resetAndDestroy();
  await closed;
  writing.resolve();
  await until(() => settled.length === 1);
  assert.deepEqual(settled, [false]);
});

test('a client that has ended its sending side gets its answer, and the connection closes', async (t) => {
  const writing = resolvers();
  let isHeld = false;
  const { port, settled } = await build(t, {
    beforeReply: () => {
      isHeld = true;
      return writing.promise;
    },
  });
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  const ended = once(socket, 'end');
  socket.end(requestBytes(port));
  await until(() => isHeld);
  writing.resolve();
  await ended;
  socket.destroy();
  assert.match(received, /^HTTP\/1.1 200 /);
  assert.deepEqual(settled, [true]);
});

const partialWrites = {
  skip: process.platform === 'win32' ? 'Windows takes a whole write at once, so nothing stays queued' : false,
};

test(
  'a large reply in whose middle the client disconnects is settled as not delivered',
  partialWrites,
  async (t) => {
    const { port, settled } = await build(t, {
      answers: { close: () => ({ answer: { ok: true, value: { data: 'x'.repeat(32 << 20) } } }) },
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(requestBytes(port));
    await new Promise<void>((resolve) => {
      socket.once('data', () => {
        socket.pause();
        resolve();
      });
    });
    socket.destroy();
    await until(() => settled.length === 1);
    assert.deepEqual(settled, [false]);
  },
);

test(
  'a large reply whose connection the stopping daemon closes is settled as not delivered',
  partialWrites,
  async (t) => {
    const { port, settled, listeners } = await build(t, {
      closeGraceMs: 50,
      answers: { close: () => ({ answer: { ok: true, value: { data: 'x'.repeat(32 << 20) } } }) },
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.write(requestBytes(port));
    await new Promise<void>((resolve) => {
      socket.once('data', () => {
        socket.pause();
        resolve();
      });
    });
    await listeners.close();
    await until(() => settled.length === 1);
    assert.deepEqual(settled, [false]);
  },
);

test('a reply whose beforeReply fails is settled as not delivered, and answered with 500', async (t) => {
  const { api, settled } = await build(t, { beforeReply: () => Promise.reject(new Error('failed')) });
  assert.equal((await api.post(CLOSE)).status, 500);
  assert.deepEqual(settled, [false]);
});

test('a pending call learns once that its client has disconnected, and other calls do not', async (t) => {
  const gone: string[] = [];
  let clientOfPending: Client | undefined;
  const app = await buildServer({
    clock: systemClock,
    chapters: [],
    operations: [close],
    dispatch: async (operation, { client, requestId }) => {
      client.onGone(() => gone.push(requestId));
      if (clientOfPending === undefined) {
        clientOfPending = client;
        return new Promise(() => undefined);
      }
      return {
        operation,
        answer: { ok: true, value: {} },
        context: {},
        timing: { native: 0, wait: 0 },
        settle: () => undefined,
      };
    },
    tokens: [{ name: 'alice', token: TOKEN }],
    host: '127.0.0.1',
    events: NO_EVENTS,
    bytes: new ByteAccounts({ bytesPerOwner: 1 << 20, bytesTotal: 1 << 20 }),
    limits: DEFAULT_LIMITS,
    connections: DEFAULT_LIMITS.connections,
    connectionsPerOwner: DEFAULT_LIMITS.connectionsPerOwner,
    turns: new Turns({ setImmediate }),
    log: pino({ level: 'silent' }),
    version: '0',
    findSocket: () => undefined,
    endSocket: () => undefined,
    rooms: new PieceRooms(),
    health: { isDraining: () => false, notReady: () => undefined, about: () => ({}), drain: () => undefined },
  });
  const listeners = new Listeners(app);
  await listeners.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => listeners.close());
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = net.connect(port, '127.0.0.1');
  socket.write(requestBytes(port));
  await until(() => clientOfPending !== undefined);
  assert.equal(clientOfPending?.gone, false);
  await connect(`http://127.0.0.1:${port}`, TOKEN).ok.post(CLOSE);
  socket.resetAndDestroy();
  await until(() => gone.length === 1);
  const [requestId] = gone;
  assert.match(String(requestId), /^req-/);
  assert.equal(clientOfPending?.gone, true);
  // A callback that is added later is called at once.
  clientOfPending?.onGone(() => gone.push('late'));
  assert.deepEqual(gone, [requestId, 'late']);
});

const resolvers = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
