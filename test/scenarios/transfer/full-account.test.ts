/** An owner whose account of bytes in the daemon is full. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, type TestSocket, textOf } from '../test-daemon.js';

const LIMIT = 64 * 1024 * 1024;

for (const provider of PROVIDERS) {
  describe(`a full account on ${provider}`, () => {
    test('a receive takes nothing, calls that free bytes go on; other owners are unaffected', async (t) => {
      const daemon = await startDaemon(t, {
        config: { limits: { bytesPerOwner: LIMIT, bytesTotal: 2 * LIMIT } },
      });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'every byte' } });
      await session.ok('select', { read: [server.id] });
      const account = daemon.app.daemon.bytes.of('alice');
      // Room for small requests.
      const filled = LIMIT - account.used - 256 * 1024;
      account.count(filled);
      const maxBytes = 1024 * 1024;
      for (const flags of [[], ['MSG_PEEK'], ['MSG_WAITALL']]) {
        const refused = await server.problem('recv', { maxBytes, flags });
        assert.deepEqual([refused.type, refused.status, refused.retryable], ['/problems/quota', 429, true]);
      }
      assert.equal(textOf(await server.ok('recv', { maxBytes: 5 })), 'every');
      const { sessionId } = await daemon.bob.ok.post('/v1/startup');
      await daemon.bob.ok.post(`/v1/sessions/${sessionId}/sockets`, { provider: 'lab', family: 'AF_INET' });
      await client.ok('sendDisconnect');
      account.release(filled);
      assert.equal(textOf(await server.ok('recv', { maxBytes })), ' byte');
      // The daemon as a whole is full: that is not the owner's quota.
      const others = daemon.app.daemon.bytes.of('nobody');
      const most = 2 * LIMIT - daemon.app.daemon.bytes.used - 256 * 1024;
      others.count(most);
      const refused = await server.problem('recv', { maxBytes });
      assert.deepEqual([refused.type, refused.status], ['/problems/overloaded', 503]);
      others.release(most);
      assert.equal((await server.ok('recv')).eof, true);
    });

    test('the end of the session releases all but its journal', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'x'.repeat(50_000) } });
      await server.untilAvailable(1);
      await server.ok('recv', { maxBytes: 10 });
      await daemon.api.ok.delete(session.path);
      // The last answer may not be settled yet.
      await new Promise(setImmediate);
      const { bytes, sessions } = daemon.app.daemon;
      assert.equal(bytes.of('alice').used, sessions.retainedBytes('alice'));
    });
  });
}

test('a send of the lab without room is WSAENOBUFS, and takes nothing', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { bytesPerOwner: LIMIT } } });
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  const account = daemon.app.daemon.bytes.of('alice');
  const filled = LIMIT - account.used - 256 * 1024;
  account.count(filled);
  // Its body fits, but not the bytes of its data as well.
  const data = { text: 'x'.repeat(300 * 1024) };
  const problem = await client.problem('send', { data });
  assert.ok(problem.code === 10055 || problem.type === '/problems/quota', JSON.stringify(problem));
  account.release(filled);
  assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 0);
  assert.equal((await client.ok('send', { data })).bytesSent, 300 * 1024);
});

test('a session with 300 sockets ends in small steps', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, PROVIDERS[0] ?? 'lab');
  for (let i = 0; i < 300; i++) await session.stream();
  let turns = 0;
  let isOver = false;
  const ended = daemon.api.ok.delete(session.path).then(() => {
    isOver = true;
  });
  while (daemon.app.daemon.sessions.findOfAnyOwner(session.id)) await new Promise(setImmediate);
  for (; !isOver; turns++) await new Promise(setImmediate);
  await ended;
  assert.ok(turns >= 300 / 32 - 1, `${turns} turns`);
  assert.equal(daemon.app.daemon.sockets.size, 0);
});

test('an owner whose lab queues are full can empty them by receiving', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { bytesPerOwner: 16 << 20 } } });
  const session = await startSession(daemon, 'lab');
  const filled: TestSocket[] = [];
  for (let isFull = false; !isFull; ) {
    assert.ok(filled.length < 20);
    const [near, far] = await session.pair();
    const { body } = await near.answer('send', { data: { text: 'x'.repeat(1 << 20) } });
    isFull = body.name === 'WSAENOBUFS';
    if (!isFull) filled.push(far);
  }
  for (const far of filled) {
    for (let left = 1 << 20; left > 0; ) {
      const { bytesReceived } = await far.ok('recv', { maxBytes: 1 << 20 });
      left -= bytesReceived;
    }
  }
});
