import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bytes, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** As on the lab; Linux alone would answer ENETUNREACH, and EINVAL to bind. */

const mapped = (port: number) => ({ family: 'AF_INET6', address: '::ffff:127.0.0.1', port }) as const;

for (const kind of ['stream', 'datagram'] as const) {
  it(`an IPv4-mapped address is WSAEADDRNOTAVAIL for a ${kind} socket for IPv6 alone`, (t) => {
    const sockets = posixSockets(t);
    const { provider } = sockets;
    const socket = sockets[kind]('AF_INET6');
    refused(provider.bind(socket, mapped(0)), 'WSAEADDRNOTAVAIL');
    refused(provider.connect(socket, mapped(9)), 'WSAEADDRNOTAVAIL');
    if (kind === 'datagram') {
      refused(provider.sendTo(socket, bytes('x'), 0, mapped(9)), 'WSAEADDRNOTAVAIL');
      refused(provider.sendMsg(socket, bytes('x'), 0, mapped(9), []), 'WSAEADDRNOTAVAIL');
    }
    refused(provider.getSockName(socket), 'WSAEINVAL');
    value(provider.setSockOpt(socket, 'IPV6_V6ONLY', false));
    value(provider.bind(socket, mapped(0)));
    assert.equal(value(provider.getSockName(socket)).family, 'AF_INET6');
  });
}
