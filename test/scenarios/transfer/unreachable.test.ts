/**
 * Datagrams that found no receiver at their port: the next receive reports it, also to waits for readiness.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWine } from '../../is-wine.js';
import { PROVIDERS, startDaemon, startSession, type TestSession, type TestSocket } from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

const LOOPBACK = { family: 'AF_INET', address: '127.0.0.1', port: 0 };

/** A bound socket, and a function that sends a datagram to a port without a receiver. */
const unreachable = async (
  session: TestSession,
): Promise<{ socket: TestSocket; sendToClosedPort: () => Promise<unknown> }> => {
  const [socket, gone] = [await session.datagram(), await session.datagram()];
  for (const one of [gone, socket]) await one.ok('bind', { address: LOOPBACK });
  const address = await gone.sockName();
  await gone.ok('close');
  return { socket, sendToClosedPort: () => socket.ok('sendTo', { data: { text: 'anyone?' }, address }) };
};

for (const provider of PROVIDERS) {
  const skip = provider === 'ws2_32' && isWine() && 'Wine does not pass on what ICMP says';
  describe(`datagrams without a receiver on ${provider}`, { skip }, () => {
    test('end a waiting receive, also of a socket without a peer', async (t) => {
      const daemon = await startDaemon(t);
      const { socket, sendToClosedPort } = await unreachable(await startSession(daemon, provider));
      for (const call of ['recv', 'recvFrom', 'recvMsg']) {
        const waiting = socket.problem(call, { timeoutMs: 10_000 });
        await socket.untilBusy();
        await sendToClosedPort();
        const { name, detail } = await waiting;
        assert.equal(name, 'WSAECONNRESET');
        assert.match(detail, /an earlier datagram/);
      }
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await socket.problem('recvFrom')).name, 'WSAEWOULDBLOCK');
    });

    test('are reported again after an undelivered peek', async (t) => {
      const seam = cutBeforeReply('recvFrom');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const session = await startSession(daemon, provider);
      const { socket, sendToClosedPort } = await unreachable(session);
      for (const flags of [['MSG_PEEK'], []]) {
        await sendToClosedPort();
        await session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
        await seam.cut(daemon, `/v1/sockets/${socket.id}/recvFrom`, { flags });
        assert.equal((await socket.problem('recvFrom', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      }
    });

    test('end the waits of select, poll and network events', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { socket, sendToClosedPort } = await unreachable(session);
      const isTold = async (): Promise<void> =>
        assert.equal((await socket.problem('recvFrom', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      const selecting = session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
      await socket.untilBusy();
      await sendToClosedPort();
      assert.deepEqual((await selecting).read, [socket.id]);
      await isTold();
      const wanted = { socketId: socket.id, events: ['POLLRDNORM'] };
      const polling = session.ok('poll', { sockets: [wanted], timeoutMs: 10_000 });
      await socket.untilBusy();
      await sendToClosedPort();
      assert.ok((await polling).sockets[0].revents.includes('POLLRDNORM'));
      await isTold();
      await socket.ok('eventSelect', { events: ['FD_READ'] });
      const recording = socket.ok('enumNetworkEvents', { timeoutMs: 10_000 });
      await socket.untilBusy();
      await sendToClosedPort();
      assert.deepEqual(
        (await recording).events.map(({ event }: { event: string }) => event),
        ['FD_READ'],
      );
      await isTold();
    });

    test('are not reported once SIO_UDP_CONNRESET is off', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { socket, sendToClosedPort } = await unreachable(session);
      await socket.ok('ioctl', { request: 'SIO_UDP_CONNRESET', value: 0 });
      await sendToClosedPort();
      const waiting = socket.ok('recvFrom', { timeoutMs: 10_000 });
      await socket.untilBusy();
      await sendToClosedPort();
      const other = await session.datagram();
      await other.ok('sendTo', { data: { text: 'you' }, address: await socket.sockName() });
      assert.equal((await waiting).bytesReceived, 3);
    });
  });
}
