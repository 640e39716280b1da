import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import { bytes, type CaseSockets, internet, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** Multicast interfaces by index: loopback has index 1 on every Linux machine. */

const LOOPBACK_INDEX = 1;
/** The index in network order: a number whose bytes in memory are 0.0.0.1. */
const LOOPBACK_DWORD = 0x01000000;
const GROUP = '239.255.77.9';
/** An index that no machine has. */
const NO_INDEX = 0x7ffffffe;

const everywhere = (sockets: CaseSockets): { handle: Handle; port: number } => {
  const handle = sockets.datagram();
  value(sockets.provider.bind(handle, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
  return { handle, port: internet(value(sockets.provider.getSockName(handle))).port };
};

describe('interfaces by their index', () => {
  it('IP_MULTICAST_IF and IP_ADD_MEMBERSHIP accept that of loopback, and datagrams arrive', async (t) => {
    const sockets = posixSockets(t);
    const { handle, port } = everywhere(sockets);
    const membership = { multicastAddress: GROUP, interfaceIndex: LOOPBACK_INDEX };
    value(sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', membership));
    const sender = sockets.datagram();
    value(sockets.provider.setSockOpt(sender, 'IP_MULTICAST_IF', LOOPBACK_DWORD));
    assert.equal(value(sockets.provider.getSockOpt(sender, 'IP_MULTICAST_IF')), LOOPBACK_DWORD);
    value(sockets.provider.sendTo(sender, bytes('hello'), 0, { family: 'AF_INET', address: GROUP, port }));
    const into = Buffer.alloc(16);
    const got = await sockets.once(handle, { read: true }, () => sockets.provider.recvFrom(handle, into, 0));
    assert.equal(into.toString('latin1', 0, got.bytes), 'hello');
  });

  it('a group is joined and left on the named interface', (t) => {
    const sockets = posixSockets(t);
    const { handle } = everywhere(sockets);
    const onLoopback = { multicastAddress: GROUP, interfaceIndex: LOOPBACK_INDEX };
    value(sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', onLoopback));
    // By its address the interface is the same, so the group is joined already.
    const byAddress = { multicastAddress: GROUP, interfaceAddress: '127.0.0.1' };
    refused(sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', byAddress), 'WSAEADDRINUSE');
    value(sockets.provider.setSockOpt(handle, 'IP_DROP_MEMBERSHIP', onLoopback));
    refused(sockets.provider.setSockOpt(handle, 'IP_DROP_MEMBERSHIP', byAddress), 'WSAEADDRNOTAVAIL');
  });

  it('a missing interface is refused, never replaced by another', (t) => {
    const sockets = posixSockets(t);
    const { handle } = everywhere(sockets);
    const nowhere = { multicastAddress: GROUP, interfaceIndex: NO_INDEX };
    refused(sockets.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', nowhere), 'WSAEADDRNOTAVAIL');
    const six = sockets.datagram('AF_INET6');
    const nowhere6 = { multicastAddress: 'ff11::77:9', interfaceIndex: NO_INDEX };
    refused(sockets.provider.setSockOpt(six, 'IPV6_ADD_MEMBERSHIP', nowhere6), 'WSAEADDRNOTAVAIL');
  });
});
