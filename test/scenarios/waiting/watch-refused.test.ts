/** A system that watches no more sockets (epoll_ctl: ENOSPC, ENOMEM): every call that would wait fails. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import { LAB_ENTRIES } from '../../../src/providers/lab/catalog.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import { fail } from '../../../src/winsock/outcome.js';
import { loopback, startDaemon, startSession, until } from '../test-daemon.js';

/** The lab in place of the system's provider; it refuses watches while `refuses` is set. */
class LabWithoutWatches extends LabProvider {
  refuses = false;

  override watch(...args: Parameters<LabProvider['watch']>): ReturnType<LabProvider['watch']> {
    return this.refuses ? fail('WSAENOBUFS', 'epoll_ctl') : super.watch(...args);
  }
}

const BLACK_HOLE = { family: 'AF_INET', address: '203.0.113.1', port: 80 } as const;

const setup = async (t: TestContext) => {
  const network = new LabNetwork({ clock: systemClock });
  const native = new LabWithoutWatches(network);
  Object.assign(native, {
    name: 'posix',
    protocols: LAB_ENTRIES.map((entry) => ({ ...entry, provider: 'posix' })),
  });
  const allow = ['127.0.0.0/8', '203.0.113.0/24'];
  const policy = { connect: { allow }, bind: { allow } };
  const daemon = await startDaemon(t, { native, config: { provider: 'posix', policy } });
  return { r: daemon, native, session: await startSession(daemon, 'posix') };
};

const isRefused = ({ name, status, retryable, detail }: Record<string, unknown>): void => {
  assert.deepEqual([name, status, retryable], ['WSAENOBUFS', 503, true]);
  assert.match(String(detail), /watches no more sockets/);
};

test('receive, accept, send and select answer WSAENOBUFS until the system has room', async (t) => {
  const { native, session } = await setup(t);
  const [client, server] = await session.pair();
  const listener = await session.listener();
  const datagram = await session.datagram();
  await datagram.ok('bind', { address: loopback('AF_INET', 0) });
  native.refuses = true;
  isRefused(await client.problem('recv', { timeoutMs: 10_000 }));
  isRefused(await client.problem('recv', { flags: ['MSG_WAITALL'], maxBytes: 2 }));
  isRefused(await datagram.problem('recvFrom'));
  isRefused(await listener.problem('accept'));
  isRefused(await listener.problem('conditionalAccept', { condition: 'CF_DEFER' }));
  const read = [client.id, listener.id];
  isRefused(await session.problem('select', { read }));
  const sockets = read.map((socketId) => ({ socketId, events: ['POLLIN'] }));
  isRefused(await session.problem('poll', { sockets }));
  const base64 = Buffer.alloc(1_000_000).toString('base64');
  let { bytesSent } = await client.ok('send', { data: { base64 } });
  assert.equal(bytesSent, 1_000_000, 'a send that does not wait needs no watch');
  isRefused(await client.problem('send', { data: { base64 } }));
  native.refuses = false;
  while (bytesSent > 0) bytesSent -= (await server.ok('recv', { maxBytes: 4_000_000 })).bytesReceived;
  await client.ok('close');
  assert.equal((await server.ok('recv')).eof, true);
});

test('a connect without a watch goes on; the next connect answers its result', async (t) => {
  const { native, session } = await setup(t);
  const stuck = await session.stream();
  native.refuses = true;
  const problem = await stuck.problem('connect', { address: BLACK_HOLE });
  isRefused(problem);
  assert.equal(problem.state, 'connecting');
  isRefused(await session.problem('select', { write: [stuck.id] }));
  native.refuses = false;
  const limited = await stuck.problem('connect', { address: BLACK_HOLE, timeoutMs: 1 });
  assert.equal(limited.name, 'WSAETIMEDOUT');
  assert.deepEqual(await session.ok('select', { write: [stuck.id], timeoutMs: 1 }), {
    read: [],
    write: [],
    except: [],
  });
  await stuck.ok('close');
});

test('a wait for a connect ends when the other id of the socket can no longer be watched', async (t) => {
  const { r: daemon, native, session } = await setup(t);
  const stuck = await session.stream();
  await stuck.problem('connect', { address: BLACK_HOLE, timeoutMs: 1 });
  const { socketId } = await stuck.ok('duplicate');
  const waiting = daemon.api.problem.post(`/v1/sockets/${socketId}/connect`, { address: BLACK_HOLE });
  const live = () => daemon.app.daemon.sockets.find(socketId);
  await until(() => live()?.calls.areAny === true, 'the connect waits');
  native.refuses = true;
  await stuck.ok('close');
  isRefused(await waiting);
});

test('network events can be neither selected nor waited for without a watch', async (t) => {
  const { native, session } = await setup(t);
  const [client, server] = await session.pair();
  native.refuses = true;
  isRefused(await client.problem('eventSelect', { events: ['FD_READ'] }));
  native.refuses = false;
  assert.deepEqual((await client.ok('enumNetworkEvents')).events, [], 'nothing is selected');
  await client.ok('eventSelect', { events: ['FD_READ'] });
  const waiting = client.problem('enumNetworkEvents');
  await client.untilBusy();
  native.refuses = true;
  // A call of the socket subscribes again, and gets no watch.
  await client.problem('recv');
  isRefused(await waiting);
  native.refuses = false;
  await server.ok('send', { data: { text: 'x' } });
  assert.deepEqual(await client.ok('enumNetworkEvents'), { events: [{ event: 'FD_READ', code: 0 }] });
});
