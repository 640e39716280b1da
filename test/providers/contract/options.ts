import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../../src/winsock/constants.js';
import { CONTROL_SWITCHES } from '../../../src/winsock/control-messages.js';
import {
  isLinger,
  type Linger,
  OPTIONS,
  type OptionName,
  type OptionValue,
} from '../../../src/winsock/options.js';
import { bytes, type CaseSockets, defaultEntry, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

type Socket = (sockets: CaseSockets) => ReturnType<CaseSockets['stream']>;
const SOCKETS: Readonly<Record<string, Socket>> = {
  stream: (sockets) => sockets.stream(),
  datagram: (sockets) => sockets.datagram(),
  stream6: (sockets) => sockets.stream('AF_INET6'),
  datagram6: (sockets) => sockets.datagram('AF_INET6'),
};

interface RoundTrip {
  readonly on: keyof typeof SOCKETS;
  readonly option: OptionName;
  /** The initial value; undefined where the system chooses it. */
  readonly first?: OptionValue;
  readonly values: readonly OptionValue[];
}

const FLAG = { first: false, values: [true, false] } as const;

const ROUND_TRIPS: readonly RoundTrip[] = [
  { on: 'stream', option: 'SO_REUSEADDR', ...FLAG },
  { on: 'stream', option: 'SO_EXCLUSIVEADDRUSE', ...FLAG },
  { on: 'stream', option: 'SO_KEEPALIVE', ...FLAG },
  { on: 'stream', option: 'SO_SNDBUF', values: [16_384, 50_000] },
  { on: 'stream', option: 'SO_RCVBUF', values: [16_384, 50_000, 4096, 0] },
  { on: 'datagram', option: 'SO_REUSEADDR', ...FLAG },
  { on: 'datagram', option: 'SO_EXCLUSIVEADDRUSE', ...FLAG },
  { on: 'datagram', option: 'SO_SNDBUF', values: [16_384] },
  { on: 'datagram', option: 'SO_RCVBUF', values: [16_384] },
  { on: 'stream', option: 'SO_DONTLINGER', first: true, values: [false, true] },
  { on: 'stream', option: 'SO_DEBUG', ...FLAG },
  { on: 'stream', option: 'SO_DONTROUTE', ...FLAG },
  { on: 'datagram', option: 'SO_DONTROUTE', ...FLAG },
  { on: 'datagram', option: 'SO_BROADCAST', ...FLAG },
  ...CONTROL_SWITCHES.map((option) => {
    const on = OPTIONS[option].level === 'IPPROTO_IP' ? 'datagram' : 'datagram6';
    return { on, option, ...FLAG } as const;
  }),
];

/** 127.0.0.1 in the memory of a DWORD. */
const LOOPBACK_DWORD = 0x0100007f;

/** For providers with TCP/IP. */
const TCP_IP_ROUND_TRIPS: readonly RoundTrip[] = [
  { on: 'stream', option: 'TCP_NODELAY', ...FLAG },
  { on: 'stream', option: 'SO_OOBINLINE', ...FLAG },
  { on: 'stream', option: 'TCP_KEEPIDLE', values: [1, 90, 7200] },
  { on: 'stream', option: 'TCP_KEEPALIVE', values: [2] },
  { on: 'stream', option: 'TCP_KEEPINTVL', values: [1, 30] },
  { on: 'stream', option: 'TCP_KEEPCNT', values: [1, 100] },
  { on: 'stream', option: 'TCP_MAXRT', values: [3, 0, 5000, -1] },
  { on: 'stream', option: 'IP_TTL', values: [1, 255] },
  { on: 'datagram', option: 'IP_TTL', values: [7] },
  { on: 'datagram', option: 'IP_TOS', first: 0, values: [8, 0x20] },
  { on: 'datagram', option: 'IP_MULTICAST_IF', first: 0, values: [LOOPBACK_DWORD, 0] },
  { on: 'datagram', option: 'IP_MULTICAST_TTL', first: 1, values: [0, 255] },
  { on: 'datagram', option: 'IP_MULTICAST_LOOP', first: true, values: [false, true] },
  { on: 'datagram', option: 'IP_MTU_DISCOVER', first: 0, values: [1, 2, 3] },
  { on: 'datagram', option: 'IP_UNICAST_IF', first: 0, values: [0x01000000, 0] },
  { on: 'stream6', option: 'IPV6_UNICAST_HOPS', values: [1, 255] },
  { on: 'datagram6', option: 'IPV6_UNICAST_HOPS', values: [7] },
  { on: 'datagram6', option: 'IPV6_MULTICAST_IF', first: 0, values: [1, 0] },
  { on: 'datagram6', option: 'IPV6_MULTICAST_HOPS', first: 1, values: [0, 255] },
  { on: 'datagram6', option: 'IPV6_MULTICAST_LOOP', first: true, values: [false, true] },
  { on: 'datagram6', option: 'IPV6_MTU_DISCOVER', first: 0, values: [1, 2, 3] },
  { on: 'datagram6', option: 'IPV6_UNICAST_IF', first: 0, values: [1, 0] },
];

/** Values that Winsock refuses. */
const OUT_OF_RANGE: readonly (readonly [on: keyof typeof SOCKETS, OptionName, number])[] = [
  ['stream', 'TCP_KEEPCNT', 256],
  ['stream', 'IP_TTL', 256],
  ['datagram', 'IP_TTL', 256],
  ['datagram', 'IP_TOS', 256],
  ['datagram', 'IP_MULTICAST_TTL', 256],
  ['datagram6', 'IPV6_MULTICAST_HOPS', 256],
  ['datagram6', 'IPV6_UNICAST_HOPS', 256],
];

/**
 * Options of SOL_SOCKET and IPPROTO_TCP that the kind of socket lacks: WSAENOPROTOOPT, by their pages.
 * SO_LINGER: sock.c of Wine 10, line 5309. Those of IPPROTO_IP and IPPROTO_IPV6 have a separate table.
 */
const ABSENT: readonly (readonly [on: keyof typeof SOCKETS, OptionName, OptionValue])[] = [
  ['datagram', 'TCP_NODELAY', true],
  ['datagram', 'SO_LINGER', { onoff: true, linger: 1 }],
  ['datagram', 'SO_DONTLINGER', false],
  ['datagram', 'TCP_KEEPIDLE', 10],
  ['stream', 'SO_BROADCAST', true],
];

/** getSockOpt and setSockOpt. */
export const options = (suite: Suite): void => {
  const isTcp = defaultEntry(suite.entries, 'SOCK_STREAM')?.protocol === PROTOCOLS.IPPROTO_TCP;
  const tcpOnly = isTcp ? TCP_IP_ROUND_TRIPS : [];
  const hasIpv6 = suite.families().includes('AF_INET6');
  for (const { on, option, first, values } of [...ROUND_TRIPS, ...tcpOnly]) {
    if (on.endsWith('6') && !hasIpv6) continue;
    suite.case(`options: ${option} of a ${on} socket is returned as it was set`, (sockets) => {
      const handle = SOCKETS[on]?.(sockets);
      assert.ok(handle !== undefined);
      if (first !== undefined) assert.deepEqual(value(sockets.provider.getSockOpt(handle, option)), first);
      for (const set of values) {
        value(sockets.provider.setSockOpt(handle, option, set));
        assert.deepEqual(value(sockets.provider.getSockOpt(handle, option)), set);
      }
    });
  }

  if (!isTcp) {
    suite.case('options: a stream that is not TCP has no TCP_NODELAY', (sockets) => {
      refused(sockets.provider.getSockOpt(sockets.stream(), 'TCP_NODELAY'), 'WSAENOPROTOOPT');
      refused(sockets.provider.setSockOpt(sockets.stream(), 'TCP_NODELAY', true), 'WSAENOPROTOOPT');
    });
  }

  for (const [on, option, set] of isTcp ? OUT_OF_RANGE : []) {
    if (on.endsWith('6') && !hasIpv6) continue;
    suite.case(`options: ${option} of a ${on} socket is not ${set}`, (sockets) => {
      const handle = SOCKETS[on]?.(sockets);
      assert.ok(handle !== undefined);
      const before = value(sockets.provider.getSockOpt(handle, option));
      refused(sockets.provider.setSockOpt(handle, option, set), 'WSAEINVAL');
      assert.deepEqual(value(sockets.provider.getSockOpt(handle, option)), before);
    });
  }

  for (const [on, option, set] of ABSENT) {
    suite.case(`options: a ${on} socket has no ${option} to get`, (sockets) => {
      const handle = SOCKETS[on]?.(sockets);
      assert.ok(handle !== undefined);
      refused(sockets.provider.getSockOpt(handle, option), 'WSAENOPROTOOPT');
    });

    suite.case(`options: a ${on} socket has no ${option} to set`, (sockets) => {
      const handle = SOCKETS[on]?.(sockets);
      assert.ok(handle !== undefined);
      refused(sockets.provider.setSockOpt(handle, option, set), 'WSAENOPROTOOPT');
    });
  }

  // sock.c of Wine 10, 1366-1377: when linger is off, the seconds are ignored.
  suite.case('options: SO_LINGER of a stream socket is returned as it was set', (sockets) => {
    const handle = sockets.stream();
    const read = (): Linger => {
      const got = value(sockets.provider.getSockOpt(handle, 'SO_LINGER'));
      assert.ok(isLinger(got));
      return got;
    };
    assert.equal(read().onoff, false);
    for (const [onoff, linger] of [
      [false, 73],
      [true, 0],
      [true, 65_535],
      [false, 3],
    ] as const) {
      value(sockets.provider.setSockOpt(handle, 'SO_LINGER', { onoff, linger }));
      const got = read();
      assert.equal(got.onoff, onoff);
      if (onoff) assert.equal(got.linger, linger);
    }
  });

  suite.case('options: buffers have a default size', (sockets) => {
    for (const option of ['SO_SNDBUF', 'SO_RCVBUF'] as const) {
      const size = value(sockets.provider.getSockOpt(sockets.stream(), option));
      assert.ok(typeof size === 'number' && size > 0);
    }
  });

  suite.case('options: SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other', (sockets) => {
    const one = sockets.stream();
    value(sockets.provider.setSockOpt(one, 'SO_REUSEADDR', true));
    refused(sockets.provider.setSockOpt(one, 'SO_EXCLUSIVEADDRUSE', true), 'WSAEINVAL');
    const other = sockets.stream();
    value(sockets.provider.setSockOpt(other, 'SO_EXCLUSIVEADDRUSE', true));
    refused(sockets.provider.setSockOpt(other, 'SO_REUSEADDR', true), 'WSAEINVAL');
  });

  suite.case('options: SO_CONDITIONAL_ACCEPT is off by default, and can be set before listen', (sockets) => {
    const handle = sockets.stream();
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_CONDITIONAL_ACCEPT')), false);
    value(sockets.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_CONDITIONAL_ACCEPT')), true);
    sockets.bind(handle);
    value(sockets.provider.listen(handle, 1));
    refused(sockets.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', false), 'WSAEINVAL');
  });

  suite.case('options: SO_DONTLINGER is the inverse of SO_LINGER', (sockets) => {
    const handle = sockets.stream();
    value(sockets.provider.setSockOpt(handle, 'SO_LINGER', { onoff: true, linger: 3 }));
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_DONTLINGER')), false);
    value(sockets.provider.setSockOpt(handle, 'SO_DONTLINGER', true));
    const linger = value(sockets.provider.getSockOpt(handle, 'SO_LINGER'));
    assert.ok(typeof linger === 'object' && 'onoff' in linger && !linger.onoff);
  });

  suite.case('options: SO_ACCEPTCONN is on for a listener', async (sockets) => {
    const { client, server, listener } = await sockets.pair();
    assert.equal(value(sockets.provider.getSockOpt(listener.handle, 'SO_ACCEPTCONN')), true);
    assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ACCEPTCONN')), false);
    assert.equal(value(sockets.provider.getSockOpt(server, 'SO_ACCEPTCONN')), false);
    refused(sockets.provider.setSockOpt(client, 'SO_ACCEPTCONN', true), 'WSAENOPROTOOPT', 'WSAEINVAL');
  });

  suite.case('options: SO_CONNECT_TIME counts the seconds of a connection', async (sockets) => {
    const { client, server, listener } = await sockets.pair();
    for (const handle of [client, server]) {
      const seconds = value(sockets.provider.getSockOpt(handle, 'SO_CONNECT_TIME'));
      assert.ok(typeof seconds === 'number' && seconds < 60, `${seconds} seconds`);
    }
    for (const handle of [listener.handle, sockets.stream()]) {
      assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_CONNECT_TIME')), 0xffffffff);
    }
  });

  // sock.c of Wine 10, 14035-14064
  suite.case(
    'options: SO_CONNECT_TIME of a datagram socket means no connection, even with a peer',
    (sockets) => {
      const [client, peer] = [sockets.datagram(), sockets.datagram()];
      value(sockets.provider.connect(client, sockets.bind(peer)));
      for (const handle of [client, peer, sockets.datagram()]) {
        assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_CONNECT_TIME')), 0xffffffff);
      }
    },
  );

  suite.case('options: SO_MAX_MSG_SIZE is for datagrams', (sockets) => {
    const longest = value(sockets.provider.getSockOpt(sockets.datagram(), 'SO_MAX_MSG_SIZE'));
    assert.ok(typeof longest === 'number');
    // sock.c of Wine 10, 5259
    assert.ok(isTcp ? [65_507, 65_527].includes(longest) : longest > 1000, `${longest} bytes`);
    // "Has no meaning for stream-oriented sockets" is all that Microsoft's page says of them.
    const ofStream = sockets.provider.getSockOpt(sockets.stream(), 'SO_MAX_MSG_SIZE');
    if (!ofStream.ok) refused(ofStream, 'WSAENOPROTOOPT');
  });

  suite.case('options: SO_TYPE has the Windows numbers', (sockets) => {
    assert.equal(value(sockets.provider.getSockOpt(sockets.stream(), 'SO_TYPE')), 1);
    assert.equal(value(sockets.provider.getSockOpt(sockets.datagram(), 'SO_TYPE')), 2);
  });

  suite.case('options: SO_TYPE is read only', (sockets) => {
    refused(sockets.provider.setSockOpt(sockets.stream(), 'SO_TYPE', 1), 'WSAENOPROTOOPT', 'WSAEINVAL');
  });

  suite.case('options: SO_ERROR is returned as it was set, and affects nothing else', async (sockets) => {
    const { client, server } = await sockets.pair();
    const fresh = sockets.stream();
    for (const socket of [client, fresh, sockets.datagram()]) {
      const state = (): unknown => value(sockets.provider.poll([{ s: socket, events: 0x300 | 0x10 }]));
      const before = state();
      for (const error of [1234, 0, 10_054]) {
        value(sockets.provider.setSockOpt(socket, 'SO_ERROR', error));
        for (let reads = 0; reads < 2; reads++) {
          assert.equal(value(sockets.provider.getSockOpt(socket, 'SO_ERROR')), error);
        }
      }
      assert.deepEqual(state(), before);
    }
    await sockets.sendAll(client, bytes('x'));
    assert.equal((await sockets.recvExactly(server, 1)).length, 1);
    const listener = sockets.listener();
    sockets.begin(fresh, listener.address);
    value(await sockets.ended(fresh));
    assert.equal(value(sockets.provider.getSockOpt(fresh, 'SO_ERROR')), 0, 'the connect has succeeded');
  });

  suite.case('options: SO_ERROR is 0 without an error', async (sockets) => {
    const { client } = await sockets.pair();
    assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 0);
    assert.equal(value(sockets.provider.getSockOpt(sockets.stream(), 'SO_ERROR')), 0);
  });

  suite.case('options: an accepted socket has the properties of its listener', async (sockets) => {
    const listener = sockets.stream();
    value(sockets.provider.setSockOpt(listener, 'SO_LINGER', { onoff: true, linger: 7 }));
    value(sockets.provider.setSockOpt(listener, 'SO_KEEPALIVE', true));
    const address = sockets.bind(listener);
    value(sockets.provider.listen(listener, 5));
    const client = sockets.stream();
    sockets.begin(client, address);
    const { handle } = await sockets.accept(listener);
    assert.deepEqual(value(sockets.provider.getSockOpt(handle, 'SO_LINGER')), { onoff: true, linger: 7 });
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_KEEPALIVE')), true);
  });
};
