/** The effect `latency`: bytes and the end of a stream show later. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { loopback, PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';
import { untilArrived } from './arrived.js';

for (const provider of PROVIDERS) {
  describe(`latency on ${provider}`, () => {
    test('a receive that waits gets the bytes after the latency, and the end after its own', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      await session.arm({ operation: 'recv', effect: 'latency', latencyMs: 300 });
      const [client, server] = await session.pair();
      const waiting = server.answer('recv');
      await server.untilBusy();
      const timers = clock.pending;
      await client.ok('send', { data: { text: 'late' } });
      await until(() => clock.pending > timers, 'the arrival was noticed');
      clock.advance(299);
      const read = [server.id];
      assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
      clock.advance(1);
      const { body, headers } = await waiting;
      assert.deepEqual([textOf(body), headers['winsockd-fault']], ['late', 'flt_1']);
      const before = clock.pending;
      await client.ok('sendDisconnect');
      await until(() => clock.pending > before, 'the end was noticed');
      const limited = server.problem('recv', { timeoutMs: 100 });
      await server.untilBusy();
      clock.advance(100);
      assert.deepEqual([(await limited).name, (await limited).fault], ['WSAETIMEDOUT', 'flt_1']);
      const sockets = [{ socketId: server.id, events: ['POLLIN'] }];
      assert.deepEqual((await session.ok('poll', { sockets, timeoutMs: 0 })).sockets[0].revents, []);
      const polled = session.ok('poll', { sockets });
      await server.untilBusy();
      clock.advance(200);
      assert.match((await polled).sockets[0].revents.join(), /POLLHUP/);
      assert.equal((await server.ok('recv')).eof, true);
    });

    test('what arrives later shows later, and FIONREAD, recv and MSG_PEEK agree', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: server.id, effect: 'latency', latencyMs: 300 });
      const available = async () => (await server.ok('ioctl', { request: 'FIONREAD' })).value;
      await client.ok('send', { data: { text: 'one' } });
      await untilArrived(daemon, server, 3);
      assert.equal(await available(), 0);
      clock.advance(100);
      await client.ok('send', { data: { text: 'two' } });
      await untilArrived(daemon, server, 6);
      assert.equal(await available(), 0);
      clock.advance(200);
      assert.equal(await available(), 3);
      assert.equal(textOf(await server.ok('recv', { flags: ['MSG_PEEK'] })), 'one');
      assert.equal(textOf(await server.ok('recv')), 'one');
      assert.equal((await server.problem('recv', { timeoutMs: 0 })).fault, 'flt_1');
      clock.advance(100);
      assert.equal(textOf(await server.ok('recv')), 'two');
      await client.ok('send', { data: { text: 'three' } });
      await untilArrived(daemon, server, 5);
      assert.equal(await available(), 0);
      const removed = await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.equal(removed.latencyMs, 300);
      assert.equal(textOf(await server.ok('recv')), 'three', 'without the rule all shows');
    });

    test('network events are recorded when bytes and the end show', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: server.id, effect: 'latency', latencyMs: 300 });
      await server.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
      const events = async (timeoutMs: number): Promise<string[]> => {
        const answered = await server.ok('enumNetworkEvents', { timeoutMs });
        return answered.events.map(({ event }: { event: string }) => event);
      };
      await client.ok('send', { data: { text: 'late' } });
      await untilArrived(daemon, server, 4);
      assert.deepEqual(await events(0), []);
      clock.advance(100);
      await client.ok('close');
      await server.ok('ioctl', { request: 'FIONREAD' });
      clock.advance(20);
      assert.deepEqual(await events(0), []);
      clock.advance(180);
      assert.deepEqual(await events(5_000), ['FD_READ']);
      assert.equal(textOf(await server.ok('recv')), 'late');
      const closed = events(5_000);
      await server.untilBusy();
      clock.advance(400);
      assert.deepEqual(await closed, ['FD_CLOSE']);
    });

    test('a reset shows after the latency, too; a shutdown of receiving ends the wait', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      await session.arm({ operation: 'recv', effect: 'latency', latencyMs: 300 });
      const [client, server] = await session.pair();
      const timers = clock.pending;
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      await until(() => clock.pending > timers, 'the reset was noticed');
      assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      assert.equal((await server.info()).state, 'connected');
      const reset = server.problem('recv');
      await server.untilBusy();
      clock.advance(300);
      assert.equal((await reset).name, 'WSAECONNRESET');
      const [other, reader] = await session.pair();
      await other.ok('send', { data: { text: 'hidden' } });
      await untilArrived(daemon, reader, 6);
      assert.equal((await reader.problem('recv', { timeoutMs: 0 })).fault, 'flt_1');
      await reader.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await reader.problem('recv')).name, 'WSAESHUTDOWN');
    });

    test('each datagram shows after its own latency; with the rule the delay ends', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await session.arm({ socketId: b.id, effect: 'latency', latencyMs: 300 });
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      const arrives = async (text: string): Promise<void> => {
        const before = daemon.app.daemon.bytes.used;
        await a.ok('sendTo', { address, data: { text } });
        await until(() => daemon.app.daemon.bytes.used > before, 'the datagram was noticed');
      };
      const available = async () => (await b.ok('ioctl', { request: 'FIONREAD' })).value;
      const selected = async () => (await session.ok('select', { read: [b.id], timeoutMs: 0 })).read;
      await arrives('one');
      clock.advance(100);
      await arrives('second');
      assert.deepEqual([await available(), await selected()], [0, []]);
      assert.equal((await b.problem('recvFrom', { timeoutMs: 0 })).fault, 'flt_1');
      const read = session.ok('select', { read: [b.id] });
      await b.untilBusy();
      clock.advance(200);
      assert.deepEqual((await read).read, [b.id]);
      assert.equal(await available(), 3);
      assert.equal(textOf(await b.ok('recv', { flags: ['MSG_PEEK'] })), 'one');
      const first = await b.ok('recvFrom', { maxBytes: 2 });
      assert.deepEqual([textOf(first), first.truncated, first.address.port > 0], ['on', true, true]);
      assert.deepEqual([await available(), await selected()], [0, []]);
      const second = b.ok('recvFrom');
      await b.untilBusy();
      clock.advance(100);
      assert.equal(textOf(await second), 'second');
      await b.ok('eventSelect', { events: ['FD_READ'] });
      const events = async (timeoutMs: number) =>
        (await b.ok('enumNetworkEvents', { timeoutMs })).events.map(({ event }: { event: string }) => event);
      for (const text of ['x', 'y']) await arrives(text);
      assert.deepEqual(await events(0), []);
      clock.advance(300);
      assert.deepEqual(await events(5_000), ['FD_READ']);
      assert.equal(textOf(await b.ok('recv')), 'x');
      assert.deepEqual(await events(5_000), ['FD_READ']);
      for (const text of ['late', 'later']) await arrives(text);
      await daemon.api.ok.post(`${session.path}/reset`);
      const rest: string[] = [];
      for (let i = 0; i < 3; i++) rest.push(textOf(await b.ok('recv')));
      assert.deepEqual(rest, ['y', 'late', 'later']);
      await b.ok('close');
    });

    test('nothing is left when the sockets close; a duplicate goes on', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const timers = clock.pending;
      await session.arm({ operation: 'recv', effect: 'latency', latencyMs: 300, expiresMs: 3_600_000 });
      const second = await server.duplicate();
      const waiting = second.ok('recv');
      await second.untilBusy();
      await server.ok('close');
      await client.ok('send', { data: { text: 'late' } });
      await untilArrived(daemon, second, 4);
      await second.ok('ioctl', { request: 'FIONREAD' });
      clock.advance(300);
      assert.equal(textOf(await waiting), 'late');
      await client.ok('send', { data: { text: 'unread' } });
      await untilArrived(daemon, second, 6);
      await second.ok('close');
      await client.ok('close');
      await until(() => clock.pending <= timers, 'no timer is left');
    });
  });
}
