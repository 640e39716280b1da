import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { bytes, type CaseSockets, type Family, internet, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/**
 * Broadcast and multicast. IPv4 uses the loopback interface. Linux routes no IPv6 multicast there, so IPv6
 * uses the first other interface with a group of interface-local scope (RFC 4291, 2.7): such packets, and
 * reports of such groups, never leave the host.
 */

/** The index of an interface for IPv6 multicast; undefined on a machine without one. */
const interface6 = (): number | undefined => {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const linkLocal = all.find((one) => one.family === 'IPv6' && !one.internal && one.scopeid > 0);
  return linkLocal?.family === 'IPv6' ? linkLocal.scopeid : undefined;
};

interface Ways {
  readonly group: string;
  readonly other: string;
  readonly join: 'IP_ADD_MEMBERSHIP' | 'IPV6_ADD_MEMBERSHIP';
  readonly leave: 'IP_DROP_MEMBERSHIP' | 'IPV6_DROP_MEMBERSHIP';
  readonly any: string;
  readonly on: { readonly interfaceAddress: string } | { readonly interfaceIndex: number };
}

const INDEX6 = interface6();

/** Whether loopback is the only interface: then Linux has no route for a broadcast. */
const isAlone = Object.values(networkInterfaces()).every((all) => all?.every(({ internal }) => internal));

const WAYS: Readonly<Record<Family, Ways>> = {
  AF_INET: {
    group: '239.255.77.1',
    other: '239.255.77.2',
    join: 'IP_ADD_MEMBERSHIP',
    leave: 'IP_DROP_MEMBERSHIP',
    any: '0.0.0.0',
    on: { interfaceAddress: '127.0.0.1' },
  },
  AF_INET6: {
    group: 'ff11::77:1',
    other: 'ff11::77:2',
    join: 'IPV6_ADD_MEMBERSHIP',
    leave: 'IPV6_DROP_MEMBERSHIP',
    any: '::',
    on: { interfaceIndex: INDEX6 ?? 1 },
  },
};

/** A datagram socket on every local address, and its port. */
const everywhere = (sockets: CaseSockets, family: Family, port = 0): { handle: Handle; port: number } => {
  const handle = sockets.datagram(family);
  value(sockets.provider.setSockOpt(handle, 'SO_REUSEADDR', true));
  value(sockets.provider.bind(handle, { family, address: WAYS[family].any, port }));
  return { handle, port: internet(value(sockets.provider.getSockName(handle))).port };
};

/** A socket that sends to groups through that interface, where the provider has interfaces. */
const sender = (sockets: CaseSockets, family: Family): Handle => {
  const handle = sockets.datagram(family);
  const chosen =
    family === 'AF_INET'
      ? sockets.provider.setSockOpt(handle, 'IP_MULTICAST_IF', 0x0100007f)
      : sockets.provider.setSockOpt(handle, 'IPV6_MULTICAST_IF', INDEX6 ?? 1);
  if (!chosen.ok) refused(chosen, 'WSAENOPROTOOPT');
  return handle;
};

const send = (sockets: CaseSockets, from: Handle, to: InternetAddress, text: string) =>
  sockets.provider.sendTo(from, bytes(text), 0, to);

const text = async (sockets: CaseSockets, handle: Handle): Promise<string> => {
  const into = Buffer.alloc(100);
  const got = await sockets.once(handle, { read: true }, () => sockets.provider.recvFrom(handle, into, 0));
  return into.toString('latin1', 0, got.bytes);
};

export const multicast = (suite: Suite): void => {
  suite.case('broadcast: without SO_BROADCAST a send is WSAEACCES', (sockets) => {
    const handle = sockets.datagram();
    const to: InternetAddress = { family: 'AF_INET', address: '255.255.255.255', port: 9 };
    refused(send(sockets, handle, to, 'x'), 'WSAEACCES', ...(isAlone ? (['WSAENETUNREACH'] as const) : []));
  });

  suite.case('broadcast: connect needs no SO_BROADCAST, a later send with an address does', (sockets) => {
    const handle = sockets.datagram();
    const to: InternetAddress = { family: 'AF_INET', address: '255.255.255.255', port: 9 };
    const connected = sockets.provider.connect(handle, to);
    if (isAlone && !connected.ok) return refused(connected, 'WSAENETUNREACH');
    value(connected);
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_BROADCAST')), false);
    refused(send(sockets, handle, to, 'x'), 'WSAEACCES');
    refused(sockets.provider.sendMsg(handle, bytes('x'), 0, to, []), 'WSAEACCES');
  });

  const isLab = suite.entries.some(({ provider }) => provider === 'lab');
  for (const family of suite.families()) {
    if (family === 'AF_INET6' && !isLab && INDEX6 === undefined) continue;
    const { group, other, join, leave, on } = WAYS[family];
    const at = (port: number): InternetAddress => ({ family, address: group, port });
    const membership = { multicastAddress: group, ...on };

    suite.case(`multicast: members receive datagrams to the group (${family})`, async (sockets) => {
      const first = everywhere(sockets, family);
      const second = everywhere(sockets, family, first.port);
      const from = sender(sockets, family);
      for (const { handle } of [first, second]) value(sockets.provider.setSockOpt(handle, join, membership));
      value(send(sockets, from, at(first.port), 'to all'));
      assert.equal(await text(sockets, first.handle), 'to all');
      assert.equal(await text(sockets, second.handle), 'to all');
    });

    suite.case(`multicast: a socket that has left receives nothing (${family})`, async (sockets) => {
      const { handle, port } = everywhere(sockets, family);
      value(sockets.provider.setSockOpt(handle, join, membership));
      value(sockets.provider.setSockOpt(handle, leave, membership));
      // A group without members may have no route.
      const sent = send(sockets, sender(sockets, family), at(port), 'not for you');
      if (!sent.ok) refused(sent, 'WSAENETUNREACH', 'WSAEADDRNOTAVAIL');
      const loopback = { family, address: family === 'AF_INET' ? '127.0.0.1' : '::1', port } as const;
      value(send(sockets, sockets.datagram(family), loopback, 'for you'));
      assert.equal(await text(sockets, handle), 'for you');
    });

    suite.case(`multicast: memberships can only be set, and only to groups (${family})`, (sockets) => {
      const { handle } = everywhere(sockets, family);
      refused(sockets.provider.getSockOpt(handle, join), 'WSAENOPROTOOPT');
      const no = { ...membership, multicastAddress: family === 'AF_INET' ? '10.1.2.3' : 'fe80::1' };
      refused(sockets.provider.setSockOpt(handle, join, no), 'WSAEINVAL', 'WSAEADDRNOTAVAIL');
      const notIn = { ...membership, multicastAddress: other };
      refused(sockets.provider.setSockOpt(handle, leave, notIn), 'WSAEADDRNOTAVAIL', 'WSAEINVAL');
      value(sockets.provider.setSockOpt(handle, join, membership));
      refused(sockets.provider.setSockOpt(handle, join, membership), 'WSAEADDRINUSE', 'WSAEINVAL');
    });
  }
};
