import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** What one handle is told of a socket that two of them name. */

describe('duplicated handles', () => {
  it('a shutdown by one handle wakes who waits with the other', async (t) => {
    const rig = rigOf(t);
    const { client } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    let woken = 0;
    for (const handle of [client, second]) rig.watch(handle, { read: true }, () => woken++);
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    await new Promise(setImmediate);
    assert.equal(woken, 2);
  });

  it('one made after SD_RECEIVE does not wait for bytes', async (t) => {
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

  it('one made after a send had found nobody is told so, too', async (t) => {
    const rig = rigOf(t);
    const [socket, peer] = [rig.datagram(), rig.datagram()];
    rig.bind(socket);
    value(rig.provider.connect(socket, rig.bind(peer)));
    rig.close(peer);
    value(rig.provider.send(socket, bytes('nobody'), 0));
    // On loopback the answer is there at once: this send hears it, and keeps it for a receive.
    value(rig.provider.send(socket, bytes('again'), 0));
    const second = rig.own(value(rig.provider.duplicate(socket)));
    // What the second send has drawn as well is not what wakes it.
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
