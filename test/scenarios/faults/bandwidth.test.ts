/** The effect `bandwidth`: sends take and receives give a number of bytes each second. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { loopback, PROVIDERS, startDaemon, startSession, textOf, until } from '../test-daemon.js';
import { untilArrived } from './arrived.js';

const TEXT = 'abcdefghijklmnopqrstuvwxyz0123456789';

for (const provider of PROVIDERS) {
  describe(`bandwidth on ${provider}`, () => {
    test('receives give the pace; readiness of every kind agrees; a waiting one wakes', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({
        socketId: server.id,
        operation: 'recv',
        effect: 'bandwidth',
        bytesPerSecond: 100,
      });
      await client.ok('send', { data: { text: TEXT } });
      await untilArrived(daemon, server, TEXT.length);
      const available = async () => (await server.ok('ioctl', { request: 'FIONREAD' })).value;
      const selected = async () => (await session.ok('select', { read: [server.id], timeoutMs: 0 })).read;
      assert.deepEqual([await available(), await selected()], [10, [server.id]]);
      assert.equal(textOf(await server.ok('recv', { flags: ['MSG_PEEK'] })), TEXT.slice(0, 10));
      const first = await server.answer('recv');
      assert.deepEqual([textOf(first.body), first.headers['winsockd-fault']], [TEXT.slice(0, 10), 'flt_1']);
      assert.deepEqual([await available(), await selected()], [0, []]);
      const sockets = [{ socketId: server.id, events: ['POLLIN'] }];
      assert.deepEqual((await session.ok('poll', { sockets, timeoutMs: 0 })).sockets[0].revents, []);
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const refused = await server.problem('recv');
      assert.deepEqual([refused.name, refused.fault], ['WSAEWOULDBLOCK', 'flt_1']);
      await server.ok('ioctl', { request: 'FIONBIO', value: 0 });
      const waiting = server.ok('recv');
      await server.untilBusy();
      clock.advance(50);
      assert.equal(textOf(await waiting), TEXT.slice(10, 15));
      const woken = session.ok('select', { read: [server.id] });
      const { calls } = daemon.app.daemon.sockets.find(server.id) ?? {};
      await until(() => calls?.areAny === true, 'select waits');
      clock.advance(50);
      assert.deepEqual((await woken).read, [server.id]);
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.equal(textOf(await server.ok('recv')), TEXT.slice(15), 'without the rule all shows');
    });

    test('a send takes the pace and waits for the rest; one that may not wait takes a part', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      await session.arm({ operation: 'send', effect: 'bandwidth', bytesPerSecond: 100 });
      const [client, server] = await session.pair();
      const sent = client.ok('send', { data: { text: TEXT.slice(0, 15) } });
      await untilArrived(daemon, server, 10);
      await client.untilBusy();
      const write = [client.id];
      assert.deepEqual((await session.ok('select', { write, timeoutMs: 0 })).write, []);
      const writable = session.ok('select', { write });
      clock.advance(50);
      assert.equal((await sent).bytesSent, 15);
      assert.equal((await server.ok('recv', { flags: ['MSG_PEEK'] })).bytesReceived, 15);
      clock.advance(50);
      assert.deepEqual((await writable).write, write);
      await client.ok('eventSelect', { events: ['FD_WRITE'] });
      const events = async (timeoutMs: number) =>
        (await client.ok('enumNetworkEvents', { timeoutMs })).events.map(
          ({ event }: { event: string }) => event,
        );
      assert.deepEqual(await events(5_000), ['FD_WRITE']);
      assert.equal((await client.ok('send', { data: { text: TEXT } })).bytesSent, 5);
      const refused = await client.problem('send', { data: { text: 'x' } });
      assert.deepEqual([refused.name, refused.fault], ['WSAEWOULDBLOCK', 'flt_1']);
      assert.deepEqual(await events(0), []);
      const room = events(5_000);
      await client.untilBusy();
      clock.advance(50);
      assert.deepEqual(await room, ['FD_WRITE'], 'there is room again');
      assert.equal((await client.ok('send', { data: { text: 'x' } })).bytesSent, 1);
      await client.ok('close');
      assert.equal(await server.drain(), `${TEXT.slice(0, 15)}abcdex`);
    });

    test('FD_READ and FD_CLOSE are recorded when bytes and the end may pass', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await server.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
      await session.arm({ operation: 'recv', effect: 'bandwidth', bytesPerSecond: 100 });
      await client.ok('send', { data: { text: TEXT.slice(0, 20) } });
      await client.ok('close');
      await untilArrived(daemon, server, 20);
      const seen = new Set<string>();
      let text = '';
      for (let rounds = 0; rounds < 30 && !(text.length === 20 && seen.has('FD_CLOSE')); rounds++) {
        const { events } = await server.ok('enumNetworkEvents', { timeoutMs: 0 });
        for (const { event } of events) seen.add(event);
        if (events.some(({ event }: { event: string }) => event === 'FD_READ')) {
          const got = await server.answer('recv');
          if (got.status === 200) text += textOf(got.body);
        }
        clock.advance(50);
      }
      assert.deepEqual([text, seen.has('FD_CLOSE')], [TEXT.slice(0, 20), true]);
    });

    test('a datagram passes whole; the next one waits', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await b.sockName();
      await session.arm({ socketId: b.id, effect: 'bandwidth', bytesPerSecond: 100 });
      for (const text of [TEXT, 'next']) await a.ok('sendTo', { address, data: { text } });
      assert.equal(textOf(await b.ok('recvFrom', { timeoutMs: 10_000 })), TEXT);
      const waiting = b.ok('recvFrom');
      await b.untilBusy();
      assert.deepEqual((await session.ok('select', { read: [b.id], timeoutMs: 0 })).read, []);
      clock.advance(310);
      assert.equal(textOf(await waiting), 'next');
    });
  });
}

test('over a second, exactly what the pace gives passes beside the allowance', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await session.arm({ socketId: client.id, operation: 'send', effect: 'bandwidth', bytesPerSecond: 50_000 });
  const sending = client.ok('send', { data: { text: 'x'.repeat(55_000) } });
  let got = 0;
  const receives = async (bytes: number): Promise<void> => {
    while (got < bytes) got += (await server.ok('recv')).bytesReceived;
    assert.equal(got, bytes);
    assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  };
  await receives(5_000);
  for (let ms = 50; ms <= 1_000; ms += 50) {
    clock.advance(50);
    await receives(5_000 + 50 * ms);
  }
  assert.equal((await sending).bytesSent, 55_000);
});
