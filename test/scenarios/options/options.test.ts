/** Socket options and ioctls by name: values are read as they were set, and refusals say why. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IOCTLS } from '../../../src/winsock/ioctls.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { isWine } from '../../is-wine.js';
import {
  fillSendBuffer,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
  textOf,
} from '../test-daemon.js';

const optionPath = (socket: TestSocket, level: string, name: string) =>
  `/v1/sockets/${socket.id}/options/${level}/${name}`;

const setAndGet = async (
  daemon: TestDaemon,
  socket: TestSocket,
  level: string,
  name: string,
  value: object,
) => {
  await socket.setOption(level, name, value);
  return (await daemon.api.ok.get(optionPath(socket, level, name))).value;
};

for (const provider of PROVIDERS) {
  describe(`options on ${provider}`, () => {
    test('a value is the member of its type', async (t) => {
      const daemon = await startDaemon(t);
      const socket = await (await startSession(daemon, provider)).datagram();
      const flag = { boolean: true };
      assert.deepEqual(await setAndGet(daemon, socket, 'SOL_SOCKET', 'SO_BROADCAST', flag), flag);
      const size = { integer: 20_000 };
      assert.deepEqual(await setAndGet(daemon, socket, 'SOL_SOCKET', 'SO_RCVBUF', size), size);
      const path = optionPath(socket, 'SOL_SOCKET', 'SO_BROADCAST');
      for (const value of [{ integer: 1 }, {}, { boolean: true, integer: 1 }]) {
        const refused = await daemon.api.problem.put(path, { value });
        assert.deepEqual([refused.status, refused.type], [400, '/problems/validation']);
      }
    });

    test('an option that is unknown, or cannot be read or set, is refused with the reason', async (t) => {
      const daemon = await startDaemon(t);
      const socket = await (await startSession(daemon, provider)).datagram();
      const ip = (name: string) => optionPath(socket, 'IPPROTO_IP', name);
      const sol = (name: string) => optionPath(socket, 'SOL_SOCKET', name);
      assert.equal((await daemon.api.problem.get(ip('IP_ADD_MEMBERSHIP'))).name, 'WSAENOPROTOOPT');
      const readOnly = await daemon.api.problem.put(sol('SO_TYPE'), { value: { integer: 1 } });
      assert.deepEqual([readOnly.status, readOnly.name], [422, 'WSAEINVAL'], 'of datagrams, on Windows');
      assert.match(readOnly.detail, /can only be read/);
      for (const [name, value] of [
        ['SO_SNDLOWAT', { integer: 1 }],
        ['SO_RCVLOWAT', { integer: 1 }],
        ['SO_USELOOPBACK', { boolean: true }],
      ] as const) {
        assert.equal((await daemon.api.problem.get(sol(name))).name, 'WSAEINVAL', name);
        assert.equal((await daemon.api.problem.put(sol(name), { value })).name, 'WSAEINVAL', name);
      }
      for (const path of [sol('SO_CONNDATA'), sol('TCP_NODELAY'), ip('IP_OPTIONS')]) {
        assert.equal((await daemon.api.problem.get(path)).name, 'WSAENOPROTOOPT', path);
      }
    });

    test('SO_PROTOCOL_INFO is the catalog entry of the socket', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      const { catalogEntryId } = await socket.info();
      const { protocols } = await daemon.api.ok.get(`${session.path}/protocols`);
      const entry = protocols.find(
        (one: { catalogEntryId: number }) => one.catalogEntryId === catalogEntryId,
      );
      for (const name of ['SO_PROTOCOL_INFO', 'SO_PROTOCOL_INFOA', 'SO_PROTOCOL_INFOW']) {
        const { value } = await daemon.api.ok.get(optionPath(socket, 'SOL_SOCKET', name));
        assert.deepEqual(value, { protocolInfo: entry });
      }
      const path = optionPath(socket, 'SOL_SOCKET', 'SO_PROTOCOL_INFO');
      const refused = await daemon.api.problem.put(path, { value: { protocolInfo: entry } });
      assert.equal(refused.name, 'WSAENOPROTOOPT');
    });

    // sock.c of Wine 10, from 13500 on
    const ofIp = { skip: provider === 'lab' && 'no lab transport is TCP/IP' };
    test('an IP option for another kind of socket is WSAEINVAL', ofIp, async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const path = optionPath(await session.stream(), 'IPPROTO_IP', 'IP_MULTICAST_TTL');
      for (const refused of [
        await daemon.api.problem.get(path),
        await daemon.api.problem.put(path, { value: { integer: 1 } }),
      ]) {
        assert.deepEqual([refused.name, refused.status], ['WSAEINVAL', 422]);
      }
    });

    test('SO_CONNECT_TIME counts from the time of the connection', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const time = async (socket: TestSocket) =>
        (await daemon.api.ok.get(optionPath(socket, 'SOL_SOCKET', 'SO_CONNECT_TIME'))).value.integer;
      assert.equal(await time(await session.stream()), 0xffffffff);
      assert.equal(await time(await session.datagram()), 0xffffffff);
      for (const end of await session.pair()) assert.ok((await time(end)) < 60);
    });

    test('accepted sockets inherit SO_RCVTIMEO and SO_SNDTIMEO of their listener', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      await listener.setOption('SOL_SOCKET', 'SO_RCVTIMEO', { integer: 700 });
      await listener.setOption('SOL_SOCKET', 'SO_SNDTIMEO', { integer: 900 });
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const accepted = await listener.accept();
      const endsBy = async (ms: number, operation: string, params: object): Promise<boolean> => {
        const waiting = accepted.answer(operation, params);
        await accepted.untilBusy();
        clock.advance(ms);
        const { cancelled } = await accepted.ok('cancel');
        await waiting;
        return cancelled === 0;
      };
      assert.equal(await endsBy(699, 'recv', {}), false);
      assert.equal(await endsBy(700, 'recv', {}), true);
      await fillSendBuffer(accepted, client);
      // The system may find room for some more bytes, but not for so many.
      const data = { base64: Buffer.alloc(1 << 20).toString('base64') };
      assert.equal(await endsBy(899, 'send', { data }), false);
      assert.equal(await endsBy(900, 'send', { data }), true);
    });

    test('every documented ioctl is known; one that the provider lacks is WSAEOPNOTSUPP', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const given = {
        value: 1,
        keepAlive: { onoff: true, keepalivetime: 60_000, keepaliveinterval: 1_000 },
        initialRto: { rtt: 500, maxSynRetransmissions: 254 },
        compatibilityMode: { behaviorId: 1, targetOsVersion: 0x06000000 },
      };
      for (const socket of [await session.stream(), await session.datagram()]) {
        for (const request of Object.keys(IOCTLS)) {
          const { status, body } = await socket.answer('ioctl', { request, ...given });
          const { type } = await socket.info();
          // startDaemon answers 500 to a call whose code its operation does not state.
          assert.notEqual(status, 400, `${request} on ${type}: ${JSON.stringify(body)}`);
        }
        for (const request of ['SIO_FLUSH', 'SIO_BASE_HANDLE', 'SIO_GET_INTERFACE_LIST', 'SIO_TCP_INFO']) {
          assert.equal((await socket.problem('ioctl', { request })).name, 'WSAEOPNOTSUPP', request);
        }
      }
      const socket = await session.datagram();
      assert.deepEqual(await socket.ok('ioctl', { request: 'SIO_UDP_CONNRESET', value: 0 }), {});
      for (const [request, member] of [
        ['SIO_UDP_CONNRESET', 'value'],
        ['SIO_TCP_INITIAL_RTO', 'initialRto'],
        ['SIO_SET_COMPATIBILITY_MODE', 'compatibilityMode'],
      ] as const) {
        const missing = await socket.problem('ioctl', { request });
        assert.deepEqual([missing.status, missing.errors[0].pointer], [400, `/${member}`]);
      }
      const [client] = await session.pair();
      const { value } = await client.ok('ioctl', { request: 'SIO_IDEAL_SEND_BACKLOG_QUERY' });
      assert.ok(value > 0);
    });

    test('SO_RCVTIMEO of a listener does not limit accept', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      await listener.setOption('SOL_SOCKET', 'SO_RCVTIMEO', { integer: 700 });
      for (const operation of ['accept', 'conditionalAccept']) {
        const waiting = listener.answer(operation, operation === 'accept' ? {} : { condition: 'CF_ACCEPT' });
        await listener.untilBusy();
        clock.advance(7_000);
        assert.deepEqual(await listener.ok('cancel'), { cancelled: 1 });
        assert.equal((await waiting).body.name, 'WSA_OPERATION_ABORTED');
      }
    });

    test('SO_ERROR is read as it was set; setting SO_TYPE fails, with two codes', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const refused = await session.stream();
      const { address } = await session.refusingAddress();
      assert.equal((await refused.problem('connect', { address })).name, 'WSAECONNREFUSED');
      const [connected] = await session.pair();
      for (const socket of [await session.stream(), await session.datagram(), refused, connected]) {
        const path = optionPath(socket, 'SOL_SOCKET', 'SO_ERROR');
        for (const integer of [1234, 0]) {
          await socket.setOption('SOL_SOCKET', 'SO_ERROR', { integer });
          // Wine 10 accepts it without effect.
          if (provider === 'ws2_32' && isWine()) continue;
          for (let reads = 0; reads < 2; reads++) {
            assert.deepEqual((await daemon.api.ok.get(path)).value, { integer });
          }
        }
        const { type } = await socket.info();
        const value = { integer: 1 };
        const answer = await daemon.api.problem.put(optionPath(socket, 'SOL_SOCKET', 'SO_TYPE'), { value });
        assert.equal(answer.name, type === 'SOCK_DGRAM' ? 'WSAEINVAL' : 'WSAENOPROTOOPT');
      }
    });

    test('SIO_KEEPALIVE_VALS also sets SO_KEEPALIVE', async (t) => {
      const daemon = await startDaemon(t);
      const [socket] = await (await startSession(daemon, provider)).pair();
      const path = optionPath(socket, 'SOL_SOCKET', 'SO_KEEPALIVE');
      for (const onoff of [true, false]) {
        const keepAlive = { onoff, keepalivetime: 60_000, keepaliveinterval: 1_000 };
        await socket.ok('ioctl', { request: 'SIO_KEEPALIVE_VALS', keepAlive });
        assert.deepEqual((await daemon.api.ok.get(path)).value, { boolean: onoff });
      }
      const missing = await socket.problem('ioctl', { request: 'SIO_KEEPALIVE_VALS' });
      assert.deepEqual([missing.status, missing.errors[0].pointer], [400, '/keepAlive']);
    });
  });
}

const native = PROVIDERS[0] ?? 'lab';

/** The policy allows to bind the wildcard address, and to join one network of groups, on one port. */
const GROUPS = {
  connect: { allow: ['127.0.0.0/8', '239.255.0.0/16'] },
  bind: { allow: ['127.0.0.0/8', '0.0.0.0/32', '239.255.0.0/16 5000'] },
};

describe('memberships', () => {
  const join = (session: TestSession) => async (membership: object) => {
    const socket = await session.datagram();
    return { path: optionPath(socket, 'IPPROTO_IP', 'IP_ADD_MEMBERSHIP'), value: { value: { membership } } };
  };

  test('joining a group needs an entry of policy.bind.allow, for any port', async (t) => {
    for (const policy of [undefined, GROUPS]) {
      const daemon = await startDaemon(t, policy ? { config: { policy } } : {});
      const session = await startSession(daemon, native);
      const joining = await join(session)({
        multicastAddress: '239.255.77.3',
        interfaceAddress: '127.0.0.1',
      });
      const answer = await daemon.api.put(joining.path, joining.value);
      if (policy) assert.equal(answer.status, 200);
      else assert.equal(answer.body.type, '/problems/destination-denied');
    }
  });

  test('memberships of a wrong form are refused before any call', async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, native);
    for (const [membership, pointer] of [
      [{ multicastAddress: 'all.example' }, '/multicastAddress'],
      [{ multicastAddress: 'ff02::1%lo' }, '/multicastAddress'],
      [{ multicastAddress: '127.0.0.1', interfaceAddress: '::1' }, '/interfaceAddress'],
      [{ multicastAddress: '127.0.0.1', sourceAddress: '127.0.0.1' }, '/sourceAddress'],
      [{ multicastAddress: '127.0.0.1', interfaceAddress: '127.0.0.1', interfaceIndex: 1 }, ''],
    ] as const) {
      const joining = await join(session)(membership);
      const refused = await daemon.api.problem.put(joining.path, joining.value);
      assert.deepEqual([refused.status, refused.errors[0].pointer], [400, `/value/membership${pointer}`]);
    }
  });

  test('Winsock, not the daemon, refuses an address that is no group', async (t) => {
    const daemon = await startDaemon(t);
    const joining = await join(await startSession(daemon, native))({ multicastAddress: '127.0.0.1' });
    const refused = await daemon.api.problem.put(joining.path, joining.value);
    assert.ok(['WSAEINVAL', 'WSAEADDRNOTAVAIL'].includes(refused.name), refused.name);
  });
});

describe('broadcast', () => {
  test('sending needs SO_BROADCAST, and the policy as for every address', async (t) => {
    const daemon = await startDaemon(t, {
      config: { policy: { connect: { allow: ['127.255.255.255/32'] }, bind: { allow: [] } } },
    });
    const socket = await (await startSession(daemon, native)).datagram();
    const to = (address: string) => ({
      address: { family: 'AF_INET', address, port: 9 },
      data: { text: 'x' },
    });
    const denied = await socket.problem('sendTo', to('255.255.255.255'));
    assert.equal(denied.type, '/problems/destination-denied');
    const refused = await socket.problem('sendTo', to('127.255.255.255'));
    assert.deepEqual([refused.status, refused.name], [403, 'WSAEACCES']);
    await socket.setOption('SOL_SOCKET', 'SO_BROADCAST', { boolean: true });
    assert.equal((await socket.ok('sendTo', to('127.255.255.255'))).bytesSent, 1);
  });

  test('in the lab every socket with the port receives it', async (t) => {
    const session = await startSession(await startDaemon(t), 'lab');
    const hearers = [await session.datagram(), await session.datagram()];
    for (const hearer of hearers) {
      await hearer.setOption('SOL_SOCKET', 'SO_REUSEADDR', { boolean: true });
      await hearer.ok('bind', { address: { family: 'AF_INET', address: '0.0.0.0', port: 5000 } });
    }
    const socket = await session.datagram();
    await socket.setOption('SOL_SOCKET', 'SO_BROADCAST', { boolean: true });
    const address = { family: 'AF_INET', address: '255.255.255.255', port: 5000 };
    await socket.ok('sendTo', { address, data: { text: 'all' } });
    for (const hearer of hearers) {
      const { data, address: from } = await hearer.ok('recvFrom');
      assert.equal(textOf({ data }), 'all');
      assert.equal(from.address, '127.0.0.1');
    }
  });
});

const posix = PROVIDERS.includes('posix')
  ? false
  : 'what ICMP says of an earlier datagram is tested on Linux';

test('a datagram without a receiver does not set SO_ERROR: the next receive reports it', {
  skip: posix,
}, async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const [socket, dead] = [await session.datagram(), await session.datagram()];
  await dead.ok('bind', { address: loopback('AF_INET', 0) });
  await socket.ok('connect', { address: await dead.sockName() });
  await dead.ok('close');
  await socket.ok('send', { data: { text: 'into the void' } });
  // Readable: the error has arrived.
  await session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
  const { value } = await daemon.api.ok.get(optionPath(socket, 'SOL_SOCKET', 'SO_ERROR'));
  assert.deepEqual(value, { integer: 0 });
  assert.equal((await socket.info()).state, 'connected');
  assert.equal((await socket.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
});
