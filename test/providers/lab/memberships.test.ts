import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Memberships } from '../../../src/providers/lab/memberships.js';
import type { OptionName, OptionValue } from '../../../src/winsock/options.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { failure, value } from './support.js';

const MDNS = { multicastAddress: '224.0.0.251' };

const set = (memberships: Memberships, option: OptionName, to: OptionValue): Outcome<void> =>
  memberships.set(option, to) ?? assert.fail(`${option} is not of memberships`);

describe('memberships', () => {
  it('join and leave a group once', () => {
    const memberships = new Memberships('AF_INET');
    failure(set(memberships, 'IP_DROP_MEMBERSHIP', MDNS), 'WSAEADDRNOTAVAIL');
    value(set(memberships, 'IP_ADD_MEMBERSHIP', MDNS));
    failure(set(memberships, 'IP_ADD_MEMBERSHIP', MDNS), 'WSAEADDRINUSE');
    assert.ok(memberships.has(MDNS.multicastAddress));
    value(set(memberships, 'IP_DROP_MEMBERSHIP', MDNS));
    assert.ok(!memberships.has(MDNS.multicastAddress));
  });

  it('are found by any spelling of the group and any name of the option', () => {
    const memberships = new Memberships('AF_INET6');
    value(set(memberships, 'IPV6_JOIN_GROUP', { multicastAddress: 'FF02:0::fb' }));
    assert.ok(memberships.has('ff02::fb'));
    value(set(memberships, 'IPV6_DROP_MEMBERSHIP', { multicastAddress: 'ff02::fb' }));
  });

  it('are 256 at most', () => {
    const memberships = new Memberships('AF_INET');
    const group = (i: number) => ({ multicastAddress: `239.0.${i >> 8}.${i & 255}` });
    for (let i = 0; i < 256; i++) value(set(memberships, 'IP_ADD_MEMBERSHIP', group(i)));
    failure(set(memberships, 'IP_ADD_MEMBERSHIP', group(256)), 'WSAENOBUFS');
    value(set(memberships, 'IP_DROP_MEMBERSHIP', group(0)));
    value(set(memberships, 'IP_ADD_MEMBERSHIP', group(256)));
  });

  it('accept only groups', () => {
    const memberships = new Memberships('AF_INET');
    failure(set(memberships, 'IP_ADD_MEMBERSHIP', { multicastAddress: '127.0.0.1' }), 'WSAEINVAL');
    failure(set(memberships, 'IP_ADD_MEMBERSHIP', 1), 'WSAEINVAL');
  });

  it('ignore all other options, even those of the other family', () => {
    const memberships = new Memberships('AF_INET');
    assert.equal(memberships.set('IPV6_ADD_MEMBERSHIP', { multicastAddress: 'ff02::fb' }), undefined);
    assert.equal(memberships.set('SO_BROADCAST', true), undefined);
  });
});
