/** The effect `freeze`: for a time nothing seems to arrive at a socket. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket, textOf } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`freeze on ${provider}`, () => {
    test('receive and accept find nothing while it lasts', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await session.arm({ socketId: listener.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      const early = listener.problem('accept', { timeoutMs: 1_000 });
      await listener.untilBusy();
      clock.advance(1_000);
      assert.deepEqual([(await early).name, (await early).fault], ['WSAETIMEDOUT', 'flt_1']);
      await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await listener.problem('accept')).name, 'WSAEWOULDBLOCK');
      await listener.ok('ioctl', { request: 'FIONBIO', value: 0 });
      const waiting = listener.answer('accept');
      await listener.untilBusy();
      clock.advance(9_000);
      const accepted = await waiting;
      assert.deepEqual([accepted.status, accepted.headers['winsockd-fault']], [201, 'flt_1']);
      const server = new TestSocket(daemon, accepted.body.socketId);
      await session.arm({
        socketId: server.id,
        operation: 'recv',
        nth: 1,
        effect: 'freeze',
        freezeMs: 500,
      });
      await client.ok('send', { data: { text: 'waits' } });
      const frozen = server.answer('recv');
      await server.untilBusy();
      clock.advance(500);
      assert.equal(textOf((await frozen).body), 'waits');
    });

    test('while it lasts no id of the socket is readable; when it ends, waiting calls wake', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const second = await server.duplicate();
      const both = [server.id, second.id];
      const polled = async () => {
        const sockets = both.map((socketId) => ({ socketId, events: ['POLLIN'] }));
        const answered = await session.ok('poll', { sockets, timeoutMs: 0 });
        return answered.sockets.map(({ revents }: { revents: string[] }) => revents.join());
      };
      const waitsAlready = second.ok('recv');
      await second.untilBusy();
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 10_000 });
      const hit = await server.problem('recv');
      assert.deepEqual([hit.name, hit.fault], ['WSAEWOULDBLOCK', 'flt_1']);
      await client.ok('send', { data: { text: 'waits' } });
      await client.ok('sendDisconnect');
      assert.deepEqual(await polled(), ['', ''], 'neither bytes nor an end');
      const ready = await session.ok('select', { read: both, write: both, timeoutMs: 0 });
      assert.deepEqual([ready.read, ready.write], [[], both]);
      assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 0);
      assert.equal((await server.problem('recv', { flags: ['MSG_PEEK'] })).fault, 'flt_1');
      const selected = session.ok('select', { read: both });
      const answered = session.ok('poll', { sockets: [{ socketId: server.id, events: ['POLLIN'] }] });
      await server.untilBusy();
      clock.advance(9_000);
      assert.deepEqual(await polled(), ['', ''], 'the time is not over');
      clock.advance(1_000);
      assert.equal(textOf(await waitsAlready), 'waits', 'one that waited before the freeze');
      assert.deepEqual((await selected).read, both);
      assert.match((await answered).sockets[0].revents.join(), /POLLHUP/);
      assert.equal((await server.ok('recv')).eof, true);
    });

    test('a listener shows no connection; removing the fault ends the freeze at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      await session.arm({ operation: 'accept', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
      assert.equal((await listener.problem('accept', { timeoutMs: 1 })).fault, 'flt_1');
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      assert.deepEqual((await session.ok('select', { read: [listener.id], timeoutMs: 20 })).read, []);
      const second = await listener.duplicate();
      const offered = await second.problem('conditionalAccept', { condition: 'CF_DEFER', timeoutMs: 20 });
      assert.deepEqual([offered.name, offered.fault], ['WSAETIMEDOUT', 'flt_1']);
      const selected = session.ok('select', { read: [listener.id] });
      await listener.untilBusy();
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.deepEqual((await selected).read, [listener.id]);
      assert.equal((await listener.ok('accept')).state, 'connected');
    });

    test('network events are recorded when it ends', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const events = async (timeoutMs?: number): Promise<string[]> => {
        const answered = await server.ok('enumNetworkEvents', timeoutMs === undefined ? {} : { timeoutMs });
        return answered.events.map(({ event }: { event: string }) => event);
      };
      await server.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
      await client.ok('send', { data: { text: 'one' } });
      assert.deepEqual(await events(), ['FD_READ']);
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 10_000 });
      assert.equal((await server.problem('recv')).name, 'WSAEWOULDBLOCK');
      await client.ok('send', { data: { text: 'two' } });
      await client.ok('close');
      assert.deepEqual(await events(0), []);
      const waiting = events();
      await server.untilBusy();
      clock.advance(10_000);
      const seen = await waiting;
      assert.equal(textOf(await server.ok('recv')), 'onetwo');
      // Wine reports the end when everything before it has been received.
      while (!seen.includes('FD_CLOSE')) seen.push(...(await events()));
      assert.deepEqual([...new Set(seen)], ['FD_READ', 'FD_CLOSE']);
    });

    test('neither SO_ERROR nor the state shows a reset before it ends', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const error = () => daemon.api.ok.get(`/v1/sockets/${server.id}/options/SOL_SOCKET/SO_ERROR`);
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
      assert.equal((await server.problem('recv', { timeoutMs: 1 })).fault, 'flt_1');
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      assert.deepEqual((await error()).value, { integer: 0 });
      assert.equal((await server.info()).state, 'connected');
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.equal((await server.info()).state, 'reset');
    });

    test('a datagram socket receives nothing; its own shutdown and close still work', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      await session.arm({ socketId: b.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      await b.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await b.problem('recvFrom')).fault, 'flt_1');
      await a.ok('sendTo', { address: await b.sockName(), data: { text: 'hidden' } });
      const read = [b.id];
      assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
      assert.equal((await b.ok('ioctl', { request: 'FIONREAD' })).value, 0);
      const second = await b.duplicate();
      const waiting = second.ok('recvFrom');
      await second.untilBusy();
      // The rule was for this id, and is removed with it.
      await b.ok('close');
      assert.equal(textOf(await waiting), 'hidden');
      await session.arm({ socketId: second.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      await second.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await second.problem('recvFrom')).fault, 'flt_2');
      await second.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await second.problem('recvFrom')).name, 'WSAESHUTDOWN');
      // As on Windows, nothing is readable any more.
      assert.deepEqual((await session.ok('select', { read: [second.id], timeoutMs: 0 })).read, []);
      const timers = clock.pending;
      await second.ok('close');
      assert.ok(clock.pending < timers, 'the timer of the freeze is gone');
    });
  });
}

test('recvDisconnect finds no data of a hidden end, and only stops receiving', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
  assert.equal((await server.problem('recv', { timeoutMs: 1 })).fault, 'flt_1');
  await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
  const early = await server.answer('recvDisconnect', { maxBytes: 0 });
  assert.deepEqual([early.status, early.headers['winsockd-fault'], early.body], [200, 'flt_1', {}]);
  assert.equal((await server.problem('recv')).name, 'WSAESHUTDOWN');
  const { disconnectData } = await server.ok('recvDisconnect');
  assert.equal(textOf({ data: disconnectData }), 'bye', 'shutting down receiving ends the freeze');
});
