/** The effect `slowClose`: a close and the end of sending reach the system later. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';

const FAULT = { effect: 'slowClose', delayMs: 5_000 };
const WAIT = { timeoutMs: 10_000 };

for (const provider of PROVIDERS) {
  describe(`slowClose on ${provider}`, () => {
    test('the peer sees the end of sending later; further sends are refused at once', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: client.id, ...FAULT });
      const answer = await client.answer('sendDisconnect');
      assert.deepEqual([answer.status, answer.headers['winsockd-fault']], [200, 'flt_1']);
      assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAESHUTDOWN');
      assert.equal((await client.info()).sendShutdown, true);
      await client.ok('shutdown', { how: 'SD_SEND' });
      const ended = server.ok('recv');
      await server.untilBusy();
      clock.advance(4_999);
      assert.deepEqual((await session.ok('select', { read: [server.id], timeoutMs: 0 })).read, []);
      await server.ok('send', { data: { text: 'still open' } });
      clock.advance(1);
      assert.equal((await ended).eof, true);
      assert.equal(textOf(await client.ok('recv')), 'still open');
    });

    test('a close is one for its client at once, and for the peer later, after the end before it', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const timers = clock.pending;
      await session.arm(FAULT);
      await client.ok('send', { data: { text: 'last' } });
      await client.ok('sendDisconnect');
      clock.advance(1_000);
      assert.equal((await client.answer('close')).headers['winsockd-fault'], 'flt_1');
      assert.equal((await client.problem('recv')).status, 410);
      assert.equal(textOf(await server.ok('recv')), 'last');
      const ended = server.ok('recv');
      await server.untilBusy();
      clock.advance(4_000);
      assert.equal((await ended).eof, true, 'the end came with sendDisconnect');
      assert.equal(daemon.app.daemon.sockets.closings().length, 1);
      const before = clock.pending;
      const again = client.ok('close');
      await until(() => clock.pending > before, 'a repeated close waits');
      clock.advance(1_000);
      await again;
      await until(() => daemon.app.daemon.sockets.closings().length === 0, 'it is closed');
      await until(() => clock.pending <= timers, 'no timer is left');
    });

    test('a close that is not delayed makes a delayed end at once', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'sendDisconnect', ...FAULT });
      await client.ok('sendDisconnect');
      const second = await client.duplicate();
      await client.ok('close');
      await second.ok('close');
      assert.equal((await server.ok('recv', WAIT)).eof, true);
    });

    test('the end of the session closes at once', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const [session, other] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const [client, server] = await session.pair();
      const peer = await server.duplicate({ sessionId: other.id });
      await session.arm({ socketId: client.id, ...FAULT });
      await client.ok('close');
      assert.equal((await peer.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      await daemon.api.ok.delete(session.path);
      assert.equal((await peer.ok('recv', WAIT)).eof, true);
      assert.equal(daemon.app.daemon.sockets.closings().length, 0);
    });

    test('the last cleanup closes at once', async (t) => {
      const daemon = await startDaemon(t, { clock: new ManualClock() });
      const [session, other] = [await startSession(daemon, provider), await startSession(daemon, provider)];
      const [client, server] = await session.pair();
      const peer = await server.duplicate({ sessionId: other.id });
      await session.arm({ socketId: client.id, ...FAULT });
      await client.ok('close');
      await daemon.api.ok.post(`${session.path}/cleanup`);
      assert.equal((await peer.ok('recv', WAIT)).eof, true);
      assert.equal(daemon.app.daemon.sockets.closings().length, 0);
    });

    test('a drain closes at once', async (t) => {
      // No time passes: neither the delay nor the grace of the drain runs out.
      const daemon = await startDaemon(t, { clock: new ManualClock() });
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      await session.arm({ ...FAULT, delayMs: 3_600_000 });
      await client.ok('close');
      const { sockets } = daemon.app.daemon;
      assert.equal(sockets.closings().length, 1);
      const drained = daemon.app.daemon.drain(60_000);
      await until(() => sockets.closings().length === 0, 'it is closed');
      await drained;
    });

    test('the end of the delay at a drain leaves the close its lingering', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await fillSendBuffer(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 2 } });
      await session.arm({ socketId: client.id, ...FAULT });
      await client.ok('close');
      const { sockets } = daemon.app.daemon;
      sockets.endDelays();
      for (let ms = 0; ms < 2_000; ms += 10) {
        assert.equal(sockets.closings().length, 1, `after ${ms} ms`);
        clock.advance(10);
        await new Promise(setImmediate);
      }
      await until(() => sockets.closings().length === 0, 'its time is over');
    });
  });
}

test('disconnect data arrives with the end that came later', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await session.arm({ socketId: client.id, ...FAULT });
  await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
  const other = { disconnectData: { text: 'hello' } };
  assert.equal((await client.problem('sendDisconnect', other)).name, 'WSAESHUTDOWN');
  clock.advance(5_000);
  assert.equal((await server.ok('recv', WAIT)).eof, true);
  const { disconnectData } = await server.ok('recvDisconnect');
  assert.equal(textOf({ data: disconnectData }), 'bye');
});

test('disconnect data that the transport does not carry is refused now, and nothing is shut down', async (t) => {
  const daemon = await startDaemon(t, { clock: new ManualClock() });
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await session.arm({ socketId: client.id, ...FAULT });
  const tooLong = { disconnectData: { text: 'x'.repeat(65) } };
  const problem = await client.problem('sendDisconnect', tooLong);
  assert.deepEqual([problem.name, problem.limit], ['WSAEFAULT', 64]);
  await client.ok('send', { data: { text: 'still open' } });
  assert.equal(textOf(await server.ok('recv')), 'still open');
});

test('before an end that comes later, a second call answers as after one that came at once', async (t) => {
  const daemon = await startDaemon(t, { clock: new ManualClock() });
  const session = await startSession(daemon, 'lab');
  const [atOnce] = await session.pair();
  const [later] = await session.pair();
  await session.arm({ socketId: later.id, ...FAULT });
  for (const client of [atOnce, later]) {
    const bye = { disconnectData: { text: 'bye' } };
    await client.ok('sendDisconnect', bye);
    await client.ok('sendDisconnect', bye);
    await client.ok('sendDisconnect', { disconnectData: { text: '' } });
    await client.ok('sendDisconnect');
    const name = async (text: string) =>
      (await client.problem('sendDisconnect', { disconnectData: { text } })).name;
    assert.deepEqual([await name('hello'), await name('x'.repeat(65))], ['WSAESHUTDOWN', 'WSAEFAULT']);
  }
});
