import assert from 'node:assert/strict';
import type { Handle, Received } from '../../../src/providers/provider.js';
import { type InternetAddress, sameAddress } from '../../../src/winsock/addresses.js';
import { MESSAGE_FLAGS, RECV_FLAGS } from '../../../src/winsock/constants.js';
import {
  type ControlMessage,
  type ControlSwitch,
  isPacketInfo,
  type PacketInfo,
} from '../../../src/winsock/control-messages.js';
import {
  bytes,
  type CaseSockets,
  type Family,
  internet,
  LOOPBACK,
  loopback,
  refused,
  value,
} from './case-sockets.js';
import type { Suite } from './suite.js';

/** The result of a receive, with its bytes as text. */
interface Message extends Received {
  readonly text: string;
}

interface End {
  readonly handle: Handle;
  readonly address: InternetAddress;
}

const bound = (sockets: CaseSockets, family: Family): End => {
  const handle = sockets.datagram(family);
  return { handle, address: sockets.bind(handle, family) };
};

const receiver = (sockets: CaseSockets, family: Family, ...switches: readonly ControlSwitch[]): End => {
  const end = bound(sockets, family);
  for (const option of switches) value(sockets.provider.setSockOpt(end.handle, option, true));
  return end;
};

const message = async (sockets: CaseSockets, { handle }: End, room = 2048, flags = 0): Promise<Message> => {
  const into = Buffer.alloc(room);
  const got = await sockets.once(handle, { read: true }, () => sockets.provider.recvMsg(handle, into, flags));
  return { ...got, text: into.toString('latin1', 0, got.bytes) };
};

/** The messages sorted by type, since their order depends on the system. */
const sorted = (control: readonly ControlMessage[] = []): ControlMessage[] =>
  [...control].sort((a, b) => (a.type < b.type ? -1 : 1));

const find = ({ control = [] }: Received, type: ControlMessage['type']): ControlMessage => {
  const found = control.find((one) => one.type === type);
  assert.ok(found, `no ${type} in ${JSON.stringify(control)}`);
  return found;
};

const valueIn = (got: Received, type: ControlMessage['type']): number => {
  const found = find(got, type);
  return 'value' in found ? found.value : assert.fail(`${type} has no value`);
};

const infoIn = (got: Received, type: PacketInfo['type']): PacketInfo => {
  const found = find(got, type);
  return isPacketInfo(found) ? found : assert.fail(`${type} has no address`);
};

interface Types {
  readonly info: 'IP_PKTINFO' | 'IPV6_PKTINFO';
  readonly hops: 'IP_TTL' | 'IPV6_HOPLIMIT';
  readonly trafficClass: 'IP_TOS' | 'IPV6_TCLASS';
  readonly ecn: 'IP_ECN' | 'IPV6_ECN';
  readonly switches: Readonly<Record<'info' | 'hops' | 'trafficClass' | 'ecn', ControlSwitch>>;
}

const TYPES: Readonly<Record<Family, Types>> = {
  AF_INET: {
    info: 'IP_PKTINFO',
    hops: 'IP_TTL',
    trafficClass: 'IP_TOS',
    ecn: 'IP_ECN',
    switches: { info: 'IP_PKTINFO', hops: 'IP_RECVTTL', trafficClass: 'IP_RECVTOS', ecn: 'IP_RECVECN' },
  },
  AF_INET6: {
    info: 'IPV6_PKTINFO',
    hops: 'IPV6_HOPLIMIT',
    trafficClass: 'IPV6_TCLASS',
    ecn: 'IPV6_ECN',
    switches: {
      info: 'IPV6_PKTINFO',
      hops: 'IPV6_HOPLIMIT',
      trafficClass: 'IPV6_RECVTCLASS',
      ecn: 'IPV6_RECVECN',
    },
  },
};

/** sendMsg and recvMsg. */
export const messages = (suite: Suite): void => {
  for (const family of suite.families()) {
    const { info, hops, trafficClass, ecn, switches } = TYPES[family];

    suite.case(
      `messages: bytes and addresses are as with sendTo and recvFrom (${family})`,
      async (sockets) => {
        const [a, b] = [bound(sockets, family), bound(sockets, family)];
        assert.equal(value(sockets.provider.sendMsg(a.handle, bytes('hello'), 0, b.address, [])), 5);
        const got = await message(sockets, b);
        assert.deepEqual([got.text, got.eof, got.truncated, got.flags], ['hello', false, false, 0]);
        assert.ok(got.from && sameAddress(got.from, a.address));
        assert.deepEqual(got.control, []);
      },
    );

    suite.case(`messages: a datagram reports its destination and interface (${family})`, async (sockets) => {
      const [a, b] = [sockets.datagram(family), receiver(sockets, family, switches.info)];
      value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
      const got = await message(sockets, b);
      assert.equal(got.control?.length, 1);
      const destination = infoIn(got, info);
      assert.equal(destination.address, LOOPBACK[family]);
      assert.ok(destination.interfaceIndex > 0);
    });

    suite.case(`messages: a datagram reports its hops and traffic class (${family})`, async (sockets) => {
      const [a, b] = [
        sockets.datagram(family),
        receiver(sockets, family, switches.hops, switches.trafficClass),
      ];
      value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
      const got = await message(sockets, b);
      assert.equal(got.control?.length, 2);
      assert.ok(valueIn(got, hops) >= 32);
      assert.equal(valueIn(got, trafficClass), 0);
    });

    suite.case(`messages: an option that is off again delivers nothing (${family})`, async (sockets) => {
      const [a, b] = [sockets.datagram(family), receiver(sockets, family, switches.info, switches.hops)];
      assert.equal(value(sockets.provider.getSockOpt(b.handle, switches.info)), true);
      value(sockets.provider.setSockOpt(b.handle, switches.info, false));
      assert.equal(value(sockets.provider.getSockOpt(b.handle, switches.info)), false);
      value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
      assert.deepEqual(
        (await message(sockets, b)).control?.map(({ type }) => type),
        [hops],
      );
    });

    suite.case(`messages: a datagram reports ECN alone (${family})`, async (sockets) => {
      const [a, b] = [sockets.datagram(family), receiver(sockets, family, switches.ecn)];
      value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
      assert.deepEqual((await message(sockets, b)).control, [{ type: ecn, value: 0 }]);
    });

    suite.case(
      `messages: hops and traffic class can be set for one datagram (${family})`,
      async (sockets) => {
        const all = Object.values(switches);
        const [a, b] = [sockets.datagram(family), receiver(sockets, family, ...all)];
        const sent: ControlMessage[] = [
          { type: hops, value: 17 },
          { type: trafficClass, value: 0x28 },
          { type: ecn, value: 2 },
        ];
        value(sockets.provider.sendMsg(a, bytes('x'), 0, b.address, sent));
        const got = await message(sockets, b);
        assert.equal(valueIn(got, hops), 17);
        assert.equal(valueIn(got, trafficClass), 0x2a);
        assert.equal(valueIn(got, ecn), 2);
        value(sockets.provider.sendMsg(a, bytes('x'), 0, b.address, []));
        const plain = await message(sockets, b);
        assert.notEqual(valueIn(plain, hops), 17);
        assert.equal(valueIn(plain, trafficClass), 0);
      },
    );

    suite.case(`messages: the source in control data becomes the sender (${family})`, async (sockets) => {
      const [a, b] = [sockets.datagram(family), receiver(sockets, family, switches.info)];
      const address = family === 'AF_INET' ? '127.0.0.77' : '::1';
      const source: ControlMessage = { type: info, address, interfaceIndex: 0 };
      value(sockets.provider.sendMsg(a, bytes('x'), 0, b.address, [source]));
      const got = await message(sockets, b);
      const { port } = internet(value(sockets.provider.getSockName(a)));
      assert.ok(got.from && sameAddress(got.from, { family, address, port }), JSON.stringify(got.from));
      // Replies through the interface that received it.
      const destination = infoIn(got, info);
      value(sockets.provider.sendMsg(b.handle, bytes('back'), 0, got.from, [destination]));
    });

    suite.case(`messages: control data that cannot be sent is WSAEINVAL (${family})`, (sockets) => {
      const [a, b] = [sockets.datagram(family), bound(sockets, family)];
      const other = TYPES[family === 'AF_INET' ? 'AF_INET6' : 'AF_INET'];
      const no: readonly ControlMessage[] = [
        { type: hops, value: 256 },
        { type: trafficClass, value: -1 },
        { type: ecn, value: 3 },
        { type: other.hops, value: 17 },
        { type: info, address: family === 'AF_INET' ? '203.0.113.1' : '2001:db8:3::1', interfaceIndex: 0 },
        { type: info, address: family === 'AF_INET' ? '0.0.0.0' : '::', interfaceIndex: 0x7fffff },
      ];
      for (const one of no) {
        const sent = sockets.provider.sendMsg(a, bytes('x'), 0, b.address, [one]);
        assert.ok(!sent.ok, `${JSON.stringify(one)} was sent`);
        refused(sent, 'WSAEINVAL');
      }
    });
  }

  suite.case('messages: a datagram reports its interface of arrival', async (sockets) => {
    const [a, b] = [sockets.datagram(), receiver(sockets, 'AF_INET', 'IP_ORIGINAL_ARRIVAL_IF')];
    value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
    const got = await message(sockets, b);
    assert.equal(got.control?.length, 1);
    const arrival = find(got, 'IP_ORIGINAL_ARRIVAL_IF');
    assert.ok('interfaceIndex' in arrival && arrival.interfaceIndex > 0);
  });

  suite.case('messages: a truncated datagram has complete control data', async (sockets) => {
    const [a, b] = [sockets.datagram(), receiver(sockets, 'AF_INET', 'IP_PKTINFO', 'IP_RECVTTL')];
    value(sockets.provider.sendTo(a, bytes('0123456789'), 0, b.address));
    value(sockets.provider.sendTo(a, bytes('0123456789'), 0, b.address));
    const cut = await message(sockets, b, 4);
    assert.deepEqual([cut.text, cut.truncated], ['0123', true]);
    assert.deepEqual(
      sorted(cut.control).map(({ type }) => type),
      ['IP_PKTINFO', 'IP_TTL'],
    );
    const whole = await message(sockets, b, 10);
    assert.deepEqual([whole.text, whole.truncated], ['0123456789', false]);
  });

  suite.case('messages: MSG_PEEK leaves the datagram and its control data', async (sockets) => {
    const [a, b] = [sockets.datagram(), receiver(sockets, 'AF_INET', 'IP_PKTINFO')];
    value(sockets.provider.sendTo(a, bytes('peeked'), 0, b.address));
    const peeked = await message(sockets, b, 3, RECV_FLAGS.MSG_PEEK);
    assert.deepEqual([peeked.text, peeked.truncated], ['pee', true]);
    const taken = await message(sockets, b);
    assert.equal(taken.text, 'peeked');
    assert.deepEqual(taken.control, peeked.control);
    refused(sockets.provider.recvMsg(b.handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('messages: an empty datagram can carry control data', async (sockets) => {
    const [a, b] = [sockets.datagram(), receiver(sockets, 'AF_INET', 'IP_PKTINFO')];
    assert.equal(value(sockets.provider.sendMsg(a, new Uint8Array(0), 0, b.address, [])), 0);
    await sockets.ready(b.handle, { read: true });
    const got = value(sockets.provider.recvMsg(b.handle, new Uint8Array(0), 0));
    assert.deepEqual([got.bytes, got.eof, got.truncated], [0, false, false]);
    assert.equal(got.control?.length, 1);
  });

  suite.case('messages: without an address a datagram goes to the peer', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets, 'AF_INET')];
    refused(sockets.provider.sendMsg(a, bytes('x'), 0, undefined, []), 'WSAENOTCONN');
    value(sockets.provider.connect(a, b.address));
    value(sockets.provider.sendMsg(a, bytes('to b'), 0, undefined, []));
    assert.equal((await message(sockets, b)).text, 'to b');
    const c = bound(sockets, 'AF_INET');
    value(sockets.provider.sendMsg(a, bytes('to c'), 0, c.address, []));
    assert.equal((await message(sockets, c)).text, 'to c');
  });

  suite.case('messages: the first sendMsg gives the socket a name', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets, 'AF_INET')];
    refused(sockets.provider.getSockName(a), 'WSAEINVAL');
    value(sockets.provider.sendMsg(a, bytes('x'), 0, b.address, []));
    const { from } = await message(sockets, b);
    assert.ok(from && internet(from).port === internet(value(sockets.provider.getSockName(a))).port);
  });

  suite.case('messages: an address of another family is WSAEFAULT', (sockets) => {
    refused(
      sockets.provider.sendMsg(sockets.datagram(), bytes('x'), 0, loopback('AF_INET6', 9), []),
      'WSAEFAULT',
    );
  });

  suite.case('messages: receiving one without a name is WSAEINVAL', (sockets) => {
    refused(sockets.provider.recvMsg(sockets.datagram(), new Uint8Array(8), 0), 'WSAEINVAL');
  });

  suite.case('messages: a shutdown applies to sendMsg and recvMsg', (sockets) => {
    const [a, b] = [bound(sockets, 'AF_INET'), bound(sockets, 'AF_INET')];
    value(sockets.provider.shutdown(a.handle, 'SD_BOTH'));
    refused(sockets.provider.sendMsg(a.handle, bytes('x'), 0, b.address, []), 'WSAESHUTDOWN');
    refused(sockets.provider.recvMsg(a.handle, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });

  suite.case('messages: sendMsg and recvMsg on a stream are WSAEINVAL', async (sockets) => {
    const { client, server, listener } = await sockets.pair();
    await sockets.sendAll(client, bytes('bytes'));
    await sockets.ready(server, { read: true });
    refused(sockets.provider.sendMsg(server, bytes('x'), 0, undefined, []), 'WSAEINVAL');
    refused(sockets.provider.sendMsg(sockets.stream(), bytes('x'), 0, listener.address, []), 'WSAEINVAL');
    refused(sockets.provider.recvMsg(server, new Uint8Array(8), 0), 'WSAEINVAL');
    refused(sockets.provider.recvMsg(server, new Uint8Array(8), RECV_FLAGS.MSG_PEEK), 'WSAEINVAL');
    assert.equal((await sockets.recv(server)).toString('latin1'), 'bytes');
  });

  if (suite.families().includes('AF_INET6')) {
    const dual = (sockets: CaseSockets): End => {
      const handle = sockets.datagram('AF_INET6');
      value(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
      value(sockets.provider.bind(handle, { family: 'AF_INET6', address: '::', port: 0 }));
      const { port } = internet(value(sockets.provider.getSockName(handle)));
      return { handle, address: loopback('AF_INET', port) };
    };

    suite.case('messages: a dual-stack socket reports a datagram over IPv4 as IPv4', async (sockets) => {
      const [a, b] = [bound(sockets, 'AF_INET'), dual(sockets)];
      for (const option of ['IP_PKTINFO', 'IP_RECVTTL', 'IPV6_HOPLIMIT'] as const) {
        value(sockets.provider.setSockOpt(b.handle, option, true));
      }
      value(sockets.provider.sendTo(a.handle, bytes('over IPv4'), 0, b.address));
      const got = await message(sockets, b);
      assert.deepEqual(
        sorted(got.control).map(({ type }) => type),
        ['IP_PKTINFO', 'IP_TTL'],
      );
      assert.equal(infoIn(got, 'IP_PKTINFO').address, LOOPBACK.AF_INET);
      assert.equal(got.from && internet(got.from).address, `::ffff:${LOOPBACK.AF_INET}`);
    });

    suite.case('messages: a dual-stack socket sends over IPv4 with IPv4 control data', async (sockets) => {
      const [a, b] = [dual(sockets), receiver(sockets, 'AF_INET', 'IP_RECVTTL')];
      const to = { family: 'AF_INET6', address: `::ffff:${LOOPBACK.AF_INET}`, port: b.address.port } as const;
      value(sockets.provider.sendMsg(a.handle, bytes('x'), 0, to, [{ type: 'IP_TTL', value: 19 }]));
      assert.equal(valueIn(await message(sockets, b), 'IP_TTL'), 19);
      const ofIpv6 = { type: 'IPV6_HOPLIMIT', value: 19 } as const;
      refused(sockets.provider.sendMsg(a.handle, bytes('x'), 0, to, [ofIpv6]), 'WSAEINVAL');
    });
  }

  suite.case('messages: a datagram to a group reports MSG_MCAST and the group', async (sockets) => {
    const group = '239.255.77.3';
    const handle = sockets.datagram();
    value(sockets.provider.bind(handle, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
    const { port } = internet(value(sockets.provider.getSockName(handle)));
    const on = { multicastAddress: group, interfaceAddress: LOOPBACK.AF_INET };
    value(sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', on));
    value(sockets.provider.setSockOpt(handle, 'IP_PKTINFO', true));
    const from = sockets.datagram();
    const chosen = sockets.provider.setSockOpt(from, 'IP_MULTICAST_IF', 0x0100007f);
    if (!chosen.ok) refused(chosen, 'WSAENOPROTOOPT');
    value(sockets.provider.sendTo(from, bytes('all'), 0, { family: 'AF_INET', address: group, port }));
    const end = { handle, address: loopback('AF_INET', port) };
    const got = await message(sockets, end);
    assert.equal(got.flags, MESSAGE_FLAGS.MSG_MCAST);
    assert.equal(infoIn(got, 'IP_PKTINFO').address, group);
    value(sockets.provider.sendTo(from, bytes('one'), 0, end.address));
    assert.equal((await message(sockets, end)).flags, 0);
  });
};
