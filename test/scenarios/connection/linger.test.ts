import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  fillSendBuffer,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSocket,
  until,
} from '../test-daemon.js';

/** Receives until the end; returns how many bytes, and how it ended. */
const readToItsEnd = async (socket: TestSocket): Promise<{ bytes: number; end: string }> => {
  for (let bytes = 0; ; ) {
    const { status, body } = await socket.answer('recv', { maxBytes: 1 << 20, timeoutMs: 5_000 });
    if (status !== 200 || body.eof) return { bytes, end: body.name ?? 'end' };
    bytes += body.bytesReceived;
  }
};

for (const provider of PROVIDERS) {
  describe(`SO_LINGER on ${provider}`, () => {
    test('data from the peer does not end a lingering close; its time does', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const { sockets } = daemon.app.daemon;
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await fillSendBuffer(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 2 } });
      const closing = client.ok('close');
      await until(() => sockets.find(client.id) === undefined, 'the close lingers');
      await server.ok('send', { data: { text: 'x' } });
      for (let ms = 0; ms < 1_990; ms += 10) {
        clock.advance(10);
        await new Promise(setImmediate);
      }
      assert.equal(sockets.closings().length, 1);
      clock.advance(10);
      await closing;
      assert.equal((await readToItsEnd(server)).end, 'WSAECONNRESET');
    });

    const full = async (t: TestContext, leaseSeconds: number) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider, { leaseSeconds, labNetwork: 'shared' });
      // The peer's socket is still open.
      const other = await startSession(daemon, provider, { labNetwork: 'shared' });
      const listener = await other.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const peer = await listener.accept();
      const sent = await fillSendBuffer(client, peer);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 60_000 } });
      return { r: daemon, clock, session, client, peer, sent };
    };

    const lingering = async (t: TestContext, leaseSeconds: number) => {
      const { r: daemon, clock, session, client, peer, sent } = await full(t, leaseSeconds);
      assert.equal((await client.problem('close', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      const { sockets } = daemon.app.daemon;
      assert.equal(sockets.closings().length, 1, 'the close goes on');
      return { r: daemon, clock, session, sockets, peer, sent };
    };

    test('endSession ends a lingering close; the peer gets all bytes and the end', async (t) => {
      const { r: daemon, session, sockets, peer, sent } = await lingering(t, 60);
      await daemon.api.ok.delete(session.path);
      assert.equal(sockets.closings().length, 0);
      assert.deepEqual(await readToItsEnd(peer), { bytes: sent, end: 'end' });
    });

    test('an expired lease ends a lingering close; the peer is reset', async (t) => {
      const { clock, session, r: daemon, sockets, peer } = await lingering(t, 10);
      clock.advance(10_000);
      assert.equal((await daemon.api.problem.get(session.path)).type, '/problems/lease-expired');
      assert.equal(sockets.closings().length, 0);
      assert.equal((await readToItsEnd(peer)).end, 'WSAECONNRESET');
    });

    for (const [reason, end] of [
      ['session-ended', 'end'],
      ['lease-expired', 'WSAECONNRESET'],
    ] as const) {
      test(`a close without its turn at the end of its session does not linger: ${reason}`, async (t) => {
        const { r: daemon, session, client, peer, sent } = await full(t, 60);
        const { turns, sockets, sessions } = daemon.app.daemon;
        const socket = sockets.find(client.id);
        const ending = sessions.findOfAnyOwner(session.id);
        assert.ok(socket && ending);
        let others = 0;
        for (let step = 0; step < 100; step++) turns.run('alice', () => others++);
        const closing = sockets.end(socket, 'closed');
        assert.ok(others < 100, 'this turn has made enough');
        await sessions.end(ending, reason);
        assert.ok((await closing.whenSettled()).ok);
        assert.equal(sockets.closings().length, 0);
        const read = await readToItsEnd(peer);
        assert.equal(read.end, end);
        if (reason === 'session-ended') assert.equal(read.bytes, sent);
      });
    }
  });
}

test('a close that lingers for an hour does not delay process.exit', async () => {
  const child = fileURLToPath(new URL('./linger-child.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child], { timeout: 120_000 });
  assert.equal(stdout.trim(), 'lingers');
});
