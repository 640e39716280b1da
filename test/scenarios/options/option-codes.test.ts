/** Every option in every state of a socket: its operation states every code that is answered. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { OPTIONS, type OptionName, type OptionType } from '../../../src/winsock/options.js';
import type { Body } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import {
  FAMILIES,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSession,
  type TestSocket,
} from '../test-daemon.js';

type MakeSocket = (session: TestSession, family: (typeof FAMILIES)[number]) => Promise<TestSocket>;

/** Sockets in each of their states. */
const STATES: Readonly<Record<string, MakeSocket>> = {
  'fresh stream': (session, family) => session.stream(family),
  'bound stream': async (session, family) => {
    const socket = await session.stream(family);
    await socket.ok('bind', { address: loopback(family, 0) });
    return socket;
  },
  listener: (session, family) => session.listener(family),
  'connected stream': async (session, family) => (await session.pair(family))[0],
  'stream shut both ways': async (session, family) => {
    const [socket] = await session.pair(family);
    await socket.ok('shutdown', { how: 'SD_BOTH' });
    return socket;
  },
  'reset stream': async (session, family) => {
    const [socket, peer] = await session.pair(family);
    await peer.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
    await peer.ok('close');
    await session.ok('select', { read: [socket.id], timeoutMs: 10_000 });
    return socket;
  },
  'fresh datagram': (session, family) => session.datagram(family),
  'bound datagram': async (session, family) => {
    const socket = await session.datagram(family);
    await socket.ok('bind', { address: loopback(family, 0) });
    return socket;
  },
  'connected datagram': async (session, family) => {
    const [socket, peer] = [await session.datagram(family), await session.datagram(family)];
    await peer.ok('bind', { address: loopback(family, 0) });
    await socket.ok('connect', { address: await peer.sockName() });
    return socket;
  },
};

/** Under Wine each call takes long: there only some of the states are tested. */
const states = Object.entries(STATES).filter(([state]) => !isWine() || /^(?:fresh|connected)/.test(state));

const membership4 = { multicastAddress: '239.255.77.9', interfaceAddress: '127.0.0.1' };

/** Values that fit the type: ordinary ones and extremes. */
const VALUES: Readonly<Record<OptionType, readonly object[]>> = {
  BOOL: [{ boolean: true }, { boolean: false }],
  int: [{ integer: 1 }, { integer: 0 }, { integer: -1 }, { integer: 0x7fffffff }],
  DWORD: [{ integer: 1 }, { integer: 0 }, { integer: 300 }, { integer: 0xffffffff }],
  LINGER: [{ linger: { onoff: true, linger: 65_535 } }, { linger: { onoff: false, linger: 0 } }],
  ip_mreq: [{ membership: membership4 }, { membership: { multicastAddress: '127.0.0.1' } }],
  ip_mreq_source: [{ membership: { ...membership4, sourceAddress: '127.0.0.1' } }],
  ipv6_mreq: [{ membership: { multicastAddress: 'ff02::77', interfaceIndex: 1 } }],
  WSAPROTOCOL_INFO: [],
};

const POLICY = {
  connect: { allow: ['127.0.0.0/8', '::1/128'] },
  bind: { allow: ['127.0.0.0/8', '::1/128', '239.255.0.0/16', 'ff00::/8'] },
};

// startDaemon answers 500 to a call whose code its operation does not state.
const daemon = await startDaemon({ after }, { config: { policy: POLICY }, keepAlive: true });

const NAMES = Object.keys(OPTIONS) as OptionName[]; // the keys of the table are its names

for (const provider of PROVIDERS) {
  describe(`codes of options on ${provider}`, () => {
    for (const family of FAMILIES) {
      for (const [state, make] of states) {
        test(`${state} of ${family}`, async () => {
          const session = await startSession(daemon, provider);
          const socket = await make(session, family);
          const path = (name: OptionName) =>
            `/v1/sockets/${socket.id}/options/${OPTIONS[name].level}/${name}`;
          const wrong: string[] = [];
          const judge = (what: string, status: number, body: Body): void => {
            if (status >= 500) wrong.push(`${what}: ${status} ${body.name ?? body.detail}`);
          };
          for (const name of NAMES) {
            const got = await daemon.api.get(path(name));
            judge(`get ${name}`, got.status, got.body);
          }
          for (const name of NAMES) {
            for (const value of VALUES[OPTIONS[name].type]) {
              const set = await daemon.api.put(path(name), { value });
              judge(`set ${name} ${JSON.stringify(value)}`, set.status, set.body);
            }
          }
          assert.deepEqual(wrong, []);
        });
      }
    }

    if (provider !== 'lab') {
      const mtu = { skip: isWine() && 'Wine does not know IP_MTU: WSAENOPROTOOPT' };
      test('IP_MTU and IPV6_MTU are WSAENOTCONN on a socket that is not connected', mtu, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        for (const [family, path] of [
          ['AF_INET', 'IPPROTO_IP/IP_MTU'],
          ['AF_INET6', 'IPPROTO_IPV6/IPV6_MTU'],
        ] as const) {
          for (const socket of [await session.stream(family), await session.datagram(family)]) {
            const { name, status } = await daemon.api.problem.get(`/v1/sockets/${socket.id}/options/${path}`);
            assert.deepEqual([name, status], ['WSAENOTCONN', 409]);
          }
        }
      });

      const index = { skip: isWine() && 'Wine answers WSAEINVAL' };
      test('an interface that does not exist is WSAEADDRNOTAVAIL', index, async (t) => {
        const daemon = await startDaemon(t);
        const socket = await (await startSession(daemon, provider)).datagram('AF_INET6');
        const path = `/v1/sockets/${socket.id}/options/IPPROTO_IPV6/IPV6_MULTICAST_IF`;
        assert.equal(
          (await daemon.api.problem.put(path, { value: { integer: 65_000 } })).name,
          'WSAEADDRNOTAVAIL',
        );
      });
    }
  });
}
