/** Answers over a WebSocket that are not read, or not read in time: what is delivered, and what goes back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { STALLED_SECONDS } from '../../../src/http/websocket/web-sockets.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Body } from '../../http/client.js';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
  textOf,
  until,
} from '../test-daemon.js';
import { rpcRequest } from './rpc-client.js';
import { RpcSocket } from './rpc-socket.js';

const READY_MS = 10_000;

for (const provider of PROVIDERS) {
  describe(`receives over a WebSocket on ${provider}`, () => {
    test('two of one socket answer at once, in one array or in two messages of one write', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const rpc = await RpcSocket.open(t, daemon);
      for (const nonBlocking of [0, 1]) {
        await server.ok('ioctl', { request: 'FIONBIO', value: nonBlocking });
        await client.ok('send', { data: { text: 'abcd' } });
        await server.untilAvailable(4);
        const one = { socketId: server.id, maxBytes: 1 };
        const array = rpc.answerTo(1);
        rpc.send([rpcRequest('recv', one, 1), rpcRequest('recv', one, 2)]);
        const answers: Body = await array;
        assert.deepEqual(
          answers.map(({ id, result }: Body) => [id, textOf(result)]),
          [
            [1, 'a'],
            [2, 'b'],
          ],
        );
        const both = [rpc.answerTo(3), rpc.answerTo(4)];
        rpc.connection.cork();
        for (const id of [3, 4]) rpc.send(rpcRequest('recv', one, id));
        rpc.connection.uncork();
        const [third, fourth] = await Promise.all(both);
        assert.deepEqual([textOf(third.result), textOf(fourth.result)], ['c', 'd']);
      }
    });

    test('an array whose WebSocket closes: what it made ends, received bytes do not go back', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'lost' } });
      await server.untilAvailable(4);
      const { sockets, sessions } = daemon.app.daemon;
      const before = sockets.size;
      const rpc = await RpcSocket.open(t, daemon);
      rpc.send([
        rpcRequest('startup', {}, 1),
        rpcRequest('socket', { sessionId: session.id, provider }, 2),
        rpcRequest('recv', { socketId: server.id }, 3),
        rpcRequest('recv', { socketId: server.id }, 4),
      ]);
      await server.untilBusy();
      await until(() => sockets.size === before + 1 && sessions.size === 2, 'all is made');
      rpc.destroy();
      await until(() => sockets.size === before && sessions.size === 1, 'what was made has ended');
      await client.ok('send', { data: { text: 'next' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'next');
    });

    test('notifications lose no byte, and what one makes ends', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'stays' } });
      await server.untilAvailable(5);
      const { sockets } = daemon.app.daemon;
      const before = sockets.size;
      const rpc = await RpcSocket.open(t, daemon);
      const receive = rpcRequest('recv', { socketId: server.id });
      const make = rpcRequest('socket', { sessionId: session.id, provider });
      for (const sent of [receive, make, [receive, make]]) rpc.send(sent);
      await rpc.settled();
      assert.equal(textOf(await rpc.ok('recv', { socketId: server.id })), 'stays');
      await until(() => sockets.size === before, 'no socket is left');
      assert.equal(rpc.received.length, 2);
    });
  });
}

/** Bytes of each receive, and how many there are of each socket: more than the buffers of the system hold. */
const CHUNK = 256 * 1024;
const CHUNKS = 4;
const STREAMS = 20;

/** Sockets on the lab to which many bytes were sent, each byte telling its place; the last are still coming. */
const fullStreams = async (t: TestContext, clock?: ManualClock) => {
  const daemon = await startDaemon(t, {
    ...(clock && { clock }),
    config: { limits: { bytesPerOwner: 512 * 1024 * 1024, bytesTotal: 1024 * 1024 * 1024 } },
  });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 3600 });
  const servers: TestSocket[] = [];
  for (let n = 0; n < STREAMS; n++) {
    const [client, server] = await session.pair();
    servers.push(server);
    await client.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: CHUNK * CHUNKS });
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      await client.ok('send', {
        data: { base64: chunkOf(n, chunk).toString('base64') },
        timeoutMs: READY_MS,
      });
    }
    await client.ok('shutdown', { how: 'SD_SEND' });
  }
  return { daemon, session, servers };
};

const chunkOf = (stream: number, chunk: number): Buffer => {
  const bytes = Buffer.alloc(CHUNK);
  for (let at = 0; at < CHUNK; at += 4) bytes.writeUInt32BE(((stream * CHUNKS + chunk) << 18) + at / 4, at);
  return bytes;
};

const wholeOf = (stream: number): Buffer =>
  Buffer.concat(Array.from({ length: CHUNKS }, (_, chunk) => chunkOf(stream, chunk)));

/** Asks for all bytes of all streams with receives under way at once. */
const askForAll = (rpc: RpcSocket, servers: readonly TestSocket[]): void => {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    for (const [n, { id: socketId }] of servers.entries()) {
      rpc.send(rpcRequest('recv', { socketId, maxBytes: CHUNK }, `${n} ${chunk}`));
    }
  }
};

/** The bytes of each stream that came, in their order. */
const receivedOf = (rpc: RpcSocket): Buffer[] => {
  const streams: Buffer[][] = Array.from({ length: STREAMS }, () => []);
  for (const { id, result } of rpc.received) {
    if (result?.data === undefined) continue;
    streams[Number(String(id).split(' ')[0])]?.push(Buffer.from(result.data.base64, 'base64'));
  }
  return streams.map((parts) => Buffer.concat(parts));
};

const restOf = async (server: TestSocket): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for (let n = 0; n < 1000; n++) {
    const { data, eof } = await server.ok('recv', { timeoutMs: READY_MS, maxBytes: CHUNK });
    if (eof) break;
    parts.push(Buffer.from(data.base64, 'base64'));
  }
  return Buffer.concat(parts);
};

/** Until no more answers are made. */
const untilSteady = async ({ api, app: { daemon } }: TestDaemon): Promise<void> => {
  for (let [used, same] = [-1, 0]; same < 5; ) {
    await api.ok.get('/health/live');
    same = used === daemon.bytes.used ? same + 1 : 0;
    used = daemon.bytes.used;
  }
};

test('a client that reads nothing is cut off after half a minute; what was not handed over is back', async (t) => {
  const clock = new ManualClock();
  const { daemon, servers } = await fullStreams(t, clock);
  const rpc = await RpcSocket.open(t, daemon);
  rpc.ws.pause();
  askForAll(rpc, servers);
  await untilSteady(daemon);
  for (let second = 0; second < STALLED_SECONDS - 1; second++) clock.advance(1000);
  await daemon.api.ok.get('/health/live');
  assert.equal(rpc.closeCode, undefined);
  for (let second = 0; second < 4; second++) clock.advance(1000);
  await Promise.all(servers.map((server) => server.untilIdle()));
  rpc.ws.resume();
  await rpc.closed;
  const received = receivedOf(rpc);
  let missing = 0;
  for (const [n, server] of servers.entries()) {
    const whole = wholeOf(n);
    const got = received[n] ?? Buffer.alloc(0);
    const rest = await restOf(server);
    assert.ok(whole.subarray(0, got.length).equals(got), 'the bytes that came are the first ones');
    assert.ok(
      whole.subarray(whole.length - rest.length).equals(rest),
      'the bytes that are left are the last ones',
    );
    assert.ok(got.length + rest.length <= whole.length, 'none comes twice');
    assert.ok(rest.length > 0);
    missing += whole.length - got.length - rest.length;
  }
  // Only what was in the buffers of Node and the system.
  assert.ok(missing < 12 * 1024 * 1024, `${missing} bytes are missing`);
});

test('a slow client that reads gets every byte; then nothing is held for its owner', async (t) => {
  const clock = new ManualClock();
  const { daemon, servers } = await fullStreams(t, clock);
  const rpc = await RpcSocket.open(t, daemon);
  rpc.ws.pause();
  askForAll(rpc, servers);
  for (let n = 0; rpc.received.length < STREAMS * CHUNKS; n++) {
    assert.ok(n < 1000);
    clock.advance(200);
    rpc.ws.resume();
    await once(rpc.ws, 'message');
    rpc.ws.pause();
  }
  assert.equal(rpc.closeCode, undefined);
  for (const [n, got] of receivedOf(rpc).entries()) assert.ok(got.equals(wholeOf(n)));
  const { bytes } = daemon.app.daemon;
  // Journals are.
  assert.ok(bytes.used < 1024 * 1024, `${bytes.used} bytes are held`);
});
