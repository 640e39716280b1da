/** MSG_BCAST and MSG_MCAST, for which Linux has no flags. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, internet, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

const ANY = { family: 'AF_INET', address: '0.0.0.0', port: 0 } as const;
const BROADCAST = '127.255.255.255';
const GROUP = '239.255.77.4';

test('broadcast and multicast datagrams are reported so, even those before the first recvMsg', async (t) => {
  const sockets = posixSockets(t);
  const { provider } = sockets;
  const handle = sockets.datagram();
  value(provider.bind(handle, ANY));
  const { port } = internet(value(provider.getSockName(handle)));
  const on = { multicastAddress: GROUP, interfaceAddress: '127.0.0.1' };
  value(provider.setSockOpt(handle, 'IP_ADD_MEMBERSHIP', on));
  const from = sockets.datagram();
  value(provider.setSockOpt(from, 'SO_BROADCAST', true));
  value(provider.setSockOpt(from, 'IP_MULTICAST_IF', 0x0100007f));
  const sendTo = (address: string): void => {
    value(provider.sendTo(from, bytes('x'), 0, { family: 'AF_INET', address, port }));
  };
  const flags = async (): Promise<number | undefined> => {
    const into = Buffer.alloc(8);
    const got = await sockets.once(handle, { read: true }, () => provider.recvMsg(handle, into, 0));
    assert.deepEqual(got.control, [], 'packet information was not asked for');
    return got.flags;
  };
  for (const address of [GROUP, BROADCAST, '127.0.0.1']) sendTo(address);
  await sockets.ready(handle, { read: true });
  assert.equal(await flags(), MESSAGE_FLAGS.MSG_MCAST);
  // Before the first recvMsg Linux keeps no local address with a datagram, so a broadcast looks like any
  // other.
  await flags();
  assert.equal(await flags(), 0);
  for (const address of [GROUP, BROADCAST, '127.0.0.1']) sendTo(address);
  assert.equal(await flags(), MESSAGE_FLAGS.MSG_MCAST);
  assert.equal(await flags(), MESSAGE_FLAGS.MSG_BCAST);
  assert.equal(await flags(), 0);
});

test('the limited broadcast address is refused as a source', (t) => {
  const sockets = posixSockets(t);
  const to = { family: 'AF_INET', address: '127.0.0.1', port: 9 } as const;
  for (const address of ['255.255.255.255', GROUP]) {
    const info = { type: 'IP_PKTINFO', address, interfaceIndex: 0 } as const;
    refused(sockets.provider.sendMsg(sockets.datagram(), bytes('x'), 0, to, [info]), 'WSAEINVAL');
  }
});
