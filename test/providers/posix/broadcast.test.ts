import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { it } from 'node:test';
import koffi from 'koffi';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { bytes, internet, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** The broadcast address of the loopback network, which stays on this machine. */
const broadcastAddress = (port: number): InternetAddress => ({
  family: 'AF_INET',
  address: '127.255.255.255',
  port,
});

it('a socket connected to a broadcast address sends to it without SO_BROADCAST', async (t) => {
  const sockets = posixSockets(t);
  const [hearer, sender] = [sockets.datagram(), sockets.datagram()];
  value(sockets.provider.bind(hearer, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
  const to = broadcastAddress(internet(value(sockets.provider.getSockName(hearer))).port);
  refused(sockets.provider.sendTo(sender, bytes('x'), 0, to), 'WSAEACCES');
  value(sockets.provider.connect(sender, to));
  assert.equal(value(sockets.provider.send(sender, bytes('hello'), 0)), 5);
  const into = new Uint8Array(8);
  const got = await sockets.once(hearer, { read: true }, () => sockets.provider.recvFrom(hearer, into, 0));
  assert.equal(Buffer.from(into.subarray(0, got.bytes)).toString(), 'hello');
  assert.equal(value(sockets.provider.getSockOpt(sender, 'SO_BROADCAST')), false);
  refused(sockets.provider.sendTo(sender, bytes('x'), 0, to), 'WSAEACCES');
});

it('a send that Linux denies after a change of routes succeeds', (t) => {
  const libc = loadLibc();
  let denials = 0;
  const denied =
    <A extends readonly unknown[]>(native: (...args: A) => number) =>
    (...args: A): number => {
      if (denials-- <= 0) return native(...args);
      koffi.errno(constants.errno.EACCES);
      return -1;
    };
  const withDenials: Libc = { ...libc, send: denied(libc.send), sendmsg: denied(libc.sendmsg) };
  const sockets = posixSockets(t, withDenials);
  const sender = sockets.datagram();
  value(sockets.provider.connect(sender, broadcastAddress(9)));
  denials = 1;
  assert.equal(value(sockets.provider.send(sender, bytes('hello'), 0)), 5);
  denials = 1;
  assert.equal(value(sockets.provider.sendMsg(sender, bytes('hello'), 0, undefined, [])), 5);
  assert.equal(value(sockets.provider.getSockOpt(sender, 'SO_BROADCAST')), false);
  value(sockets.provider.setSockOpt(sender, 'SO_BROADCAST', true));
  denials = 1;
  refused(sockets.provider.send(sender, bytes('denied by somebody else'), 0), 'WSAEACCES');
  assert.equal(value(sockets.provider.getSockOpt(sender, 'SO_BROADCAST')), true);
});
