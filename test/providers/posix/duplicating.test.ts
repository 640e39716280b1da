import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** What each of two handles of a socket reports. */

describe('duplicated handles', () => {
  it('a shutdown on one handle wakes a watch on the other', async (t) => {
    const rig = rigOf(t);
    const { client } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    let woken = 0;
    for (const handle of [client, second]) rig.watch(handle, { read: true }, () => woken++);
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    await new Promise(setImmediate);
    assert.equal(woken, 2);
  });

  it('a duplicate made after SD_RECEIVE is readable at once', async (t) => {
    const rig = rigOf(t);
    const { client } = await rig.pair();
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    const second = rig.own(value(rig.provider.duplicate(client)));
    let woken = false;
    rig.watch(second, { read: true }, () => {
      woken = true;
    });
    await new Promise(setImmediate);
    assert.ok(woken);
    refused(rig.provider.recv(second, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  it('a duplicate made after an unreachable send reports it', async (t) => {
    const rig = rigOf(t);
    const [socket, peer] = [rig.datagram(), rig.datagram()];
    rig.bind(socket);
    value(rig.provider.connect(socket, rig.bind(peer)));
    rig.close(peer);
    value(rig.provider.send(socket, bytes('nobody'), 0));
    // On loopback the ICMP error arrives at once: this send reads it, and keeps it for a receive.
    value(rig.provider.send(socket, bytes('again'), 0));
    const second = rig.own(value(rig.provider.duplicate(socket)));
    // Clears the error of the second send, which must not cause the wake.
    value(rig.provider.getSockOpt(socket, 'SO_ERROR'));
    let woken = false;
    rig.watch(second, { read: true }, () => {
      woken = true;
    });
    await new Promise(setImmediate);
    assert.ok(woken);
    refused(rig.provider.recv(second, new Uint8Array(8), 0), 'WSAECONNRESET');
  });
});
