/** The end of a WebSocket: its calls, what it made, the leases of its sessions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  TestSession,
  textOf,
  until,
} from '../test-daemon.js';
import { RpcSocket } from './rpc-socket.js';

const READY_MS = 10_000;

/** How the client of a WebSocket may end. */
const ENDS: Readonly<Record<string, (rpc: RpcSocket) => void>> = {
  'a reset': (rpc) => rpc.destroy(),
  'the FIN of a killed client': (rpc) => rpc.connection.destroy(),
  'a close frame': (rpc) => rpc.ws.close(),
};

for (const provider of PROVIDERS) {
  describe(`the end of a WebSocket on ${provider}`, () => {
    for (const [name, end] of Object.entries(ENDS)) {
      test(`${name} ends its calls; they lose no byte`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const rpc = await RpcSocket.open(t, daemon);
        const [client, server] = await session.pair();
        const [, other] = await session.pair();
        for (const { id: socketId } of [server, server, other]) void rpc.response('recv', { socketId });
        await rpc.settled();
        end(rpc);
        await server.untilIdle();
        await other.untilIdle();
        await client.ok('send', { data: { text: 'stays' } });
        assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'stays');
      });
    }

    test('what was made and not answered ends', async (t) => {
      let hold: Promise<void> | undefined;
      let go = (): void => undefined;
      const daemon = await startDaemon(t, { beforeReply: async () => hold });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const peer = await session.stream();
      await peer.ok('connect', { address: await listener.sockName() });
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'stays' } });
      await server.untilAvailable(5);
      const { sockets, sessions } = daemon.app.daemon;
      const before = sockets.size;
      const rpc = await RpcSocket.open(t, daemon);
      hold = new Promise((resolve) => {
        go = resolve;
      });
      void rpc.response('startup');
      void rpc.response('socket', {
        sessionId: session.id,
        provider,
        type: 'SOCK_STREAM',
        family: 'AF_INET',
      });
      void rpc.response('accept', { socketId: listener.id, timeoutMs: READY_MS });
      void rpc.response('recv', { socketId: server.id });
      await until(() => sockets.size === before + 2 && sessions.size === 2, 'all is made');
      rpc.destroy();
      await until(() => connectionsOf(daemon, session.id) === 0, 'the daemon knows');
      hold = undefined;
      go();
      await until(() => sockets.size === before && sessions.size === 1, 'all has ended');
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'stays');
      await listener.accept({ timeoutMs: READY_MS });
    });
  });
}

const setUp = async (t: Parameters<typeof startDaemon>[0]) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const alive = (id: string): boolean => daemon.app.daemon.sessions.findOfAnyOwner(id) !== undefined;
  return { clock, daemon, alive };
};

test('the lease of a session runs from the end of the last WebSocket that used it', async (t) => {
  const { clock, daemon, alive } = await setUp(t);
  const [one, other] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  const { sessionId } = await one.ok('startup', { leaseSeconds: 60 });
  await other.ok('getSession', { sessionId });
  const unused = await startSession(daemon, 'lab', { leaseSeconds: 60 });
  clock.advance(50_000);
  assert.ok(alive(sessionId) && alive(unused.id));
  // Both answer the pings meanwhile.
  for (const rpc of [one, other]) await rpc.settled();
  clock.advance(50_000);
  assert.ok(alive(sessionId));
  assert.equal(alive(unused.id), false);
  one.destroy();
  await one.closed;
  await until(() => connectionsOf(daemon, sessionId) === 1, 'the daemon knows');
  await other.settled();
  clock.advance(50_000);
  await other.settled();
  clock.advance(50_000);
  assert.ok(alive(sessionId));
  other.ws.close();
  await until(() => connectionsOf(daemon, sessionId) === 0, 'the daemon knows');
  clock.advance(59_999);
  assert.ok(alive(sessionId));
  clock.advance(1);
  assert.equal(alive(sessionId), false);
});

const connectionsOf = ({ app }: Awaited<ReturnType<typeof startDaemon>>, sessionId: string): number =>
  app.daemon.sessions.findOfAnyOwner(sessionId)?.connections.size ?? 0;

test('with endWithConnection the session ends with the WebSocket that began it, used by another or not', async (t) => {
  const daemon = await startDaemon(t);
  const [one, other] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  const { sessionId } = await one.ok('startup', { endWithConnection: true });
  const session = new TestSession(daemon, sessionId, 'lab');
  const [, server] = await session.pair();
  const receive = other.response('recv', { socketId: server.id });
  await other.settled();
  one.destroy();
  assert.equal((await receive).error.code, 995);
  await until(() => daemon.app.daemon.sessions.size === 0, 'the session has ended');
  assert.equal(daemon.app.daemon.sockets.size, 0);
  assert.equal((await other.error('getSession', { sessionId })).data.type, '/problems/session-ended');
});

for (const [name, end] of Object.entries(ENDS)) {
  const isLost = name !== 'a close frame';
  test(`with endWithConnection ${name} ${isLost ? 'resets the connections' : 'ends the streams'}`, async (t) => {
    const daemon = await startDaemon(t);
    const rpc = await RpcSocket.open(t, daemon);
    const { sessionId } = await rpc.ok('startup', { endWithConnection: true });
    const [native = 'lab'] = PROVIDERS;
    const peers = await startSession(daemon, native);
    const listener = await peers.listener();
    const client = await new TestSession(daemon, sessionId, native).stream();
    await client.ok('connect', { address: await listener.sockName() });
    const peer = await listener.accept({ timeoutMs: READY_MS });
    end(rpc);
    if (isLost) assert.equal((await peer.problem('recv', { timeoutMs: READY_MS })).name, 'WSAECONNRESET');
    else assert.equal((await peer.ok('recv', { timeoutMs: READY_MS })).eof, true);
    const gone = await daemon.api.problem.post(`/v1/sockets/${client.id}/shutdown`, { how: 'SD_SEND' });
    assert.equal(gone.reason, isLost ? 'connection-lost' : 'session-ended');
  });
}

test('a further start-up may tie a session to its WebSocket', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const rpc = await RpcSocket.open(t, daemon);
  await rpc.ok('startup', { sessionId: session.id, endWithConnection: true });
  rpc.ws.close();
  await until(() => daemon.app.daemon.sessions.size === 0, 'the session has ended');
});

test('without a WebSocket endWithConnection is refused', async (t) => {
  const daemon = await startDaemon(t);
  const problems = [
    await daemon.api.problem.post('/v1/startup', { endWithConnection: true }),
    (
      await daemon.api.ok.post('/v1/rpc', {
        jsonrpc: '2.0',
        id: 1,
        method: 'startup',
        params: { endWithConnection: true },
      })
    ).error.data,
  ];
  for (const problem of problems) {
    assert.deepEqual(
      [problem.type, problem.errors[0].pointer],
      ['/problems/validation', '/endWithConnection'],
    );
  }
  const { steps } = await daemon.api.ok.post('/v1/batch', {
    steps: [{ operation: 'startup', params: { endWithConnection: true } }],
  });
  assert.equal(steps[0].problem.type, '/problems/validation');
  assert.equal(daemon.app.daemon.sessions.size, 0);
  await daemon.api.ok.post('/v1/startup', { endWithConnection: false });
});

test('over a WebSocket a batch can begin sessions that end with it', async (t) => {
  const daemon = await startDaemon(t);
  const rpc = await RpcSocket.open(t, daemon);
  const { outcome } = await rpc.ok('batch', {
    steps: [{ operation: 'startup', params: { endWithConnection: true } }, { operation: 'startup' }],
  });
  assert.equal(outcome, 'completed');
  rpc.destroy();
  await until(() => daemon.app.daemon.sessions.size === 1, 'one has ended');
});

test('a session that has ended before is none of the WebSocket any more', async (t) => {
  const daemon = await startDaemon(t);
  const rpc = await RpcSocket.open(t, daemon);
  const { sessionId } = await rpc.ok('startup', { endWithConnection: true });
  await rpc.ok('endSession', { sessionId });
  rpc.ws.close();
  await rpc.closed;
  assert.equal(daemon.app.daemon.sessions.size, 0);
});

test('many sessions of one WebSocket leave nothing behind', async (t) => {
  const daemon = await startDaemon(t);
  const rpc = await RpcSocket.open(t, daemon);
  const { sessionId } = await rpc.ok('startup');
  const [connection] = daemon.app.daemon.sessions.findOfAnyOwner(sessionId)?.connections ?? [];
  assert.ok(connection);
  for (let n = 0; n < 10; n++) {
    const begun = await Promise.all(
      Array.from({ length: 50 }, (_, i) => rpc.ok('startup', { endWithConnection: i % 2 === 0 })),
    );
    assert.equal(connection.size, 51);
    await Promise.all(begun.map(({ sessionId: id }) => rpc.ok('endSession', { sessionId: id })));
  }
  assert.equal(connection.size, 1);
});

test('an end of the daemon: calls answer draining, then the WebSocket closes with 1001', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [, server] = await session.pair();
  const listener = await session.listener();
  const [rpc, deaf] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  const calls = [
    rpc.response('recv', { socketId: server.id }),
    rpc.response('accept', { socketId: listener.id }),
  ];
  await rpc.settled();
  deaf.ws.pause();
  const began = performance.now();
  const drained = daemon.app.drain();
  for (const { error } of await Promise.all(calls)) {
    assert.deepEqual([error.code, error.data.type], [-32000, '/problems/draining']);
  }
  assert.deepEqual(await rpc.closed, { code: 1001, reason: 'The daemon is stopping.' });
  await drained;
  assert.ok(performance.now() - began < 7000);
});

test('while the daemon drains, new calls of a WebSocket are refused', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  const rpc = await RpcSocket.open(t, daemon);
  daemon.app.daemon.drain(0);
  assert.equal((await rpc.error('startup')).data.type, '/problems/draining');
});
