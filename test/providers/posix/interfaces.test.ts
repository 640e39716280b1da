import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import { bytes, internet, type Rig, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** Multicast interfaces by index: loopback has index 1 on every Linux machine. */

const LOOPBACK_INDEX = 1;
/** The index in network order: a number whose bytes in memory are 0.0.0.1. */
const LOOPBACK_DWORD = 0x01000000;
const GROUP = '239.255.77.9';
/** An index that no machine has. */
const NO_INDEX = 0x7ffffffe;

const everywhere = (rig: Rig): { handle: Handle; port: number } => {
  const handle = rig.datagram();
  value(rig.provider.bind(handle, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
  return { handle, port: internet(value(rig.provider.getSockName(handle))).port };
};

describe('interfaces by their index', () => {
  it('IP_MULTICAST_IF and IP_ADD_MEMBERSHIP accept that of loopback, and datagrams arrive', async (t) => {
    const rig = rigOf(t);
    const { handle, port } = everywhere(rig);
    const membership = { multicastAddress: GROUP, interfaceIndex: LOOPBACK_INDEX };
    value(rig.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', membership));
    const sender = rig.datagram();
    value(rig.provider.setSockOpt(sender, 'IP_MULTICAST_IF', LOOPBACK_DWORD));
    assert.equal(value(rig.provider.getSockOpt(sender, 'IP_MULTICAST_IF')), LOOPBACK_DWORD);
    value(rig.provider.sendTo(sender, bytes('hello'), 0, { family: 'AF_INET', address: GROUP, port }));
    const into = Buffer.alloc(16);
    const got = await rig.once(handle, { read: true }, () => rig.provider.recvFrom(handle, into, 0));
    assert.equal(into.toString('latin1', 0, got.bytes), 'hello');
  });

  it('a group is joined and left on the named interface', (t) => {
    const rig = rigOf(t);
    const { handle } = everywhere(rig);
    const onLoopback = { multicastAddress: GROUP, interfaceIndex: LOOPBACK_INDEX };
    value(rig.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', onLoopback));
    // By its address the interface is the same, so the group is joined already.
    const byAddress = { multicastAddress: GROUP, interfaceAddress: '127.0.0.1' };
    refused(rig.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', byAddress), 'WSAEADDRINUSE');
    value(rig.provider.setSockOpt(handle, 'IP_DROP_MEMBERSHIP', onLoopback));
    refused(rig.provider.setSockOpt(handle, 'IP_DROP_MEMBERSHIP', byAddress), 'WSAEADDRNOTAVAIL');
  });

  it('a missing interface is refused, never replaced by another', (t) => {
    const rig = rigOf(t);
    const { handle } = everywhere(rig);
    const nowhere = { multicastAddress: GROUP, interfaceIndex: NO_INDEX };
    refused(rig.provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', nowhere), 'WSAEADDRNOTAVAIL');
    const six = rig.datagram('AF_INET6');
    const nowhere6 = { multicastAddress: 'ff11::77:9', interfaceIndex: NO_INDEX };
    refused(rig.provider.setSockOpt(six, 'IPV6_ADD_MEMBERSHIP', nowhere6), 'WSAEADDRNOTAVAIL');
  });
});
