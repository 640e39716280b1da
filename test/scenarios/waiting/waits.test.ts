/** Blocking, waiting, cancelling, closing: which calls wait for which, and how waits end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  FAMILIES,
  fillSendBuffer,
  ipv6,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  TestSocket,
  textOf,
  until,
} from '../test-daemon.js';

for (const provider of PROVIDERS) {
  describe(`waits on ${provider}`, () => {
    test('timeoutMs and SO_RCVTIMEO end a recv; the limit of the daemon is wait-limit', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const [client] = await (await startSession(daemon, provider)).pair();
      const limited = client.problem('recv', { timeoutMs: 5_000 });
      await client.untilBusy();
      clock.advance(5_000);
      assert.deepEqual([(await limited).code, (await limited).status], [10060, 504]);
      const capped = client.problem('recv');
      await client.untilBusy();
      clock.advance(25_000);
      const cap = await capped;
      assert.deepEqual(
        [cap.type, cap.status, cap.retryable, cap.code],
        ['/problems/wait-limit', 504, true, undefined],
      );
      await client.setOption('SOL_SOCKET', 'SO_RCVTIMEO', { integer: 700 });
      const byOption = client.problem('recv', { timeoutMs: 60_000 });
      await client.untilBusy();
      clock.advance(700);
      assert.equal((await byOption).code, 10060);
      assert.equal(
        (await client.problem('recv', { timeoutMs: 0 })).code,
        10060,
        'a limit of 0 does not wait',
      );
    });

    test('non-blocking mode answers WSAEWOULDBLOCK at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const problem = await client.problem('recv');
      assert.deepEqual([problem.code, problem.status, problem.retryable], [10035, 409, true]);
      await client.ok('ioctl', { request: 'FIONBIO', value: 0 });
      assert.equal((await client.problem('recv', { timeoutMs: 1 })).code, 10060);
      const listener = await session.listener();
      await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await listener.problem('accept')).code, 10035);
    });

    test('accepted sockets inherit the blocking mode of their listener', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      for (const nonBlocking of [true, false]) {
        await listener.ok('ioctl', { request: 'FIONBIO', value: Number(nonBlocking) });
        await (await session.stream()).ok('connect', { address });
        await session.ok('select', { read: [listener.id], timeoutMs: 10_000 });
        const accepted = await listener.accept();
        assert.equal((await accepted.info()).nonBlocking, nonBlocking);
        assert.equal((await accepted.problem('recv', { timeoutMs: 1 })).code, nonBlocking ? 10035 : 10060);
      }
    });

    test('a session counts its pending calls, without the one that asks', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const pending = async () => [
        (await daemon.api.ok.get(session.path)).pendingCalls,
        (await daemon.api.ok.get('/v1/sessions')).sessions[0].pendingCalls,
        (await session.ok('renew')).pendingCalls,
      ];
      assert.deepEqual(await pending(), [0, 0, 0]);
      const received = server.ok('recv');
      await server.untilBusy();
      const selected = session.ok('select', { read: [client.id] });
      await client.untilBusy();
      assert.deepEqual(await pending(), [2, 2, 2]);
      await client.ok('send', { data: { text: 'x' } });
      await received;
      assert.deepEqual(await pending(), [1, 1, 1]);
      await server.ok('send', { data: { text: 'y' } });
      await selected;
      assert.deepEqual(await pending(), [0, 0, 0]);
    });

    test('recvs take turns; send, close and cancel do not wait for them', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const first = server.ok('recv', { maxBytes: 2 });
      await server.untilBusy();
      const second = server.ok('recv', { maxBytes: 2 });
      await server.ok('send', { data: { text: 'not held up' } });
      await client.ok('send', { data: { text: 'abcd' } });
      const texts = [await first, await second].map(({ data }) => textOf({ data }));
      assert.deepEqual(texts, ['ab', 'cd']);
      const third = server.answer('recv');
      const fourth = server.answer('recv');
      await server.untilBusy();
      while ((await server.ok('cancel')).cancelled < 1);
      await server.ok('cancel');
      for (const ended of await Promise.all([third, fourth]))
        assert.equal(ended.body.name, 'WSA_OPERATION_ABORTED');
      const last = server.answer('recv');
      await server.untilBusy();
      await server.ok('close');
      assert.equal((await last).body.name, 'WSAEINTR');
    });

    test('a limit counts during the wait for the turn; a non-blocking call does not wait', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await fillSendBuffer(client, server);
      // More than both ends hold, in case the system has found some room again.
      const base64 = Buffer.alloc(1 << 20, 'x').toString('base64');
      for (const [operation, params] of [
        ['recv', {}],
        ['send', { data: { base64 } }],
      ] as const) {
        const first = client.answer(operation, { ...params, timeoutMs: 20_000 });
        await client.untilBusy();
        const limits = clock.pending;
        const second = client.problem(operation, { ...params, timeoutMs: 200 });
        await until(() => clock.pending > limits, 'both calls wait with their limits');
        clock.advance(200);
        assert.equal((await second).code, 10060, operation);
        await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
        const atOnce = await client.problem(operation, { ...params, timeoutMs: 0 });
        assert.equal(atOnce.code, 10035, `${operation} neither waits nor runs into its limit`);
        await client.ok('ioctl', { request: 'FIONBIO', value: 0 });
        await client.ok('cancel');
        await first;
      }
    });

    test('after a connect that failed without a waiting call another address is tried', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address: refused } = await session.refusingAddress();
      const listener = await session.listener();
      const socket = await session.stream();
      await socket.answer('connect', { address: refused, timeoutMs: 0 });
      await socket.untilState(['fresh', 'bound']);
      await socket.ok('connect', { address: await listener.sockName() });
    });

    test('lingering closes count for the quota', async (t) => {
      const config = { limits: { socketsPerOwner: 4 } };
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock, config });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await fillSendBuffer(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 2 } });
      assert.equal((await client.problem('close', { timeoutMs: 0 })).code, 10060, 'the close goes on');
      await session.stream();
      await session.stream();
      const full = await daemon.api.problem.post(`${session.path}/sockets`, { family: 'AF_INET', provider });
      assert.equal(full.type, '/problems/quota');
      clock.advance(2_000);
      await session.stream();
      assert.ok(server);
    });

    test('connect to the zero address removes the peer of a datagram socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      await a.ok('connect', { address: await b.sockName() });
      await a.ok('connect', { address: { family: 'AF_INET', address: '0.0.0.0', port: 0 } });
      assert.equal((await a.info()).state, 'bound');
    });

    test('shutdown SD_RECEIVE and recvDisconnect end a waiting recv with WSAESHUTDOWN', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      for (const [operation, params] of [
        ['shutdown', { how: 'SD_RECEIVE' }],
        ['recvDisconnect', {}],
      ] as const) {
        const [client] = await session.pair();
        const pending = client.answer('recv');
        await client.untilBusy();
        await client.ok(operation, params);
        assert.equal((await pending).body.name, 'WSAESHUTDOWN', operation);
        assert.equal((await client.problem('recv')).code, 10058);
        await client.ok('send', { data: { text: 'still sends' } });
      }
    });

    test('an accept behind a waiting recv fails in its turn, as on any connected socket', async (t) => {
      const daemon = await startDaemon(t);
      const [client] = await (await startSession(daemon, provider)).pair();
      const pending = client.answer('recv');
      await client.untilBusy();
      const accepting = client.problem('accept');
      const deciding = client.problem('conditionalAccept', { condition: 'CF_DEFER' });
      await client.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await pending).body.name, 'WSAESHUTDOWN');
      assert.deepEqual([(await accepting).name, (await deciding).name], ['WSAEINVAL', 'WSAEINVAL']);
    });

    test('a refused shutdown ends no call: the accept of a listener goes on waiting', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const accepting = listener.ok('accept');
      await listener.untilBusy();
      assert.equal((await listener.problem('shutdown', { how: 'SD_BOTH' })).code, 10057);
      assert.equal((await listener.problem('sendDisconnect')).code, 10057);
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await accepting;
    });

    test('closing a listener ends its accepts with WSAEINTR', async (t) => {
      const daemon = await startDaemon(t);
      const listener = await (await startSession(daemon, provider)).listener();
      const accepting = listener.answer('accept');
      await listener.untilBusy();
      await listener.ok('close');
      assert.equal((await accepting).body.name, 'WSAEINTR');
    });

    test('a limit ends the wait for a connect, not the attempt; close ends it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.connecting();
      const { remoteAddress } = await socket.info();
      assert.equal((await socket.problem('connect', { address: remoteAddress, timeoutMs: 1 })).code, 10060);
      assert.equal((await socket.problem('connect', { address: loopback('AF_INET', 9) })).code, 10037);
      const waiting = socket.answer('connect', { address: remoteAddress });
      await socket.untilBusy();
      await socket.ok('close');
      assert.equal((await waiting).body.name, 'WSAEINTR');
    });

    test('after a refused connect the same socket may try again', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { address, holder } = await session.refusingAddress();
      const socket = await session.stream();
      const refused = await socket.problem('connect', { address });
      assert.deepEqual([refused.code, refused.status, refused.retryable], [10061, 502, true]);
      await holder.ok('listen', {});
      const { remoteAddress } = await socket.ok('connect', { address });
      assert.deepEqual(remoteAddress, address);
    });

    test('a non-blocking connect: WSAEWOULDBLOCK, a new state, then WSAEISCONN', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const socket = await session.stream();
      await socket.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await socket.problem('connect', { address })).code, 10035);
      await socket.untilState(['connected']);
      assert.equal((await socket.problem('connect', { address })).code, 10056);
      const { value } = await daemon.api.ok.get(`/v1/sockets/${socket.id}/options/SOL_SOCKET/SO_ERROR`);
      assert.deepEqual(value, { integer: 0 });
    });

    test('datagrams: sent, received with their sender, cut when too long, filtered by connect', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      for (const family of FAMILIES) {
        const [a, b] = [await session.datagram(family), await session.datagram(family)];
        await b.ok('bind', { address: loopback(family, 0) });
        const address = await b.sockName();
        await a.ok('sendTo', { data: { text: 'hello' }, address });
        const got = await b.ok('recvFrom', { maxBytes: 2, timeoutMs: 10_000 });
        assert.deepEqual([got.truncated, got.bytesReceived], [true, 2]);
        assert.equal(got.address.port, (await a.sockName()).port);
        await a.ok('connect', { address });
        await a.ok('send', { data: { text: '' } });
        const empty = await b.ok('recv', { timeoutMs: 10_000 });
        assert.deepEqual([empty.eof, empty.bytesReceived], [false, 0], 'a datagram of no bytes is no end');
      }
    });

    test('IPv6 streams', ipv6, async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair('AF_INET6');
      await client.ok('send', { data: { text: 'six' } });
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'six');
      assert.equal((await server.info()).localAddress.address, '::1');
    });

    test('SO_LINGER {on, 0} and close: the peer is reset', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      const reset = await server.problem('recv');
      assert.deepEqual([reset.code, reset.state], [10054, 'reset']);
    });

    test('a lingering close whose peer does not read delays no other call', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const { sockets } = daemon.app.daemon;
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const [other, otherPeer] = await session.pair();
      await fillSendBuffer(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3 } });
      const closing = client.ok('close');
      await until(() => sockets.find(client.id) === undefined, 'the close lingers');
      for (let i = 0; i < 50; i++) {
        await other.ok('send', { data: { text: 'x' } });
        await otherPeer.ok('recv');
      }
      clock.advance(2_990);
      assert.equal(sockets.closings().length, 1, 'all of them were done while it lingered');
      clock.advance(10);
      await closing;
      assert.equal((await client.problem('send', { data: { text: 'x' } })).status, 410);
      await server.answer('recv');
    });

    test('a lingering close ends as soon as the peer has taken everything', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'all of it' } });
      // Longer than a call may wait: a close that used all its time would fail.
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3_600 } });
      const closing = client.ok('close');
      assert.equal(await server.drain(), 'all of it');
      await server.ok('close');
      await closing;
    });
  });
}

test('connect data and callee data travel with the connection of the lab', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const listener = await session.listener();
  const client = await session.stream();
  const connecting = client.ok('connect', {
    address: await listener.sockName(),
    callerData: { text: 'who?' },
  });
  const accepted = await listener.ok('accept', { calleeData: { text: 'me' } });
  assert.equal(accepted.callerData.base64, btoa('who?'));
  assert.equal((await connecting).calleeData.base64, btoa('me'));
  const other = await session.stream();
  const address = await listener.sockName();
  const over = await other.problem('connect', { address, callerData: { text: 'x'.repeat(33) } });
  assert.deepEqual([over.code, over.limit], [10014, 32]);
  const server = new TestSocket(daemon, accepted.socketId);
  await server.ok('send', { data: { text: 'works' } });
  assert.equal(textOf(await client.ok('recv')), 'works');
});

test('lab networks: separate by default, shared by name within an owner', async (t) => {
  const daemon = await startDaemon(t);
  const listener = await (await startSession(daemon, 'lab', { labNetwork: 'n' })).listener();
  const address = await listener.sockName();
  await (await (await startSession(daemon, 'lab', { labNetwork: 'n' })).stream()).ok('connect', { address });
  assert.equal(
    (await (await (await startSession(daemon, 'lab')).stream()).problem('connect', { address })).code,
    10061,
  );
  const bobs = await startSession({ api: daemon.bob, app: daemon.app }, 'lab', { labNetwork: 'n' });
  assert.equal((await (await bobs.stream()).problem('connect', { address })).code, 10061);
});
