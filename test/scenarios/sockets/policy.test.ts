/** The addresses that sockets may use: decided by the numeric address, before anything is sent. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { v4 } from '../../addresses.js';
import { PROVIDERS, startDaemon, startSession, type TestSocket } from '../test-daemon.js';

const native = PROVIDERS[0] ?? 'lab';

test('connect, sendTo and bind outside the policy are refused without effect', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, native);
  const stream = await session.stream();
  const denied = await stream.problem('connect', { address: v4('192.0.2.1', 80) });
  assert.deepEqual(
    [denied.status, denied.type, denied.code],
    [403, '/problems/destination-denied', undefined],
  );
  assert.equal(
    (await stream.problem('bind', { address: v4('0.0.0.0', 0) })).type,
    '/problems/destination-denied',
  );
  assert.equal((await stream.info()).state, 'fresh');
  const datagram = await session.datagram();
  const refused = await datagram.problem('sendTo', { address: v4('192.0.2.1', 9), data: { text: 'x' } });
  assert.equal(refused.type, '/problems/destination-denied');
  assert.equal((await daemon.api.ok.get(`${session.path}/lastError`)).code, 0, 'Winsock was never asked');
});

test("a socket cannot reach the daemon's own listener by any local address", async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, native);
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const socket = await session.stream();
    const denied = await socket.problem('connect', { address: v4(address, daemon.port) });
    assert.equal(denied.type, '/problems/destination-denied', address);
  }
  const six = await session.stream('AF_INET6');
  const mapped = { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: daemon.port };
  assert.equal((await six.problem('connect', { address: mapped })).type, '/problems/destination-denied');
});

test('a policy of addresses and ports allows what it lists', async (t) => {
  const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { port } = address;
  const policy = { connect: { allow: [`127.0.0.1/32 ${port}`] }, bind: { allow: [] } };
  const daemon = await startDaemon(t, { config: { policy } });
  const session = await startSession(daemon, native);
  const socket = await session.stream();
  await socket.ok('connect', { address: v4('127.0.0.1', port) });
  assert.equal(await socket.drain(), 'hello');
  const other = await session.stream();
  const otherPort = { address: v4('127.0.0.1', port === 65535 ? 1 : port + 1) };
  assert.equal((await other.problem('connect', otherPort)).type, '/problems/destination-denied');
  assert.equal(
    (await other.problem('bind', { address: v4('127.0.0.1', 0) })).type,
    '/problems/destination-denied',
  );
});

test('the lab needs no policy', async (t) => {
  const daemon = await startDaemon(t, {
    config: { policy: { connect: { allow: [] }, bind: { allow: [] } } },
  });
  const [client, server] = await (await startSession(daemon, 'lab')).pair();
  await client.ok('send', { data: { text: 'in memory' } });
  await client.ok('sendDisconnect');
  assert.equal(await server.drain(), 'in memory');
});

test('the implicit bind of sendTo obeys the bind policy', async (t) => {
  const narrow = { connect: { allow: ['127.0.0.0/8'] }, bind: { allow: ['127.0.0.0/8'] } };
  const wide = { connect: { allow: ['127.0.0.0/8'] }, bind: { allow: ['0.0.0.0/0'] } };
  for (const [policy, local] of [
    [narrow, '127.0.0.1'],
    [wide, '0.0.0.0'],
  ] as const) {
    const daemon = await startDaemon(t, { config: { policy } });
    const session = await startSession(daemon, native);
    const [to, from] = [await session.datagram(), await session.datagram()];
    await to.ok('bind', { address: v4('127.0.0.1', 0) });
    const tooLong = { data: { text: 'x'.repeat(70_000) }, address: await to.sockName() };
    assert.equal((await from.problem('sendTo', tooLong)).name, 'WSAEMSGSIZE');
    await from.ok('sendTo', { data: { text: 'x' }, address: await to.sockName() });
    assert.equal((await from.sockName()).address, local);
    assert.equal((await to.ok('recv')).bytesReceived, 1);
  }
});

test('the source that sendMsg names obeys the bind policy, for any port', async (t) => {
  const policy = { connect: { allow: ['127.0.0.0/8'] }, bind: { allow: ['127.0.0.0/16 0'] } };
  const daemon = await startDaemon(t, { config: { policy } });
  const session = await startSession(daemon, native);
  const [to, from] = [await session.datagram(), await session.datagram()];
  await to.ok('bind', { address: v4('127.0.0.1', 0) });
  const message = { data: { text: 'x' }, address: await to.sockName() };
  const info = (address: string, interfaceIndex = 0) => ({ type: 'IP_PKTINFO', address, interfaceIndex });
  for (const wrong of [info('127.1.0.1'), info('0.0.0.0', 1), info('192.0.2.1')]) {
    const refused = await from.problem('sendMsg', { ...message, control: [info('127.0.0.2'), wrong] });
    assert.deepEqual([refused.status, refused.type], [403, '/problems/destination-denied'], wrong.address);
  }
  const elsewhere = await from.problem('sendMsg', { ...message, address: v4('192.0.2.1', 9) });
  assert.equal(elsewhere.type, '/problems/destination-denied');
  assert.equal((await from.info()).state, 'fresh', 'nothing happened');
  for (const control of [[info('127.0.0.2')], [info('0.0.0.0')], []]) {
    await from.ok('sendMsg', { ...message, control });
    assert.equal((await to.ok('recvMsg', { timeoutMs: 10_000 })).bytesReceived, 1);
  }
  // Without an address the policy was applied when the peer was set.
  await from.ok('connect', { address: message.address });
  await from.ok('sendMsg', { data: message.data });
  assert.equal(
    (await from.problem('sendMsg', { data: message.data, control: [info('127.1.0.1')] })).status,
    403,
  );
  const ofLab = await (await startSession(daemon, 'lab')).datagram();
  await ofLab.ok('sendMsg', { ...message, control: [info('10.1.2.3')] });
});

test('the implicit bind of sendMsg obeys the bind policy', async (t) => {
  const policy = { connect: { allow: ['127.0.0.0/8'] }, bind: { allow: ['127.0.0.0/8'] } };
  const session = await startSession(await startDaemon(t, { config: { policy } }), native);
  const [to, from] = [await session.datagram(), await session.datagram()];
  await to.ok('bind', { address: v4('127.0.0.1', 0) });
  await from.ok('sendMsg', { data: { text: 'x' }, address: await to.sockName() });
  assert.equal((await from.sockName()).address, '127.0.0.1');
});

const reuse = (socket: TestSocket) => `/v1/sockets/${socket.id}/options/SOL_SOCKET/SO_REUSEADDR`;

test('setting SO_REUSEADDR needs the permission of the policy, clearing it does not', async (t) => {
  for (const reuseAddress of [false, true]) {
    const daemon = await startDaemon(t, { config: { policy: { bind: { reuseAddress } } } });
    const session = await startSession(daemon, native);
    const socket = await session.stream();
    await daemon.api.ok.put(reuse(socket), { value: { boolean: false } });
    const answer = await daemon.api.put(reuse(socket), { value: { boolean: true } });
    if (!reuseAddress) {
      assert.deepEqual([answer.status, answer.body.type], [403, '/problems/option-denied']);
      assert.equal((await daemon.api.ok.get(`${session.path}/lastError`)).code, 0, 'Winsock was never asked');
    } else assert.equal(answer.status, 200);
    assert.deepEqual((await daemon.api.ok.get(reuse(socket))).value, { boolean: reuseAddress });
    const ofLab = await (await startSession(daemon, 'lab')).stream();
    await daemon.api.ok.put(reuse(ofLab), { value: { boolean: true } });
  }
});
