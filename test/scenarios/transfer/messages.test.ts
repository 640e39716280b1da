/** sendMsg and recvMsg over HTTP: control data, also after an undelivered answer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import { v4 } from '../../addresses.js';
import type { Body } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSession,
  type TestSocket,
  textOf,
} from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

const WAIT = { timeoutMs: 10_000 };

/** Wine receives control data, but drops what is sent. */
const dropsControl = (provider: ProviderName) =>
  provider === 'ws2_32' && isWine() && 'Wine drops the control data of WSASendMsg';

const switchedOn = async (socket: TestSocket, ...options: readonly string[]): Promise<void> => {
  for (const option of options) {
    await socket.setOption(option.startsWith('IPV6') ? 'IPPROTO_IPV6' : 'IPPROTO_IP', option, {
      boolean: true,
    });
  }
};

/** A sender, a receiver with its address, and the options that are on at the receiver. */
const ends = async (session: TestSession, ...options: readonly string[]) => {
  const [from, to] = [await session.datagram(), await session.datagram()];
  await to.ok('bind', { address: loopback('AF_INET', 0) });
  await switchedOn(to, ...options);
  return { from, to, address: await to.sockName() };
};

const typesOf = ({ control }: Body): string[] => control.map(({ type }: { type: string }) => type).sort();

for (const provider of PROVIDERS) {
  describe(`messages on ${provider}`, () => {
    test('control data that options ask for arrives, and none without them', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session);
      await from.ok('sendMsg', { data: { text: 'hello' }, address });
      const plain = await to.ok('recvMsg', WAIT);
      assert.equal(textOf(plain), 'hello');
      assert.deepEqual(
        [plain.bytesReceived, plain.truncated, plain.controlTruncated, plain.flags, plain.control],
        [5, false, false, [], []],
      );
      assert.deepEqual(plain.address, loopback('AF_INET', (await from.sockName()).port));
      await switchedOn(to, 'IP_PKTINFO', 'IP_RECVTTL');
      await from.ok('sendMsg', { data: { text: 'more' }, address });
      const received = await to.ok('recvMsg', WAIT);
      assert.deepEqual(typesOf(received), ['IP_PKTINFO', 'IP_TTL']);
      const info = received.control.find(({ type }: Body) => type === 'IP_PKTINFO');
      assert.equal(info.address, '127.0.0.1');
      assert.ok(info.interfaceIndex > 0);
    });

    test('control data is for one datagram only', { skip: dropsControl(provider) }, async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session, 'IP_RECVTTL', 'IP_RECVTOS', 'IP_RECVECN');
      const control = [
        { type: 'IP_TTL', value: 9 },
        { type: 'IP_ECN', value: 1 },
        { type: 'IP_PKTINFO', address: '127.0.0.9' },
      ];
      await from.ok('sendMsg', { data: { text: 'x' }, address, control });
      const got = await to.ok('recvMsg', WAIT);
      const values = Object.fromEntries(got.control.map(({ type, value }: Body) => [type, value]));
      assert.deepEqual(values, { IP_TTL: 9, IP_TOS: 1, IP_ECN: 1 });
      assert.equal(got.address.address, '127.0.0.9');
    });

    test('truncation is reported, for the bytes and for the control data', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session, 'IP_PKTINFO');
      const send = () => from.ok('sendMsg', { buffers: [{ text: '0123' }, { text: '4567' }], address });
      await send();
      const both = await to.ok('recvMsg', { ...WAIT, buffers: [2, 3], controlBytes: 23 });
      assert.deepEqual(
        both.buffers.map((data: Body) => textOf({ data })),
        ['01', '234'],
      );
      assert.deepEqual([both.truncated, both.controlTruncated, both.control], [true, true, []]);
      assert.deepEqual(both.flags, ['MSG_TRUNC', 'MSG_CTRUNC']);
      await send();
      const control = await to.ok('recvMsg', { ...WAIT, controlBytes: 0 });
      assert.deepEqual([control.truncated, control.controlTruncated], [false, true]);
      assert.deepEqual([control.flags, control.bytesReceived], [['MSG_CTRUNC'], 8]);
      await send();
      const data = await to.ok('recvMsg', { ...WAIT, maxBytes: 1, controlBytes: 24 });
      assert.deepEqual([data.truncated, data.controlTruncated, data.flags], [true, false, ['MSG_TRUNC']]);
      assert.deepEqual(typesOf(data), ['IP_PKTINFO']);
    });

    test('a peek leaves the datagram; a datagram without bytes arrives', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session, 'IP_PKTINFO');
      await from.ok('sendMsg', { data: { text: '' }, address });
      for (const flags of [['MSG_PEEK'], []]) {
        const got = await to.ok('recvMsg', { ...WAIT, flags });
        assert.deepEqual([got.bytesReceived, got.truncated, typesOf(got)], [0, false, ['IP_PKTINFO']]);
      }
      assert.equal((await to.problem('recvMsg', { timeoutMs: 1 })).name, 'WSAETIMEDOUT');
    });

    test('without an address the datagram goes to the peer', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session);
      assert.equal((await from.problem('sendMsg', { data: { text: 'x' } })).name, 'WSAENOTCONN');
      await from.ok('connect', { address });
      await from.ok('sendMsg', { data: { text: 'to the peer' } });
      assert.equal(textOf(await to.ok('recvMsg', WAIT)), 'to the peer');
    });

    test('both are WSAEINVAL on a stream, and take nothing from it', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'bytes' } });
      const fault = { operation: 'recv', nth: 1, effect: 'fail', phase: 'after', code: 'WSAENOBUFS' };
      await session.arm({ ...fault, socketId: server.id });
      assert.equal((await server.problem('recv', WAIT)).name, 'WSAENOBUFS');
      assert.equal((await server.problem('recvMsg')).name, 'WSAEINVAL');
      assert.equal((await client.problem('sendMsg', { data: { text: 'x' } })).name, 'WSAEINVAL');
      assert.equal(textOf(await server.ok('recv', WAIT)), 'bytes');
    });

    test('control data of a wrong form is refused before anything is sent', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, address } = await ends(session);
      const wrong: readonly (readonly [object, string])[] = [
        [{ type: 'IP_PKTINFO' }, '/control/0/address'],
        [{ type: 'IP_PKTINFO', address: '::1' }, '/control/0/address'],
        [{ type: 'IP_PKTINFO', address: '127.0.0.1', value: 1 }, '/control/0/value'],
        [{ type: 'IP_TTL' }, '/control/0/value'],
        [{ type: 'IP_TTL', value: 1, interfaceIndex: 1 }, '/control/0/interfaceIndex'],
        [{ type: 'IP_OPTIONS', value: 1 }, '/control/0/type'],
        [{ type: 'UDP_SEND_MSG_SIZE', value: 1 }, '/control/0/type'],
      ];
      for (const [message, pointer] of wrong) {
        const problem = await from.problem('sendMsg', { data: { text: 'x' }, address, control: [message] });
        assert.deepEqual(
          [problem.status, problem.errors[0].pointer],
          [400, pointer],
          JSON.stringify(message),
        );
      }
      const control = Array.from({ length: 17 }, () => ({ type: 'IP_TTL', value: 1 }));
      assert.equal((await from.problem('sendMsg', { data: { text: 'x' }, address, control })).status, 400);
      assert.equal((await from.info()).state, 'fresh');
    });

    for (const first of ['recv', 'recvFrom', 'recvMsg']) {
      test(`an undelivered datagram of ${first} is received again with all its data`, async (t) => {
        const seam = cutBeforeReply(first);
        const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
        const session = await startSession(daemon, provider);
        const { from, to, address } = await ends(session, 'IP_PKTINFO', 'IP_RECVTTL');
        await from.ok('sendMsg', { data: { text: 'once' }, address });
        await to.ok('recvMsg', { ...WAIT, flags: ['MSG_PEEK'] });
        await seam.cut(daemon, `/v1/sockets/${to.id}/${first}`, { maxBytes: 100 });
        const cut = await to.ok('recvMsg', { maxBytes: 2, flags: ['MSG_PEEK'], controlBytes: 24 });
        assert.deepEqual([textOf(cut), cut.truncated, cut.controlTruncated], ['on', true, true]);
        const again = await to.ok('recvMsg');
        assert.equal(textOf(again), 'once');
        assert.deepEqual(typesOf(again), ['IP_PKTINFO', 'IP_TTL']);
        assert.deepEqual(again.address, loopback('AF_INET', (await from.sockName()).port));
        assert.equal((await to.problem('recvMsg', { timeoutMs: 1 })).name, 'WSAETIMEDOUT');
      });
    }

    test('an undelivered datagram of recvMsg is there for recvFrom and a duplicate', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const { from, to, address } = await ends(session, 'IP_PKTINFO');
      const twin = await to.duplicate();
      const fault = { operation: 'recvMsg', effect: 'fail', phase: 'after', code: 'WSAENOBUFS', times: 2 };
      await session.arm({ ...fault, socketId: to.id });
      for (const text of ['first', 'second']) {
        await from.ok('sendMsg', { data: { text }, address });
        assert.equal((await to.problem('recvMsg', WAIT)).name, 'WSAENOBUFS');
        if (text === 'first') assert.equal(textOf(await to.ok('recvFrom')), 'first');
      }
      const second = await twin.ok('recvMsg');
      assert.deepEqual([textOf(second), typesOf(second)], ['second', ['IP_PKTINFO']]);
    });

    test('FD_READ is recorded again after a recvMsg; poll and FIONREAD count what is queued', async (t) => {
      const session = await startSession(await startDaemon(t), provider);
      const { from, to, address } = await ends(session);
      await to.ok('eventSelect', { events: ['FD_READ'] });
      for (const text of ['one', 'two']) {
        await from.ok('sendMsg', { data: { text }, address });
        const { events } = await to.ok('enumNetworkEvents', WAIT);
        assert.deepEqual(
          events.map(({ event }: Body) => event),
          ['FD_READ'],
        );
        assert.equal(textOf(await to.ok('recvMsg', WAIT)), text);
      }
    });

    test('the journal has parameters, bytes and addresses; faults hit both', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const from = await session.socket({
        family: 'AF_INET',
        type: 'SOCK_DGRAM',
        capture: { maxBytes: 3 },
      });
      const to = await session.datagram();
      await to.ok('bind', { address: loopback('AF_INET', 0) });
      const address = await to.sockName();
      await session.arm({ socketId: from.id, operation: 'sendMsg', effect: 'delay', delayMs: 1 });
      const control = [{ type: 'IP_TTL', value: 12 }];
      await from.ok('sendMsg', { data: { text: 'hello' }, address, control });
      const got = await to.ok('recvMsg', WAIT);
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${from.id}/journal`);
      const sent = entries.at(-1);
      assert.deepEqual([sent.operation, sent.bytesSent, sent.faults], ['sendMsg', 5, ['flt_1']]);
      assert.deepEqual([sent.remoteAddress, sent.localAddress.port], [address, got.address.port]);
      assert.deepEqual(sent.parameters, { data: { len: 5 }, address, control });
      assert.equal(textOf(sent), 'hel');
      const received = (await daemon.api.ok.get(`/v1/sockets/${to.id}/journal`)).entries.at(-1);
      assert.deepEqual([received.operation, received.bytesReceived], ['recvMsg', 5]);
      assert.deepEqual(received.remoteAddress, got.address);
      await session.arm({ socketId: to.id, operation: 'recvMsg', effect: 'freeze', freezeMs: 60_000 });
      assert.equal((await to.problem('recvMsg', { timeoutMs: 1 })).fault, 'flt_2');
    });
  });
}

test('drop: a message counts as sent and vanishes', async (t) => {
  const session = await startSession(await startDaemon(t), 'lab');
  const { from, to, address } = await ends(session);
  await session.arm({ socketId: from.id, nth: 1, effect: 'drop' });
  assert.equal((await from.ok('sendMsg', { data: { text: 'lost' }, address })).bytesSent, 4);
  await from.ok('sendMsg', { data: { text: 'found' }, address });
  assert.equal(textOf(await to.ok('recvMsg', WAIT)), 'found');
});

test('the lab marks broadcast and multicast datagrams', async (t) => {
  const session = await startSession(await startDaemon(t), 'lab');
  const { from, to, address } = await ends(session, 'IP_PKTINFO', 'IP_RECVTTL');
  const all = await session.datagram();
  await all.ok('bind', { address: v4('0.0.0.0', 0) });
  await switchedOn(all, 'IP_PKTINFO', 'IP_RECVTTL', 'IP_ORIGINAL_ARRIVAL_IF');
  const { port } = await all.sockName();
  await from.setOption('SOL_SOCKET', 'SO_BROADCAST', { boolean: true });
  await from.ok('sendMsg', { data: { text: 'x' }, address: v4('255.255.255.255', port) });
  const broadcast = await all.ok('recvMsg', WAIT);
  assert.deepEqual(broadcast.flags, ['MSG_BCAST']);
  assert.deepEqual(broadcast.control, [
    { type: 'IP_PKTINFO', address: '255.255.255.255', interfaceIndex: 1 },
    { type: 'IP_TTL', value: 128 },
    { type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex: 1 },
  ]);
  await from.ok('sendMsg', { data: { text: 'x' }, address });
  assert.deepEqual((await to.ok('recvMsg', WAIT)).flags, []);
});
