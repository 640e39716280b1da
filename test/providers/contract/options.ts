import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../../src/winsock/constants.js';
import type { OptionName, OptionValue } from '../../../src/winsock/options.js';
import { defaultEntry, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

type Socket = (rig: Rig) => ReturnType<Rig['stream']>;
const SOCKETS: Readonly<Record<string, Socket>> = {
  stream: (rig) => rig.stream(),
  datagram: (rig) => rig.datagram(),
};

interface RoundTrip {
  readonly on: keyof typeof SOCKETS;
  readonly option: OptionName;
  /** Undefined: the system's own choice. */
  readonly first?: OptionValue;
  readonly values: readonly OptionValue[];
}

const FLAG = { first: false, values: [true, false] } as const;

const ROUND_TRIPS: readonly RoundTrip[] = [
  { on: 'stream', option: 'SO_REUSEADDR', ...FLAG },
  { on: 'stream', option: 'SO_EXCLUSIVEADDRUSE', ...FLAG },
  { on: 'stream', option: 'SO_KEEPALIVE', ...FLAG },
  {
    on: 'stream',
    option: 'SO_LINGER',
    first: { onoff: false, linger: 0 },
    values: [
      { onoff: true, linger: 0 },
      { onoff: true, linger: 65_535 },
      { onoff: false, linger: 3 },
    ],
  },
  { on: 'stream', option: 'SO_SNDBUF', values: [16_384, 50_000] },
  { on: 'stream', option: 'SO_RCVBUF', values: [16_384, 50_000] },
  { on: 'datagram', option: 'SO_REUSEADDR', ...FLAG },
  { on: 'datagram', option: 'SO_EXCLUSIVEADDRUSE', ...FLAG },
  { on: 'datagram', option: 'SO_SNDBUF', values: [16_384] },
  { on: 'datagram', option: 'SO_RCVBUF', values: [16_384] },
];

/** Options that the kind of socket does not have: WSAENOPROTOOPT, to set and to get. */
const ABSENT: readonly (readonly [OptionName, OptionValue])[] = [
  ['TCP_NODELAY', true],
  ['SO_LINGER', { onoff: true, linger: 1 }],
];

/** getSockOpt and setSockOpt. */
export const options = (suite: Suite): void => {
  const isTcp = defaultEntry(suite.entries, 'SOCK_STREAM')?.protocol === PROTOCOLS.IPPROTO_TCP;
  const tcpOnly: readonly RoundTrip[] = isTcp ? [{ on: 'stream', option: 'TCP_NODELAY', ...FLAG }] : [];
  for (const { on, option, first, values } of [...ROUND_TRIPS, ...tcpOnly]) {
    suite.case(`options: ${option} of a ${on} socket is answered as it was set`, (rig) => {
      const handle = SOCKETS[on]?.(rig);
      assert.ok(handle !== undefined);
      if (first !== undefined) assert.deepEqual(value(rig.provider.getSockOpt(handle, option)), first);
      for (const set of values) {
        value(rig.provider.setSockOpt(handle, option, set));
        assert.deepEqual(value(rig.provider.getSockOpt(handle, option)), set);
      }
    });
  }

  if (!isTcp) {
    suite.case('options: a stream that is not TCP has no TCP_NODELAY', (rig) => {
      refused(rig.provider.getSockOpt(rig.stream(), 'TCP_NODELAY'), 'WSAENOPROTOOPT');
      refused(rig.provider.setSockOpt(rig.stream(), 'TCP_NODELAY', true), 'WSAENOPROTOOPT');
    });
  }

  for (const [option, set] of ABSENT) {
    suite.case(`options: a datagram socket has no ${option}`, (rig) => {
      const handle = rig.datagram();
      refused(rig.provider.getSockOpt(handle, option), 'WSAENOPROTOOPT');
      refused(rig.provider.setSockOpt(handle, option, set), 'WSAENOPROTOOPT');
    });
  }

  suite.case('options: buffers have a size from the start', (rig) => {
    for (const option of ['SO_SNDBUF', 'SO_RCVBUF'] as const) {
      const size = value(rig.provider.getSockOpt(rig.stream(), option));
      assert.ok(typeof size === 'number' && size > 0);
    }
  });

  suite.case('options: SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other', (rig) => {
    const one = rig.stream();
    value(rig.provider.setSockOpt(one, 'SO_REUSEADDR', true));
    refused(rig.provider.setSockOpt(one, 'SO_EXCLUSIVEADDRUSE', true), 'WSAEINVAL');
    const other = rig.stream();
    value(rig.provider.setSockOpt(other, 'SO_EXCLUSIVEADDRUSE', true));
    refused(rig.provider.setSockOpt(other, 'SO_REUSEADDR', true), 'WSAEINVAL');
  });

  suite.case('options: SO_CONDITIONAL_ACCEPT is off from the start, and set before listen', (rig) => {
    const handle = rig.stream();
    assert.equal(value(rig.provider.getSockOpt(handle, 'SO_CONDITIONAL_ACCEPT')), false);
    value(rig.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', true));
    assert.equal(value(rig.provider.getSockOpt(handle, 'SO_CONDITIONAL_ACCEPT')), true);
    rig.bind(handle);
    value(rig.provider.listen(handle, 1));
    refused(rig.provider.setSockOpt(handle, 'SO_CONDITIONAL_ACCEPT', false), 'WSAEINVAL');
  });

  suite.case('options: SO_TYPE has the Windows numbers', (rig) => {
    assert.equal(value(rig.provider.getSockOpt(rig.stream(), 'SO_TYPE')), 1);
    assert.equal(value(rig.provider.getSockOpt(rig.datagram(), 'SO_TYPE')), 2);
  });

  suite.case('options: SO_TYPE and SO_ERROR are read only', (rig) => {
    refused(rig.provider.setSockOpt(rig.stream(), 'SO_TYPE', 1), 'WSAENOPROTOOPT', 'WSAEINVAL');
    refused(rig.provider.setSockOpt(rig.stream(), 'SO_ERROR', 0), 'WSAENOPROTOOPT', 'WSAEINVAL');
  });

  suite.case('options: SO_ERROR is 0 when nothing is wrong', async (rig) => {
    const { client } = await rig.pair();
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 0);
    assert.equal(value(rig.provider.getSockOpt(rig.stream(), 'SO_ERROR')), 0);
  });

  suite.case('options: an accepted socket has the properties of its listener', async (rig) => {
    const listener = rig.stream();
    value(rig.provider.setSockOpt(listener, 'SO_LINGER', { onoff: true, linger: 7 }));
    value(rig.provider.setSockOpt(listener, 'SO_KEEPALIVE', true));
    const address = rig.bind(listener);
    value(rig.provider.listen(listener, 5));
    const client = rig.stream();
    rig.begin(client, address);
    const { handle } = await rig.accept(listener);
    assert.deepEqual(value(rig.provider.getSockOpt(handle, 'SO_LINGER')), { onoff: true, linger: 7 });
    assert.equal(value(rig.provider.getSockOpt(handle, 'SO_KEEPALIVE')), true);
  });

  if (suite.families().includes('AF_INET6')) {
    suite.case('options: IPV6_V6ONLY is on from the start, and can be taken off before bind', (rig) => {
      const handle = rig.stream('AF_INET6');
      assert.equal(value(rig.provider.getSockOpt(handle, 'IPV6_V6ONLY')), true);
      value(rig.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
      assert.equal(value(rig.provider.getSockOpt(handle, 'IPV6_V6ONLY')), false);
    });
  }
};
