/** The lab network of a session over HTTP: its link, and its clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  loopback,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  textOf,
} from '../test-daemon.js';

const link = (daemon: TestDaemon, session: TestSession, change: object) =>
  daemon.api.ok.post(`${session.path}/labLink`, change);
const advance = (daemon: TestDaemon, session: TestSession, advanceMs: number) =>
  daemon.api.ok.post(`${session.path}/labClock`, { advanceMs });

const HOUR = 3_600_000;

test('with a virtual clock a two-hour keep-alive time-out takes no time', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await client.setOption('SOL_SOCKET', 'SO_KEEPALIVE', { boolean: true });
  const { timeMs } = await advance(daemon, session, 0);
  await link(daemon, session, { partition: true });
  const waiting = client.answer('recv', { timeoutMs: 20_000 });
  await client.untilBusy();
  const almost = await advance(daemon, session, 2 * HOUR);
  assert.deepEqual(almost, { timeMs: timeMs + 2 * HOUR, ran: 0 });
  assert.equal((await client.info()).state, 'connected');
  assert.equal((await advance(daemon, session, 10_000)).ran, 1);
  const { status, body } = await waiting;
  assert.deepEqual([body.name, body.state, body.fault], ['WSAENETRESET', 'reset', undefined]);
  assert.ok(status >= 400);
  assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await link(daemon, session, { partition: false });
  await advance(daemon, session, 0);
  assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
});

test('link members that are left out stay; an empty body reads them', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const perfect = { latencyMs: 0, bytesPerSecond: 0, loss: 0, seed: 0, partition: false };
  assert.deepEqual(await link(daemon, session, {}), perfect);
  await link(daemon, session, { latencyMs: 30, loss: 0.1, seed: 5 });
  assert.deepEqual(await link(daemon, session, { partition: true }), {
    ...perfect,
    latencyMs: 30,
    loss: 0.1,
    seed: 5,
    partition: true,
  });
  const problem = await daemon.api.problem.post(`${session.path}/labLink`, { seed: 1 });
  assert.equal(problem.errors[0].pointer, '/seed');
  assert.equal((await daemon.bob.post(`${session.path}/labLink`, {})).status, 404);
});

test('latency and bandwidth use the virtual clock; limits of calls and leases use real time', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 60 });
  const [client, server] = await session.pair();
  await advance(daemon, session, 0);
  await link(daemon, session, { latencyMs: 1000, bytesPerSecond: 100 });
  await client.ok('send', { data: { text: 'x'.repeat(200) } });
  clock.advance(30_000);
  const limited = server.problem('recv', { timeoutMs: 5_000 });
  await server.untilBusy();
  clock.advance(5_000);
  assert.equal((await limited).name, 'WSAETIMEDOUT', 'real time passed, the time of the lab did not');
  await advance(daemon, session, 2_999);
  assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await advance(daemon, session, 1);
  assert.equal((await server.ok('recv')).bytesReceived, 200);
  await advance(daemon, session, 30 * 24 * HOUR);
  assert.equal((await daemon.api.ok.get(session.path)).sockets, 2, 'a month of the lab ends no lease');
});

test('the same seed loses the same datagrams', async (t) => {
  const daemon = await startDaemon(t);
  const lost = async (seed: number): Promise<string> => {
    const session = await startSession(daemon, 'lab');
    const receiver = await session.datagram();
    await receiver.ok('bind', { address: loopback('AF_INET', 0) });
    const address = await receiver.sockName();
    const sender = await session.datagram();
    await link(daemon, session, { loss: 0.5, seed });
    for (let i = 0; i < 20; i++) await sender.ok('sendTo', { address, data: { text: `${i}` } });
    const got: string[] = [];
    for (;;) {
      const { status, body } = await receiver.answer('recvFrom', { timeoutMs: 0 });
      if (status !== 200) break;
      got.push(textOf(body));
    }
    await daemon.api.ok.delete(session.path);
    return got.join(' ');
  };
  const first = await lost(11);
  assert.equal(await lost(11), first);
  assert.notEqual(await lost(12), first);
  assert.ok(first.split(' ').length > 2 && first.split(' ').length < 18, first);
});

test('while the link is cut a connect stays pending, then goes on; sessions share the cut', async (t) => {
  const daemon = await startDaemon(t);
  const [one, two] = [
    await startSession(daemon, 'lab', { labNetwork: 'shared' }),
    await startSession(daemon, 'lab', { labNetwork: 'shared' }),
  ];
  const listener = await one.listener();
  const address = await listener.sockName();
  await link(daemon, one, { partition: true });
  assert.equal((await link(daemon, two, {})).partition, true);
  const client = await two.stream();
  const pending = client.answer('connect', { address, timeoutMs: 20_000 });
  await client.untilState(['connecting']);
  assert.equal((await listener.problem('accept', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await link(daemon, two, { partition: false });
  assert.equal((await pending).status, 200);
  await listener.ok('accept', { timeoutMs: 10_000 });
});
