import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** What each of two handles of a socket reports. */

describe('duplicated handles', () => {
  it('a shutdown on one handle wakes a watch on the other', async (t) => {
    const sockets = posixSockets(t);
    const { client } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    let woken = 0;
    for (const handle of [client, second]) sockets.watch(handle, { read: true }, () => woken++);
    value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
    await new Promise(setImmediate);
    assert.equal(woken, 2);
  });

  it('a duplicate made after SD_RECEIVE is readable at once', async (t) => {
    const sockets = posixSockets(t);
    const { client } = await sockets.pair();
    value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    let woken = false;
    sockets.watch(second, { read: true }, () => {
      woken = true;
    });
    await new Promise(setImmediate);
    assert.ok(woken);
    refused(sockets.provider.recv(second, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  it('a duplicate made after an unreachable send reports it', async (t) => {
    const sockets = posixSockets(t);
    const [socket, peer] = [sockets.datagram(), sockets.datagram()];
    sockets.bind(socket);
    value(sockets.provider.connect(socket, sockets.bind(peer)));
    sockets.close(peer);
    value(sockets.provider.send(socket, bytes('nobody'), 0));
    // On loopback the ICMP error arrives at once: this send reads it, and keeps it for a receive.
    value(sockets.provider.send(socket, bytes('again'), 0));
    const second = sockets.own(value(sockets.provider.duplicate(socket)));
    // Clears the error of the second send, which must not cause the wake.
    value(sockets.provider.getSockOpt(socket, 'SO_ERROR'));
    let woken = false;
    sockets.watch(second, { read: true }, () => {
      woken = true;
    });
    await new Promise(setImmediate);
    assert.ok(woken);
    refused(sockets.provider.recv(second, new Uint8Array(8), 0), 'WSAECONNRESET');
  });
});
