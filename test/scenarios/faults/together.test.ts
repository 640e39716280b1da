/**
 * Features that meet: faults with duplicates, waits and journals; the lab's link with broadcast and
 * keep-alive.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket, textOf } from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`together on ${provider}`, () => {
    test('a reset by a fault reaches every id of the socket, and ends its event selection', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const second = await client.duplicate();
      await client.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
      const waiting = second.answer('recv', { timeoutMs: 10_000 });
      await second.untilBusy();
      await session.arm({ socketId: client.id, operation: 'send', effect: 'reset' });
      const { code, fault } = await client.problem('send', { data: { text: 'never' } });
      assert.deepEqual([code, fault], [10054, 'flt_1']);
      assert.equal((await waiting).body.code, 10054);
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      for (const id of [client, second]) {
        assert.equal((await id.problem('recv')).code, 10054);
        assert.equal((await id.info()).state, 'reset');
        await id.ok('close');
      }
    });

    test('select and poll see a socket that a fault resets, before and while they wait', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const waiting = session.answer('select', { read: [client.id], timeoutMs: 10_000 });
      await client.untilBusy();
      await session.arm({ operation: 'send', effect: 'reset', times: 1 });
      await client.problem('send', { data: { text: 'never' } });
      const { status, body } = await waiting;
      assert.deepEqual([status, body.read], [200, [client.id]]);
      const polled = await session.ok('poll', {
        sockets: [{ socketId: client.id, events: ['POLLRDNORM'] }],
        timeoutMs: 0,
      });
      const [{ revents }] = polled.sockets;
      assert.ok(revents.includes('POLLHUP') && revents.includes('POLLERR'), revents.join());
    });

    test('a fault armed for a socket does not appear in its journal as a socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const capture = { maxBytes: 9 };
      const params = { family: 'AF_INET', type: 'SOCK_DGRAM', provider, capture };
      const kept = (await daemon.api.ok.post(`${session.path}/sockets`, params)).socketId;
      await session.arm({ socketId: kept, operation: 'sendTo', effect: 'delay', delayMs: 1 });
      const to = loopback('AF_INET', (await server.sockName()).port);
      await new TestSocket(daemon, kept).ok('sendTo', { data: { text: 'captured' }, address: to });
      await client.ok('close');
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${kept}/journal`);
      const sent = entries.find(({ operation }: { operation: string }) => operation === 'sendTo');
      assert.equal(textOf(sent), 'captured');
      assert.deepEqual(sent.faults, ['flt_1']);
    });

    test('the journal of a socket begins with the conditionalAccept that created it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await listener.ok('conditionalAccept', { condition: 'CF_DEFER', timeoutMs: 10_000 });
      const { socketId } = await listener.ok('conditionalAccept', { condition: 'CF_ACCEPT' });
      const { entries, remoteAddress } = await daemon.api.ok.get(`/v1/sockets/${socketId}/journal`);
      assert.deepEqual(remoteAddress, await client.sockName());
      assert.deepEqual([entries[0].operation, entries[0].createdSocketId], ['conditionalAccept', socketId]);
      const shown = (await daemon.api.ok.get(`/v1/sockets/${listener.id}/journal`)).entries.filter(
        ({ operation }: { operation: string }) => operation === 'conditionalAccept',
      );
      assert.deepEqual(
        shown.map(({ createdSocketId }: { createdSocketId?: string }) => createdSocketId),
        [undefined, socketId],
      );
    });
  });
}

test('on the lab the latency of the link holds for broadcast, too', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [from, to] = [await session.datagram(), await session.datagram()];
  const address = { family: 'AF_INET', address: '127.255.255.255', port: 7001 };
  await to.ok('bind', { address: { family: 'AF_INET', address: '0.0.0.0', port: 7001 } });
  await from.setOption('SOL_SOCKET', 'SO_BROADCAST', { boolean: true });
  await daemon.api.ok.post(`${session.path}/labClock`, { advanceMs: 0 });
  await daemon.api.ok.post(`${session.path}/labLink`, { latencyMs: 50 });
  await from.ok('sendTo', { data: { text: 'to all' }, address: { ...address, address: '255.255.255.255' } });
  assert.equal((await to.problem('recvFrom', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await daemon.api.ok.post(`${session.path}/labClock`, { advanceMs: 50 });
  assert.equal(textOf(await to.ok('recvFrom', { timeoutMs: 10_000 })), 'to all');
});

test('on the lab SIO_KEEPALIVE_VALS sets when a silent peer counts as lost', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await daemon.api.ok.post(`${session.path}/labClock`, { advanceMs: 0 });
  const keepAlive = { onoff: true, keepalivetime: 60_000, keepaliveinterval: 500 };
  await client.ok('ioctl', { request: 'SIO_KEEPALIVE_VALS', keepAlive });
  await daemon.api.ok.post(`${session.path}/labLink`, { partition: true });
  const waiting = client.answer('recv', { timeoutMs: 10_000 });
  await client.untilBusy();
  await daemon.api.ok.post(`${session.path}/labClock`, { advanceMs: 60_000 });
  assert.equal((await client.info()).state, 'connected');
  await daemon.api.ok.post(`${session.path}/labClock`, { advanceMs: 5_000 });
  assert.equal((await waiting).body.name, 'WSAENETRESET');
});
