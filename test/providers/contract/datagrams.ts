import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { type InternetAddress, sameAddress } from '../../../src/winsock/addresses.js';
import { RECV_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, internet, loopback, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

const bound = (rig: Rig): { readonly handle: Handle; readonly address: InternetAddress } => {
  const handle = rig.datagram();
  return { handle, address: rig.bind(handle) };
};

const textFrom = async (
  rig: Rig,
  handle: Handle,
): Promise<{ text: string; from: InternetAddress | undefined }> => {
  const into = Buffer.alloc(2048);
  const got = await rig.once(handle, { read: true }, () => rig.provider.recvFrom(handle, into, 0));
  return { text: into.toString('latin1', 0, got.bytes), from: got.from && internet(got.from) };
};

/** Datagram sockets. For unreachable datagrams see unreachable.ts. */
export const datagrams = (suite: Suite): void => {
  suite.case('datagrams: a datagram arrives with the address of its sender', async (rig) => {
    const [a, b] = [bound(rig), bound(rig)];
    assert.equal(value(rig.provider.sendTo(a.handle, bytes('hello'), 0, b.address)), 5);
    const got = await textFrom(rig, b.handle);
    assert.equal(got.text, 'hello');
    assert.ok(got.from && sameAddress(got.from, a.address));
  });

  suite.case('datagrams: the first sendTo gives the socket a name', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    refused(rig.provider.getSockName(a), 'WSAEINVAL');
    value(rig.provider.sendTo(a, bytes('x'), 0, b.address));
    const { from } = await textFrom(rig, b.handle);
    assert.equal(from?.port, internet(value(rig.provider.getSockName(a))).port);
    refused(rig.provider.bind(a, loopback()), 'WSAEINVAL');
  });

  suite.case('datagrams: boundaries are kept', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    for (const text of ['one', 'two', 'three']) value(rig.provider.sendTo(a, bytes(text), 0, b.address));
    for (const text of ['one', 'two', 'three']) assert.equal((await textFrom(rig, b.handle)).text, text);
  });

  suite.case('datagrams: an empty datagram arrives, and is no end', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    assert.equal(value(rig.provider.sendTo(a, new Uint8Array(0), 0, b.address)), 0);
    await rig.ready(b.handle, { read: true });
    const got = value(rig.provider.recvFrom(b.handle, new Uint8Array(8), 0));
    assert.deepEqual([got.bytes, got.eof, got.truncated], [0, false, false]);
  });

  suite.case('datagrams: one that does not fit is truncated, and reported so', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    value(rig.provider.sendTo(a, new Uint8Array(100).fill(1), 0, b.address));
    value(rig.provider.sendTo(a, bytes('next'), 0, b.address));
    await rig.ready(b.handle, { read: true });
    const into = new Uint8Array(10);
    const got = value(rig.provider.recv(b.handle, into, 0));
    assert.deepEqual([got.bytes, got.truncated], [10, true]);
    assert.ok(into.every((byte) => byte === 1));
    assert.equal((await textFrom(rig, b.handle)).text, 'next');
    // A datagram that fits exactly is complete, with every receiving call.
    const { MSG_PEEK } = RECV_FLAGS;
    value(rig.provider.sendTo(a, new Uint8Array(10).fill(2), 0, b.address));
    value(rig.provider.sendTo(a, new Uint8Array(10).fill(2), 0, b.address));
    await rig.ready(b.handle, { read: true });
    const peeked = value(rig.provider.recv(b.handle, into, MSG_PEEK));
    const first = value(rig.provider.recv(b.handle, into, 0));
    const second = await rig.once(b.handle, { read: true }, () => rig.provider.recvFrom(b.handle, into, 0));
    for (const whole of [peeked, first, second]) {
      assert.deepEqual([whole.bytes, whole.truncated], [10, false]);
    }
    assert.ok(into.every((byte) => byte === 2));
  });

  suite.case('datagrams: MSG_PEEK leaves the datagram', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    value(rig.provider.sendTo(a, bytes('peeked'), 0, b.address));
    await rig.ready(b.handle, { read: true });
    const got = value(rig.provider.recvFrom(b.handle, new Uint8Array(3), 2));
    assert.deepEqual([got.bytes, got.truncated], [3, true]);
    assert.equal((await textFrom(rig, b.handle)).text, 'peeked');
  });

  suite.case('datagrams: a receive without room removes the datagram, truncated', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    for (const text of ['lost', '', 'next']) value(rig.provider.sendTo(a, bytes(text), 0, b.address));
    for (const truncated of [true, false]) {
      await rig.ready(b.handle, { read: true });
      const got = value(rig.provider.recvFrom(b.handle, new Uint8Array(0), 0));
      assert.deepEqual([got.bytes, got.eof, got.truncated], [0, false, truncated]);
      assert.ok(got.from);
    }
    assert.equal((await textFrom(rig, b.handle)).text, 'next');
  });

  suite.case('datagrams: available is the total of all queued bytes', async (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    assert.equal(value(rig.provider.available(b.handle)), 0);
    value(rig.provider.sendTo(a, bytes('12345'), 0, b.address));
    value(rig.provider.sendTo(a, bytes('678'), 0, b.address));
    await rig.until('both are queued', () => value(rig.provider.available(b.handle)) >= 8);
    assert.equal(value(rig.provider.available(b.handle)), 8);
  });

  suite.case('datagrams: connect sets the peer of send and filters receives', async (rig) => {
    const [a, b, stranger] = [bound(rig), bound(rig), bound(rig)];
    value(rig.provider.connect(a.handle, b.address));
    assert.ok(sameAddress(value(rig.provider.getPeerName(a.handle)), b.address));
    assert.equal(value(rig.provider.send(a.handle, bytes('hi'), 0)), 2);
    assert.equal((await textFrom(rig, b.handle)).text, 'hi');
    value(rig.provider.sendTo(stranger.handle, bytes('not for you'), 0, a.address));
    value(rig.provider.sendTo(b.handle, bytes('for you'), 0, a.address));
    assert.equal((await textFrom(rig, a.handle)).text, 'for you');
    refused(rig.provider.recv(a.handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('datagrams: connect again changes the peer', async (rig) => {
    const [a, b, c] = [bound(rig), bound(rig), bound(rig)];
    value(rig.provider.connect(a.handle, b.address));
    value(rig.provider.connect(a.handle, c.address));
    value(rig.provider.send(a.handle, bytes('to c'), 0));
    assert.equal((await textFrom(rig, c.handle)).text, 'to c');
    refused(rig.provider.recv(b.handle, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('datagrams: connect to the zero address removes the peer', async (rig) => {
    const [a, b] = [bound(rig), bound(rig)];
    for (const port of [0, b.address.port]) {
      value(rig.provider.connect(a.handle, b.address));
      value(rig.provider.connect(a.handle, { family: 'AF_INET', address: '0.0.0.0', port }));
      refused(rig.provider.send(a.handle, bytes('x'), 0), 'WSAENOTCONN');
      refused(rig.provider.getPeerName(a.handle), 'WSAENOTCONN');
    }
    assert.ok(sameAddress(value(rig.provider.getSockName(a.handle)), a.address));
    value(rig.provider.sendTo(b.handle, bytes('again'), 0, a.address));
    assert.equal((await textFrom(rig, a.handle)).text, 'again');
  });

  suite.case('datagrams: send without a peer is WSAENOTCONN', (rig) => {
    refused(rig.provider.send(rig.datagram(), bytes('x'), 0), 'WSAENOTCONN');
    refused(rig.provider.send(bound(rig).handle, bytes('x'), 0), 'WSAENOTCONN');
    refused(rig.provider.getPeerName(bound(rig).handle), 'WSAENOTCONN');
  });

  suite.case('datagrams: receiving without a name is WSAEINVAL', (rig) => {
    refused(rig.provider.recv(rig.datagram(), new Uint8Array(8), 0), 'WSAEINVAL');
    refused(rig.provider.recvFrom(rig.datagram(), new Uint8Array(8), 0), 'WSAEINVAL');
  });

  suite.case('datagrams: listen and accept are refused', (rig) => {
    refused(rig.provider.listen(bound(rig).handle, 5), 'WSAEOPNOTSUPP');
    refused(rig.provider.accept(bound(rig).handle), 'WSAEOPNOTSUPP');
  });

  suite.case('datagrams: shutdown needs no peer, and takes effect', (rig) => {
    const [a, b] = [bound(rig), bound(rig)];
    value(rig.provider.shutdown(a.handle, 'SD_SEND'));
    refused(rig.provider.sendTo(a.handle, bytes('x'), 0, b.address), 'WSAESHUTDOWN');
    value(rig.provider.shutdown(b.handle, 'SD_RECEIVE'));
    refused(rig.provider.recv(b.handle, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    const c = bound(rig);
    value(rig.provider.recvDisconnect(c.handle));
    refused(rig.provider.recvFrom(c.handle, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });

  suite.case('datagrams: shutdown of a connected socket refuses its sends', (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    value(rig.provider.connect(a, b.address));
    value(rig.provider.shutdown(a, 'SD_SEND'));
    refused(rig.provider.send(a, bytes('x'), 0), 'WSAESHUTDOWN');
  });

  suite.case('datagrams: one above the largest size is WSAEMSGSIZE', (rig) => {
    const [a, b] = [rig.datagram(), bound(rig)];
    refused(rig.provider.sendTo(a, new Uint8Array(70_000), 0, b.address), 'WSAEMSGSIZE');
  });

  for (const family of suite.families()) {
    suite.case(`datagrams: send and connect accept port 0 (${family})`, (rig) => {
      const portZero = loopback(family);
      const [socket, peer] = [rig.datagram(family), rig.bind(rig.datagram(family), family)];
      assert.equal(value(rig.provider.sendTo(socket, bytes('abc'), 0, portZero)), 3);
      assert.notEqual(internet(value(rig.provider.getSockName(socket))).port, 0);
      refused(rig.provider.sendTo(socket, new Uint8Array(70_000), 0, portZero), 'WSAEMSGSIZE');
      value(rig.provider.connect(socket, portZero));
      assert.ok(sameAddress(value(rig.provider.getPeerName(socket)), portZero));
      assert.equal(value(rig.provider.send(socket, bytes('abc'), 0)), 3);
      value(rig.provider.connect(socket, peer));
      assert.equal(value(rig.provider.sendTo(socket, bytes('abc'), 0, portZero)), 3);
    });
  }

  suite.case('datagrams: sending to the zero address is WSAEADDRNOTAVAIL', (rig) => {
    for (const port of [0, 9]) {
      const zero = { family: 'AF_INET', address: '0.0.0.0', port } as const;
      refused(rig.provider.sendTo(rig.datagram(), bytes('x'), 0, zero), 'WSAEADDRNOTAVAIL');
    }
  });

  suite.case('datagrams: unsent is always 0', (rig) => {
    assert.ok([0, undefined].includes(value(rig.provider.unsent(bound(rig).handle))));
  });
};
