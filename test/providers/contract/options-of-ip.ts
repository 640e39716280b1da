import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../../src/winsock/constants.js';
import { CONTROL_SWITCHES } from '../../../src/winsock/control-messages.js';
import type { WsaName } from '../../../src/winsock/errors.js';
import { OPTIONS, type OptionName, type OptionType, type OptionValue } from '../../../src/winsock/options.js';
import { answer, type CaseSockets, defaultEntry, type Family, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/**
 * The options of IPPROTO_IP and IPPROTO_IPV6 that each kind of socket has, and the codes of the others. From
 * the tables of test_sockopt_validity, which pass on Windows (Wine 10, dlls/ws2_32/tests/sock.c, from line
 * 13500): on a new socket, the value that was read is set again. Cells that they do not test are marked.
 */

type Answer = 'ok' | WsaName;

/** The results of get, and of set with the value that was read; null: not tested. */
type Cell = readonly [get: Answer, set: Answer | null];

const HAS: Cell = ['ok', 'ok'];
/** The tables set only values that can be read, and IP_HDRINCL (1831-1860). The rest is inferred. */
const HAS_NOT: Cell = ['WSAEINVAL', 'WSAEINVAL'];
/** The other cases set memberships. */
const ONLY_SET: Cell = ['WSAENOPROTOOPT', null];
/** Its default is a value that cannot be set. */
const NOT_AS_READ: Cell = ['ok', 'WSAEINVAL'];
const OF_A_PATH: Cell = ['WSAENOTCONN', null];

/** A cell for each kind of socket of the level's family. */
interface Row {
  readonly stream: Cell;
  readonly datagram: Cell;
}

const both = (cell: Cell): Row => ({ stream: cell, datagram: cell });
const ON_DATAGRAMS: Row = { stream: HAS_NOT, datagram: HAS };
/** Not in the tables: by Microsoft's page they are for datagrams only. */
const SET_ON_DATAGRAMS: Row = { stream: ['WSAENOPROTOOPT', 'WSAEINVAL'], datagram: ONLY_SET };

// biome-ignore format: one row an option
const TABLE: readonly (readonly [OptionName, Row])[] = [
  ['IP_HDRINCL',                both(HAS_NOT)],
  ['IP_TOS',                    both(HAS)],
  ['IP_TTL',                    both(HAS)],
  ['IP_MULTICAST_IF',           ON_DATAGRAMS],
  ['IP_MULTICAST_TTL',          ON_DATAGRAMS],
  ['IP_MULTICAST_LOOP',         ON_DATAGRAMS],
  ['IP_ADD_MEMBERSHIP',         SET_ON_DATAGRAMS],
  ['IP_DROP_MEMBERSHIP',        SET_ON_DATAGRAMS],
  ['IP_DONTFRAGMENT',           both(HAS)],
  ['IP_ADD_SOURCE_MEMBERSHIP',  SET_ON_DATAGRAMS],
  ['IP_DROP_SOURCE_MEMBERSHIP', SET_ON_DATAGRAMS],
  ['IP_BLOCK_SOURCE',           SET_ON_DATAGRAMS],
  ['IP_UNBLOCK_SOURCE',         SET_ON_DATAGRAMS],
  ['IP_RECEIVE_BROADCAST',      ON_DATAGRAMS],
  ['IP_UNICAST_IF',             both(HAS)],
  ['IP_MTU_DISCOVER',           both(NOT_AS_READ)],
  ['IP_MTU',                    both(OF_A_PATH)],
  ['IP_USER_MTU',               both(HAS)],

  ['IPV6_HDRINCL',              both(HAS_NOT)],
  ['IPV6_UNICAST_HOPS',         both(HAS)],
  ['IPV6_MULTICAST_IF',         ON_DATAGRAMS],
  ['IPV6_MULTICAST_HOPS',       ON_DATAGRAMS],
  ['IPV6_MULTICAST_LOOP',       ON_DATAGRAMS],
  ['IPV6_ADD_MEMBERSHIP',       SET_ON_DATAGRAMS],
  ['IPV6_DROP_MEMBERSHIP',      SET_ON_DATAGRAMS],
  ['IPV6_DONTFRAG',             both(HAS)],
  ['IPV6_PROTECTION_LEVEL',     both(HAS)],
  ['IPV6_V6ONLY',               both(HAS)],
  ['IPV6_UNICAST_IF',           both(HAS)],
  ['IPV6_MTU_DISCOVER',         both(NOT_AS_READ)],
  ['IPV6_MTU',                  both(OF_A_PATH)],
  ['IPV6_USER_MTU',             both(HAS)],
];

const KINDS = ['stream', 'datagram'] as const;
type Kind = (typeof KINDS)[number];

const isIpv6 = (option: OptionName): boolean => OPTIONS[option].level === 'IPPROTO_IPV6';
const familyOf = (option: OptionName): Family => (isIpv6(option) ? 'AF_INET6' : 'AF_INET');

/** A value of each type, to set where none could be read. */
const VALUES: Readonly<Partial<Record<OptionType, OptionValue>>> = {
  BOOL: true,
  int: 10,
  DWORD: 1,
  ip_mreq: { multicastAddress: '239.255.77.4', interfaceAddress: '127.0.0.1' },
  ip_mreq_source: {
    multicastAddress: '239.255.77.4',
    interfaceAddress: '127.0.0.1',
    sourceAddress: '127.0.0.1',
  },
  ipv6_mreq: { multicastAddress: 'ff11::77:4', interfaceIndex: 1 },
};

const check = (
  sockets: CaseSockets,
  kind: Kind,
  family: Family,
  option: OptionName,
  [get, set]: Cell,
): void => {
  const handle = sockets[kind](family);
  const got = sockets.provider.getSockOpt(handle, option);
  assert.equal(answer(got), get, `to get ${option}`);
  if (set === null) return;
  const to = got.ok ? got.value : VALUES[OPTIONS[option].type];
  assert.ok(to !== undefined);
  assert.equal(answer(sockets.provider.setSockOpt(handle, option, to)), set, `to set ${option}`);
};

/** The options of IPPROTO_IP and IPPROTO_IPV6 of a provider with TCP/IP. */
export const optionsOfIp = (suite: Suite): void => {
  if (defaultEntry(suite.entries, 'SOCK_STREAM')?.protocol !== PROTOCOLS.IPPROTO_TCP) return;
  const families = suite.families();
  const hasIpv6 = families.includes('AF_INET6');

  for (const [option, row] of TABLE) {
    if (!families.includes(familyOf(option))) continue;
    for (const kind of KINDS) {
      const cell = row[kind];
      const says = [`get ${cell[0]}`, ...(cell[1] === null ? [] : [`set ${cell[1]}`])].join(', ');
      suite.case(`options: ${option} of a fresh ${kind} socket: ${says}`, (sockets) => {
        check(sockets, kind, familyOf(option), option, cell);
      });
    }
  }

  // Not in the tables, but IP_HDRINCL (1831-1860). IPPROTO_IP: reports of Windows
  // (https://github.com/SagerNet/sing/issues/109, https://github.com/ddnet/ddnet/issues/7605); IPPROTO_IPV6
  // is inferred from it.
  for (const other of hasIpv6 ? (['AF_INET', 'AF_INET6'] as const) : []) {
    const level = other === 'AF_INET' ? 'IPPROTO_IPV6' : 'IPPROTO_IP';
    for (const kind of KINDS) {
      suite.case(`options: ${level} is WSAEINVAL for a ${kind} socket of ${other}`, (sockets) => {
        for (const option of [...TABLE.map(([name]) => name), ...CONTROL_SWITCHES]) {
          const { level: its, gettable, settable } = OPTIONS[option];
          if (its !== level || option === 'IPV6_V6ONLY') continue;
          const get = gettable ? 'WSAEINVAL' : 'WSAENOPROTOOPT';
          check(sockets, kind, other, option, [get, settable ? 'WSAEINVAL' : null]);
        }
      });
    }
  }

  for (const kind of hasIpv6 ? KINDS : []) {
    // https://github.com/dotnet/runtime/issues/76410
    suite.case(`options: a dual-stack ${kind} socket also has the options of IPPROTO_IP`, (sockets) => {
      const handle = sockets[kind]('AF_INET6');
      value(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
      for (const [option, to] of [
        ['IP_TTL', 9],
        ['IP_DONTFRAGMENT', true],
        ['IP_DONTFRAGMENT', false],
      ] as const) {
        value(sockets.provider.setSockOpt(handle, option, to));
        assert.equal(value(sockets.provider.getSockOpt(handle, option)), to);
      }
      const group = { multicastAddress: '239.255.77.5', interfaceAddress: '127.0.0.1' };
      const joined = sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', group);
      assert.equal(answer(joined), kind === 'stream' ? 'WSAEINVAL' : 'ok');
    });
  }

  for (const kind of KINDS) {
    for (const option of ['IP_DONTFRAGMENT', 'IPV6_DONTFRAG'] as const) {
      if (!families.includes(familyOf(option))) continue;
      const first = kind === 'stream';
      // 2035-2102
      suite.case(`options: ${option} of a ${kind} socket is ${first ? 'on' : 'off'} at first`, (sockets) => {
        const handle = sockets[kind](familyOf(option));
        assert.equal(value(sockets.provider.getSockOpt(handle, option)), first);
        for (const to of [!first, first]) {
          value(sockets.provider.setSockOpt(handle, option, to));
          assert.equal(value(sockets.provider.getSockOpt(handle, option)), to);
        }
      });
    }
  }
};

/** IPV6_V6ONLY, for every provider with IPv6 (7344-7449). */
export const v6Only = (suite: Suite): void => {
  const hasIpv6 = suite.families().includes('AF_INET6');
  for (const kind of KINDS) {
    for (const family of hasIpv6 ? (['AF_INET', 'AF_INET6'] as const) : []) {
      const of = `a ${kind} socket of ${family}`;
      suite.case(`options: IPV6_V6ONLY of ${of} is on at first, and can be set before bind`, (sockets) => {
        const handle = sockets[kind](family);
        assert.equal(value(sockets.provider.getSockOpt(handle, 'IPV6_V6ONLY')), true);
        for (const to of [false, true]) {
          value(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', to));
          assert.equal(value(sockets.provider.getSockOpt(handle, 'IPV6_V6ONLY')), to);
        }
      });

      suite.case(`options: IPV6_V6ONLY of ${of} can be read but not set after bind`, (sockets) => {
        const handle = sockets[kind](family);
        sockets.bind(handle, family);
        for (const to of [false, true]) {
          // The code is from the page of IPV6_V6ONLY; Wine's tests check only that the call fails.
          refused(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', to), 'WSAEINVAL');
          assert.equal(value(sockets.provider.getSockOpt(handle, 'IPV6_V6ONLY')), true);
        }
      });
    }
  }
};
