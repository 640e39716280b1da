import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { type InternetAddress, sameAddress } from '../../../src/winsock/addresses.js';
import { RECV_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, type CaseSockets, internet, loopback, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const bound = (sockets: CaseSockets): { readonly handle: Handle; readonly address: InternetAddress } => {
  const handle = sockets.datagram();
  return { handle, address: sockets.bind(handle) };
};

const textFrom = async (
  sockets: CaseSockets,
  handle: Handle,
): Promise<{ text: string; from: InternetAddress | undefined }> => {
  const into = Buffer.alloc(2048);
  const got = await sockets.once(handle, { read: true }, () => sockets.provider.recvFrom(handle, into, 0));
  return { text: into.toString('latin1', 0, got.bytes), from: got.from && internet(got.from) };
};

/** Datagram sockets. For unreachable datagrams see unreachable.ts. */
export const datagrams = (suite: Suite): void => {
  suite.case('datagrams: a datagram arrives with the address of its sender', async (sockets) => {
    const [a, b] = [bound(sockets), bound(sockets)];
    assert.equal(value(sockets.provider.sendTo(a.handle, bytes('hello'), 0, b.address)), 5);
    const got = await textFrom(sockets, b.handle);
    assert.equal(got.text, 'hello');
    assert.ok(got.from && sameAddress(got.from, a.address));
  });

  suite.case('datagrams: the first sendTo gives the socket a name', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    refused(sockets.provider.getSockName(a), 'WSAEINVAL');
    value(sockets.provider.sendTo(a, bytes('x'), 0, b.address));
    const { from } = await textFrom(sockets, b.handle);
    assert.equal(from?.port, internet(value(sockets.provider.getSockName(a))).port);
    refused(sockets.provider.bind(a, loopback()), 'WSAEINVAL');
  });

  suite.case('datagrams: boundaries are kept', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    for (const text of ['one', 'two', 'three']) value(sockets.provider.sendTo(a, bytes(text), 0, b.address));
    for (const text of ['one', 'two', 'three']) assert.equal((await textFrom(sockets, b.handle)).text, text);
  });

  suite.case('datagrams: an empty datagram arrives, and is no end', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    assert.equal(value(sockets.provider.sendTo(a, new Uint8Array(0), 0, b.address)), 0);
    await sockets.ready(b.handle, { read: true });
    const got = value(sockets.provider.recvFrom(b.handle, new Uint8Array(8), 0));
    assert.deepEqual([got.bytes, got.eof, got.truncated], [0, false, false]);
  });

  suite.case('datagrams: one that does not fit is truncated, and reported so', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    value(sockets.provider.sendTo(a, new Uint8Array(100).fill(1), 0, b.address));
    value(sockets.provider.sendTo(a, bytes('next'), 0, b.address));
    await sockets.ready(b.handle, { read: true });
    const into = new Uint8Array(10);
    const got = value(sockets.provider.recv(b.handle, into, 0));
    assert.deepEqual([got.bytes, got.truncated], [10, true]);
    assert.ok(into.every((byte) => byte === 1));
    assert.equal((await textFrom(sockets, b.handle)).text, 'next');
    // A datagram that fits exactly is complete, with every receiving call.
    const { MSG_PEEK } = RECV_FLAGS;
    value(sockets.provider.sendTo(a, new Uint8Array(10).fill(2), 0, b.address));
    value(sockets.provider.sendTo(a, new Uint8Array(10).fill(2), 0, b.address));
    await sockets.ready(b.handle, { read: true });
    const peeked = value(sockets.provider.recv(b.handle, into, MSG_PEEK));
    const first = value(sockets.provider.recv(b.handle, into, 0));
    const second = await sockets.once(b.handle, { read: true }, () =>
      sockets.provider.recvFrom(b.handle, into, 0),
    );
    for (const whole of [peeked, first, second]) {
      assert.deepEqual([whole.bytes, whole.truncated], [10, false]);
    }
    assert.ok(into.every((byte) => byte === 2));
  });

  suite.case('datagrams: MSG_PEEK leaves the datagram', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    value(sockets.provider.sendTo(a, bytes('peeked'), 0, b.address));
    await sockets.ready(b.handle, { read: true });
    const got = value(sockets.provider.recvFrom(b.handle, new Uint8Array(3), 2));
    assert.deepEqual([got.bytes, got.truncated], [3, true]);
    assert.equal((await textFrom(sockets, b.handle)).text, 'peeked');
  });

  suite.case('datagrams: a receive without room removes the datagram, truncated', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    for (const text of ['lost', '', 'next']) value(sockets.provider.sendTo(a, bytes(text), 0, b.address));
    for (const truncated of [true, false]) {
      await sockets.ready(b.handle, { read: true });
      const got = value(sockets.provider.recvFrom(b.handle, new Uint8Array(0), 0));
      assert.deepEqual([got.bytes, got.eof, got.truncated], [0, false, truncated]);
      assert.ok(got.from);
    }
    assert.equal((await textFrom(sockets, b.handle)).text, 'next');
  });

  suite.case('datagrams: available is the total of all queued bytes', async (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    assert.equal(value(sockets.provider.available(b.handle)), 0);
    value(sockets.provider.sendTo(a, bytes('12345'), 0, b.address));
    value(sockets.provider.sendTo(a, bytes('678'), 0, b.address));
    await sockets.until('both are queued', () => value(sockets.provider.available(b.handle)) >= 8);
    assert.equal(value(sockets.provider.available(b.handle)), 8);
  });

  suite.case('datagrams: connect sets the peer of send and filters receives', async (sockets) => {
    const [a, b, stranger] = [bound(sockets), bound(sockets), bound(sockets)];
    value(sockets.provider.connect(a.handle, b.address));
    assert.ok(sameAddress(value(sockets.provider.getPeerName(a.handle)), b.address));
    assert.equal(value(sockets.provider.send(a.handle, bytes('hi'), 0)), 2);
    assert.equal((await textFrom(sockets, b.handle)).text, 'hi');
    value(sockets.provider.sendTo(stranger.handle, bytes('not for you'), 0, a.address));
    value(sockets.provider.sendTo(b.handle, bytes('for you'), 0, a.address));
    assert.equal((await textFrom(sockets, a.handle)).text, 'for you');
    refused(sockets.provider.recv(a.handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('datagrams: connect again changes the peer', async (sockets) => {
    const [a, b, c] = [bound(sockets), bound(sockets), bound(sockets)];
    value(sockets.provider.connect(a.handle, b.address));
    value(sockets.provider.connect(a.handle, c.address));
    value(sockets.provider.send(a.handle, bytes('to c'), 0));
    assert.equal((await textFrom(sockets, c.handle)).text, 'to c');
    refused(sockets.provider.recv(b.handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('datagrams: connect to the zero address removes the peer', async (sockets) => {
    const [a, b] = [bound(sockets), bound(sockets)];
    for (const port of [0, b.address.port]) {
      value(sockets.provider.connect(a.handle, b.address));
      value(sockets.provider.connect(a.handle, { family: 'AF_INET', address: '0.0.0.0', port }));
      refused(sockets.provider.send(a.handle, bytes('x'), 0), 'WSAENOTCONN');
      refused(sockets.provider.getPeerName(a.handle), 'WSAENOTCONN');
    }
    assert.ok(sameAddress(value(sockets.provider.getSockName(a.handle)), a.address));
    value(sockets.provider.sendTo(b.handle, bytes('again'), 0, a.address));
    assert.equal((await textFrom(sockets, a.handle)).text, 'again');
  });

  suite.case('datagrams: send without a peer is WSAENOTCONN', (sockets) => {
    refused(sockets.provider.send(sockets.datagram(), bytes('x'), 0), 'WSAENOTCONN');
    refused(sockets.provider.send(bound(sockets).handle, bytes('x'), 0), 'WSAENOTCONN');
    refused(sockets.provider.getPeerName(bound(sockets).handle), 'WSAENOTCONN');
  });

  suite.case('datagrams: receiving without a name is WSAEINVAL', (sockets) => {
    refused(sockets.provider.recv(sockets.datagram(), new Uint8Array(8), 0), 'WSAEINVAL');
    refused(sockets.provider.recvFrom(sockets.datagram(), new Uint8Array(8), 0), 'WSAEINVAL');
  });

  suite.case('datagrams: listen and accept are refused', (sockets) => {
    refused(sockets.provider.listen(bound(sockets).handle, 5), 'WSAEOPNOTSUPP');
    refused(sockets.provider.accept(bound(sockets).handle), 'WSAEOPNOTSUPP');
  });

  suite.case('datagrams: shutdown needs no peer, and takes effect', (sockets) => {
    const [a, b] = [bound(sockets), bound(sockets)];
    value(sockets.provider.shutdown(a.handle, 'SD_SEND'));
    refused(sockets.provider.sendTo(a.handle, bytes('x'), 0, b.address), 'WSAESHUTDOWN');
    value(sockets.provider.shutdown(b.handle, 'SD_RECEIVE'));
    refused(sockets.provider.recv(b.handle, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    const c = bound(sockets);
    value(sockets.provider.recvDisconnect(c.handle));
    refused(sockets.provider.recvFrom(c.handle, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });

  suite.case('datagrams: shutdown of a connected socket refuses its sends', (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    value(sockets.provider.connect(a, b.address));
    value(sockets.provider.shutdown(a, 'SD_SEND'));
    refused(sockets.provider.send(a, bytes('x'), 0), 'WSAESHUTDOWN');
  });

  suite.case('datagrams: one above the largest size is WSAEMSGSIZE', (sockets) => {
    const [a, b] = [sockets.datagram(), bound(sockets)];
    refused(sockets.provider.sendTo(a, new Uint8Array(70_000), 0, b.address), 'WSAEMSGSIZE');
  });

  for (const family of suite.families()) {
    suite.case(`datagrams: send and connect accept port 0 (${family})`, (sockets) => {
      const portZero = loopback(family);
      const [socket, peer] = [sockets.datagram(family), sockets.bind(sockets.datagram(family), family)];
      assert.equal(value(sockets.provider.sendTo(socket, bytes('abc'), 0, portZero)), 3);
      assert.notEqual(internet(value(sockets.provider.getSockName(socket))).port, 0);
      refused(sockets.provider.sendTo(socket, new Uint8Array(70_000), 0, portZero), 'WSAEMSGSIZE');
      value(sockets.provider.connect(socket, portZero));
      assert.ok(sameAddress(value(sockets.provider.getPeerName(socket)), portZero));
      assert.equal(value(sockets.provider.send(socket, bytes('abc'), 0)), 3);
      value(sockets.provider.connect(socket, peer));
      assert.equal(value(sockets.provider.sendTo(socket, bytes('abc'), 0, portZero)), 3);
    });
  }

  suite.case('datagrams: sending to the zero address is WSAEADDRNOTAVAIL', (sockets) => {
    for (const port of [0, 9]) {
      const zero = { family: 'AF_INET', address: '0.0.0.0', port } as const;
      refused(sockets.provider.sendTo(sockets.datagram(), bytes('x'), 0, zero), 'WSAEADDRNOTAVAIL');
    }
  });

  suite.case('datagrams: unsent is always 0', (sockets) => {
    assert.ok([0, undefined].includes(value(sockets.provider.unsent(bound(sockets).handle))));
  });
};
