import assert from 'node:assert/strict';
import { offers } from '../../../src/winsock/protocol-info.js';
import { defaultEntry, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** enumProtocols and socket. */
export const catalog = (suite: Suite): void => {
  suite.case('catalog: has a default stream and a default datagram entry', () => {
    assert.ok(defaultEntry(suite.entries, 'SOCK_STREAM'));
    assert.ok(defaultEntry(suite.entries, 'SOCK_DGRAM'));
  });

  suite.case('catalog: entries name this provider and have unique ids', (sockets) => {
    const ids = suite.entries.map((entry) => entry.catalogEntryId);
    assert.equal(new Set(ids).size, ids.length);
    for (const entry of suite.entries) {
      assert.equal(entry.provider, sockets.provider.name);
      assert.match(entry.providerId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });

  suite.case('catalog: the limits of connect and disconnect data go with their flags', () => {
    for (const entry of suite.entries) {
      assert.equal(entry.connectDataLimit !== undefined, offers(entry, 'XP1_CONNECT_DATA'));
      assert.equal(entry.disconnectDataLimit !== undefined, offers(entry, 'XP1_DISCONNECT_DATA'));
    }
  });

  suite.case('catalog: the flags of an entry match its type', () => {
    const stream = defaultEntry(suite.entries, 'SOCK_STREAM');
    const datagram = defaultEntry(suite.entries, 'SOCK_DGRAM');
    assert.ok(stream && datagram);
    assert.ok(offers(stream, 'XP1_GUARANTEED_DELIVERY') && offers(stream, 'XP1_GUARANTEED_ORDER'));
    assert.ok(offers(stream, 'XP1_GRACEFUL_CLOSE') && !offers(stream, 'XP1_CONNECTIONLESS'));
    assert.ok(offers(datagram, 'XP1_CONNECTIONLESS') && offers(datagram, 'XP1_MESSAGE_ORIENTED'));
  });

  suite.case('catalog: sockets are made from the entries that were last read', (sockets) => {
    assert.deepEqual(sockets.provider.protocols, suite.entries);
  });

  suite.case('catalog: socket takes the protocol of the entry, and no other', (sockets) => {
    const entry = defaultEntry(suite.entries, 'SOCK_STREAM');
    assert.ok(entry);
    sockets.own(value(sockets.provider.socket(entry, entry.protocol)));
    refused(sockets.provider.socket(entry, entry.protocol + 100), 'WSAEPROTONOSUPPORT');
  });
};
