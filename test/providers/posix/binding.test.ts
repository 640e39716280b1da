import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { bytes, internet, loopback, type Rig, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** A bind with SO_REUSEADDR to a port that is not shared is WSAEACCES, for any holder. */

const bindShared = (rig: Rig, address: InternetAddress) => {
  const late = rig.stream();
  value(rig.provider.setSockOpt(late, 'SO_REUSEADDR', true));
  return rig.provider.bind(late, address);
};

const portOf = (server: Server): number => {
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return address.port;
};

const exclusive = (
  rig: Rig,
  handle: ReturnType<Rig['stream']>,
  address: InternetAddress,
): InternetAddress => {
  value(rig.provider.setSockOpt(handle, 'SO_EXCLUSIVEADDRUSE', true));
  value(rig.provider.bind(handle, address));
  return internet(value(rig.provider.getSockName(handle)));
};

describe('a bind with SO_REUSEADDR', () => {
  it('is WSAEACCES at the port of an exclusive socket', (t) => {
    const rig = rigOf(t);
    const address = exclusive(rig, rig.stream(), loopback());
    refused(bindShared(rig, address), 'WSAEACCES');
  });

  it('is WSAEACCES at the port of another program', async (t) => {
    const rig = rigOf(t);
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const address = loopback('AF_INET', portOf(other));
    refused(bindShared(rig, address), 'WSAEACCES');
    refused(rig.provider.bind(rig.stream(), address), 'WSAEADDRINUSE');
  });

  it('does not conflict with a datagram socket or the other family at the same port', (t) => {
    const rig = rigOf(t);
    const { port } = exclusive(rig, rig.datagram(), loopback());
    exclusive(rig, rig.stream('AF_INET6'), loopback('AF_INET6', port));
    value(bindShared(rig, loopback('AF_INET', port)));
  });
});

it('another provider of the same user shares only with SO_REUSEADDR on both', (t) => {
  const [one, two] = [rigOf(t), rigOf(t)];
  for (const open of [(rig: Rig) => rig.stream(), (rig: Rig) => rig.datagram()]) {
    const [holder, sharer, plain] = [open(one), open(two), open(two)];
    value(one.provider.setSockOpt(holder, 'SO_REUSEADDR', true));
    const address = one.bind(holder);
    refused(two.provider.bind(plain, address), 'WSAEADDRINUSE');
    value(two.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
    value(two.provider.bind(sharer, address));
  }
});

it('a socket that was refused with SO_REUSEADDR shares nothing without it', (t) => {
  const [one, two] = [rigOf(t), rigOf(t)];
  for (const open of [(rig: Rig) => rig.stream(), (rig: Rig) => rig.datagram()]) {
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
  const [one, two] = [rigOf(t), rigOf(t)];
  for (const open of [(rig: Rig) => rig.stream(), (rig: Rig) => rig.datagram()]) {
    const address = one.bind(open(one));
    value(one.provider.bind(open(one), { ...address, address: '0.0.0.0' }));
    refused(two.provider.bind(open(two), address), 'WSAEADDRINUSE');
  }
});

it('a port from bind to port 0 is kept after a failed connect, beside a wildcard', async (t) => {
  const rig = rigOf(t);
  const s = rig.stream();
  const address = rig.bind(s);
  value(rig.provider.bind(rig.stream(), { ...address, address: '0.0.0.0' }));
  rig.begin(s, rig.deadAddress());
  refused(await rig.ended(s), 'WSAECONNREFUSED');
  assert.deepEqual(value(rig.provider.getSockName(s)), address);
});

it('a datagram socket keeps the port from a first call that failed', async (t) => {
  const rig = rigOf(t);
  const hearer = rig.datagram();
  const to = rig.bind(hearer);
  const long = new Uint8Array(70_000);
  for (const first of [
    (s: Handle) => rig.provider.sendTo(s, long, 0, to),
    (s: Handle) => rig.provider.sendMsg(s, long, 0, to, []),
  ]) {
    const s = rig.datagram();
    refused(first(s), 'WSAEMSGSIZE');
    const { port } = internet(value(rig.provider.getSockName(s)));
    refused(rig.provider.recv(s, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
    refused(rig.provider.bind(s, loopback()), 'WSAEINVAL');
    value(rig.provider.sendTo(s, bytes('x'), 0, to));
    const got = await rig.once(hearer, { read: true }, () =>
      rig.provider.recvFrom(hearer, new Uint8Array(8), 0),
    );
    assert.ok(got.from && internet(got.from).port === port);
  }
});

for (const [how, first] of [
  ['sendTo', (rig: Rig, s: Handle, to: InternetAddress) => rig.provider.sendTo(s, bytes('x'), 0, to)],
  ['connect', (rig: Rig, s: Handle, to: InternetAddress) => rig.provider.connect(s, to)],
] as const) {
  it(`a port from ${how} is kept when the peer is removed`, async (t) => {
    const rig = rigOf(t);
    const [s, other] = [rig.datagram(), rig.datagram()];
    const to = rig.bind(other);
    value<unknown>(first(rig, s, to));
    const { port } = internet(value(rig.provider.getSockName(s)));
    value(rig.provider.connect(s, { family: 'AF_INET', address: '0.0.0.0', port: 0 }));
    assert.equal(internet(value(rig.provider.getSockName(s))).port, port);
    value(rig.provider.sendTo(other, bytes('you'), 0, loopback('AF_INET', port)));
    const into = new Uint8Array(8);
    assert.equal((await rig.once(s, { read: true }, () => rig.provider.recv(s, into, 0))).bytes, 3);
  });
}
