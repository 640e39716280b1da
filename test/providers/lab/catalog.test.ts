import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LAB_ENTRIES } from '../../../src/providers/lab/catalog.js';
import { decodeFlags, offers, PFL, XP1 } from '../../../src/winsock/protocol-info.js';
import { failure, Lab, value } from './support.js';

describe('lab catalog', () => {
  it('has every profile for both families, with unique ids', () => {
    assert.deepEqual(
      LAB_ENTRIES.map((entry) => entry.description),
      [
        'lab tp4',
        'lab decnet',
        'lab atm',
        'lab datagram',
        'lab tp4 [IPv6]',
        'lab decnet [IPv6]',
        'lab atm [IPv6]',
        'lab datagram [IPv6]',
      ],
    );
    assert.equal(new Set(LAB_ENTRIES.map((entry) => entry.catalogEntryId)).size, LAB_ENTRIES.length);
  });

  it('L1: the flags of streams have delivery, order, graceful close and connect and disconnect data', () => {
    for (const [name, flags] of [
      ['lab tp4', ['XP1_CONNECT_DATA', 'XP1_DISCONNECT_DATA']],
      ['lab decnet', ['XP1_CONNECT_DATA', 'XP1_DISCONNECT_DATA']],
      ['lab atm', ['XP1_DISCONNECT_DATA']],
    ] as const) {
      const entry = LAB_ENTRIES.find(({ description }) => description === name);
      assert.deepEqual(decodeFlags(XP1, entry?.serviceFlags1 ?? 0), [
        'XP1_GUARANTEED_DELIVERY',
        'XP1_GUARANTEED_ORDER',
        'XP1_GRACEFUL_CLOSE',
        ...flags,
      ]);
    }
  });

  it('L2: a profile has limits only for data in its flags', () => {
    const limits = LAB_ENTRIES.slice(0, 4).map((e) => [e.connectDataLimit, e.disconnectDataLimit]);
    assert.deepEqual(limits, [
      [32, 64],
      [16, 16],
      [undefined, 7],
      [undefined, undefined],
    ]);
    for (const entry of LAB_ENTRIES) {
      assert.equal(offers(entry, 'XP1_CONNECT_DATA'), entry.connectDataLimit !== undefined);
      assert.equal(offers(entry, 'XP1_DISCONNECT_DATA'), entry.disconnectDataLimit !== undefined);
    }
  });

  it('matches protocol zero with one stream and one datagram profile, and never TCP or UDP', () => {
    const matching = LAB_ENTRIES.filter((e) => (e.providerFlags & PFL.PFL_MATCHES_PROTOCOL_ZERO) !== 0);
    assert.deepEqual(
      matching.map((e) => [e.description, e.socketType]),
      [
        ['lab tp4', 1],
        ['lab datagram', 2],
        ['lab tp4 [IPv6]', 1],
        ['lab datagram [IPv6]', 2],
      ],
    );
    assert.ok(LAB_ENTRIES.every((e) => e.protocol > 255));
  });

  it('socket accepts only lab entries, with protocol zero or that of the entry', (t) => {
    const lab = new Lab(t);
    const entry = lab.entry('lab tp4');
    value(lab.provider.socket(entry, entry.protocol));
    failure(lab.provider.socket(entry, 6), 'WSAEPROTONOSUPPORT');
    failure(lab.provider.socket({ ...entry, provider: 'posix' }, 0), 'WSAEINVAL');
    failure(lab.provider.socket({ ...entry, catalogEntryId: 1001 }, 0), 'WSAEINVAL');
  });
});
