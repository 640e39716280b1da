/** A failed connect leaves the state of the socket unchanged, whether or not a call waited for it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWine } from '../../is-wine.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
} from '../test-daemon.js';

/** The results of select with all three sets, of poll, and SO_ERROR. */
const left = async (daemon: TestDaemon, session: TestSession, socket: TestSocket) => {
  const set = [socket.id];
  const sets = await session.ok('select', { read: set, write: set, except: set, timeoutMs: 0 });
  const asked = [{ socketId: socket.id, events: ['POLLIN', 'POLLOUT'] }];
  const polled = await session.ok('poll', { sockets: asked, timeoutMs: 0 });
  return {
    sets: Object.keys(sets).filter((name) => sets[name].length > 0),
    revents: polled.sockets[0].revents,
    error: (await daemon.api.ok.get(`/v1/sockets/${socket.id}/options/SOL_SOCKET/SO_ERROR`)).value.integer,
  };
};

const FAILED = { sets: ['except'], revents: ['POLLWRNORM', 'POLLERR', 'POLLHUP'] };
const CONNECTED = { sets: ['write'], revents: ['POLLWRNORM'], error: 0 };

for (const provider of PROVIDERS) {
  describe(`a refused connect on ${provider}`, () => {
    for (const [mode, nonBlocking] of [
      ['blocking', 0],
      ['non-blocking', 1],
    ] as const) {
      test(`a ${mode} connect leaves the socket in the state that it had`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const { address } = await session.refusingAddress();
        const [fresh, bound] = [await session.stream(), await session.stream()];
        await bound.ok('bind', { address: loopback('AF_INET', 0) });
        for (const socket of [fresh, bound]) {
          await socket.ok('ioctl', { request: 'FIONBIO', value: nonBlocking });
          await socket.problem('connect', { address, timeoutMs: 10_000 });
          if (nonBlocking) await session.ok('select', { except: [socket.id], timeoutMs: 10_000 });
        }
        assert.deepEqual([(await fresh.info()).state, (await bound.info()).state], ['fresh', 'bound']);
      });
    }

    test('a blocking one is an exception, and leaves SO_ERROR as it was', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address, holder } = await session.refusingAddress();
      const socket = await session.stream();
      const refuses = async () =>
        assert.equal((await socket.problem('connect', { address })).name, 'WSAECONNREFUSED');
      await refuses();
      for (let i = 0; i < 2; i++)
        assert.deepEqual(await left(daemon, session, socket), { ...FAILED, error: 0 });
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEWOULDBLOCK');
      await session.ok('select', { except: [socket.id], timeoutMs: 10_000 });
      assert.deepEqual(await left(daemon, session, socket), { ...FAILED, error: 10061 });
      await socket.ok('ioctl', { request: 'FIONBIO', value: 0 });
      await refuses();
      assert.deepEqual(await left(daemon, session, socket), { ...FAILED, error: 10061 });
      await holder.ok('listen');
      await socket.ok('connect', { address });
      assert.deepEqual(await left(daemon, session, socket), CONNECTED);
    });

    test('while another connect is pending only SO_ERROR still shows the failure', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address: dead } = await session.refusingAddress();
      const under = await session.connecting();
      const { remoteAddress: address } = await under.info();
      const socket = await session.stream();
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await socket.problem('connect', { address: dead })).name, 'WSAEWOULDBLOCK');
      await session.ok('select', { except: [socket.id], timeoutMs: 10_000 });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAEWOULDBLOCK');
      assert.deepEqual(await left(daemon, session, socket), { sets: [], revents: [], error: 10061 });
      assert.equal((await socket.info()).state, 'connecting');
    });

    test('the socket can listen: it stays an exception, and accepts connections', async (t) => {
      if (provider === 'ws2_32' && isWine()) {
        return t.skip('Linux below Wine lets no socket listen whose connect has failed');
      }
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address } = await session.refusingAddress();
      const socket = await session.stream();
      await socket.ok('bind', { address: loopback('AF_INET', 0) });
      assert.equal((await socket.problem('connect', { address })).name, 'WSAECONNREFUSED');
      await socket.ok('listen');
      assert.deepEqual((await left(daemon, session, socket)).sets, ['except']);
      await (await session.stream()).ok('connect', { address: await socket.sockName() });
      await session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
      assert.deepEqual((await left(daemon, session, socket)).sets, ['read', 'except']);
      await socket.ok('accept');
    });
  });
}

test('a connect whose wait reached its limit counts as non-blocking from then on: SO_ERROR', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const { address } = await session.refusingAddress();
  const socket = await session.stream();
  await session.ok('labClock', { advanceMs: 0 });
  await session.ok('labLink', { latencyMs: 1_000 });
  assert.equal((await socket.problem('connect', { address, timeoutMs: 1 })).name, 'WSAETIMEDOUT');
  await session.ok('labClock', { advanceMs: 2_000 });
  await session.ok('select', { except: [socket.id], timeoutMs: 10_000 });
  assert.deepEqual(await left(daemon, session, socket), { ...FAILED, error: 10061 });
});
