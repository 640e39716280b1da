import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { bytes, type CaseSockets, internet, loopback, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** A bind with SO_REUSEADDR to a port that is not shared is WSAEACCES, for any holder. */

const bindShared = (sockets: CaseSockets, address: InternetAddress) => {
  const late = sockets.stream();
  value(sockets.provider.setSockOpt(late, 'SO_REUSEADDR', true));
  return sockets.provider.bind(late, address);
};

const portOf = (server: Server): number => {
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return address.port;
};

const exclusive = (
  sockets: CaseSockets,
  handle: ReturnType<CaseSockets['stream']>,
  address: InternetAddress,
): InternetAddress => {
  value(sockets.provider.setSockOpt(handle, 'SO_EXCLUSIVEADDRUSE', true));
  value(sockets.provider.bind(handle, address));
  return internet(value(sockets.provider.getSockName(handle)));
};

describe('a bind with SO_REUSEADDR', () => {
  it('is WSAEACCES at the port of an exclusive socket', (t) => {
    const sockets = posixSockets(t);
    const address = exclusive(sockets, sockets.stream(), loopback());
    refused(bindShared(sockets, address), 'WSAEACCES');
  });

  it('is WSAEACCES at the port of another program', async (t) => {
    const sockets = posixSockets(t);
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const address = loopback('AF_INET', portOf(other));
    refused(bindShared(sockets, address), 'WSAEACCES');
    refused(sockets.provider.bind(sockets.stream(), address), 'WSAEADDRINUSE');
  });

  it('does not conflict with a datagram socket or the other family at the same port', (t) => {
    const sockets = posixSockets(t);
    const port = sockets.freePort();
    exclusive(sockets, sockets.datagram(), loopback('AF_INET', port));
    exclusive(sockets, sockets.stream('AF_INET6'), loopback('AF_INET6', port));
    value(bindShared(sockets, loopback('AF_INET', port)));
  });
});

it('another provider of the same user shares only with SO_REUSEADDR on both', (t) => {
  const [one, two] = [posixSockets(t), posixSockets(t)];
  for (const open of [
    (sockets: CaseSockets) => sockets.stream(),
    (sockets: CaseSockets) => sockets.datagram(),
  ]) {
    const [holder, sharer, plain] = [open(one), open(two), open(two)];
    value(one.provider.setSockOpt(holder, 'SO_REUSEADDR', true));
    const address = one.bind(holder);
    refused(two.provider.bind(plain, address), 'WSAEADDRINUSE');
    value(two.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
    value(two.provider.bind(sharer, address));
  }
});

it('a socket that was refused with SO_REUSEADDR shares nothing without it', (t) => {
  const [one, two] = [posixSockets(t), posixSockets(t)];
  for (const open of [
    (sockets: CaseSockets) => sockets.stream(),
    (sockets: CaseSockets) => sockets.datagram(),
  ]) {
    const [holder, late] = [open(one), open(one)];
    value(one.provider.setSockOpt(holder, 'SO_REUSEADDR', true));
    const address = one.bind(holder);
    value(one.provider.setSockOpt(late, 'SO_REUSEADDR', true));
    refused(one.provider.bind(late, two.bind(open(two))), 'WSAEACCES');
    value(one.provider.setSockOpt(late, 'SO_REUSEADDR', false));
    refused(one.provider.bind(late, address), 'WSAEACCES');
  }
});

it('a wildcard and an address that share a port admit no other program', (t) => {
  const [one, two] = [posixSockets(t), posixSockets(t)];
  for (const open of [
    (sockets: CaseSockets) => sockets.stream(),
    (sockets: CaseSockets) => sockets.datagram(),
  ]) {
    const address = one.bind(open(one));
    value(one.provider.bind(open(one), { ...address, address: '0.0.0.0' }));
    refused(two.provider.bind(open(two), address), 'WSAEADDRINUSE');
  }
});

it('a port from bind to port 0 is kept after a failed connect, beside a wildcard', async (t) => {
  const sockets = posixSockets(t);
  const s = sockets.stream();
  const address = sockets.bind(s);
  value(sockets.provider.bind(sockets.stream(), { ...address, address: '0.0.0.0' }));
  sockets.begin(s, sockets.deadAddress());
  refused(await sockets.ended(s), 'WSAECONNREFUSED');
  assert.deepEqual(value(sockets.provider.getSockName(s)), address);
});

it('a datagram socket keeps the port from a first call that failed', async (t) => {
  const sockets = posixSockets(t);
  const hearer = sockets.datagram();
  const to = sockets.bind(hearer);
  const long = new Uint8Array(70_000);
  for (const first of [
    (s: Handle) => sockets.provider.sendTo(s, long, 0, to),
    (s: Handle) => sockets.provider.sendMsg(s, long, 0, to, []),
  ]) {
    const s = sockets.datagram();
    refused(first(s), 'WSAEMSGSIZE');
    const { port } = internet(value(sockets.provider.getSockName(s)));
    refused(sockets.provider.recv(s, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
    refused(sockets.provider.bind(s, loopback()), 'WSAEINVAL');
    value(sockets.provider.sendTo(s, bytes('x'), 0, to));
    const got = await sockets.once(hearer, { read: true }, () =>
      sockets.provider.recvFrom(hearer, new Uint8Array(8), 0),
    );
    assert.ok(got.from && internet(got.from).port === port);
  }
});

for (const [how, first] of [
  [
    'sendTo',
    (sockets: CaseSockets, s: Handle, to: InternetAddress) => sockets.provider.sendTo(s, bytes('x'), 0, to),
  ],
  ['connect', (sockets: CaseSockets, s: Handle, to: InternetAddress) => sockets.provider.connect(s, to)],
] as const) {
  it(`a port from ${how} is kept when the peer is removed`, async (t) => {
    const sockets = posixSockets(t);
    const [s, other] = [sockets.datagram(), sockets.datagram()];
    const to = sockets.bind(other);
    value<unknown>(first(sockets, s, to));
    const { port } = internet(value(sockets.provider.getSockName(s)));
    value(sockets.provider.connect(s, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
    assert.equal(internet(value(sockets.provider.getSockName(s))).port, port);
    value(sockets.provider.sendTo(other, bytes('you'), 0, loopback('AF_INET', port)));
    const into = new Uint8Array(8);
    assert.equal((await sockets.once(s, { read: true }, () => sockets.provider.recv(s, into, 0))).bytes, 3);
  });
}
