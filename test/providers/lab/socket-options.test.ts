import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OptionName } from '../../../src/winsock/options.js';
import { v6 } from '../../addresses.js';
import { failure, Lab, value } from './support.js';

describe('options', () => {
  it('have the defaults of Winsock and keep their values', (t) => {
    const lab = new Lab(t);
    const s = lab.socket();
    const get = (option: OptionName) => value(lab.provider.getSockOpt(s, option));
    assert.deepEqual(get('SO_LINGER'), { onoff: false, linger: 0 });
    assert.equal(get('SO_SNDBUF'), 65_536);
    assert.equal(get('SO_RCVBUF'), 65_536);
    assert.equal(get('SO_TYPE'), 1);
    assert.equal(get('SO_ERROR'), 0);
    for (const [option, given] of [
      ['SO_LINGER', { onoff: true, linger: 30 }],
      ['SO_SNDBUF', 0],
      ['SO_RCVBUF', 8192],
      ['SO_KEEPALIVE', true],
      ['SO_REUSEADDR', true],
    ] as const) {
      value(lab.provider.setSockOpt(s, option, given));
      assert.deepEqual(get(option), given);
    }
  });

  it('refuse a value out of range, too late or contradictory', (t) => {
    const lab = new Lab(t);
    const s = lab.socket('lab tp4 [IPv6]');
    failure(lab.provider.setSockOpt(s, 'SO_LINGER', { onoff: true, linger: 65_536 }), 'WSAEINVAL');
    failure(lab.provider.setSockOpt(s, 'SO_SNDBUF', -1), 'WSAEINVAL');
    failure(lab.provider.setSockOpt(s, 'SO_KEEPALIVE', 1), 'WSAEINVAL');
    value(lab.provider.setSockOpt(s, 'SO_REUSEADDR', true));
    failure(lab.provider.setSockOpt(s, 'SO_EXCLUSIVEADDRUSE', true), 'WSAEINVAL');
    value(lab.provider.setSockOpt(s, 'SO_REUSEADDR', false));
    value(lab.provider.setSockOpt(s, 'SO_EXCLUSIVEADDRUSE', true));
    failure(lab.provider.setSockOpt(s, 'SO_REUSEADDR', true), 'WSAEINVAL');
    value(lab.provider.bind(s, v6('::1', 0)));
    failure(lab.provider.setSockOpt(s, 'SO_EXCLUSIVEADDRUSE', false), 'WSAEINVAL');
    failure(lab.provider.setSockOpt(s, 'IPV6_V6ONLY', false), 'WSAEINVAL');
  });

  it('are WSAENOPROTOOPT on a socket that lacks them', (t) => {
    const lab = new Lab(t);
    for (const [entry, option] of [
      ['lab tp4', 'TCP_NODELAY'],
      ['lab tp4', 'SO_RCVTIMEO'],
      ['lab datagram', 'SO_LINGER'],
      ['lab tp4', 'IP_PKTINFO'],
      ['lab datagram', 'IPV6_PKTINFO'],
      ['lab datagram [IPv6]', 'IP_PKTINFO'],
      ['lab datagram', 'SO_KEEPALIVE'],
    ] as const) {
      const s = lab.socket(entry);
      failure(lab.provider.getSockOpt(s, option), 'WSAENOPROTOOPT');
      failure(lab.provider.setSockOpt(s, option, true), 'WSAENOPROTOOPT');
    }
  });

  it('limit the size of buffers', (t) => {
    const lab = new Lab(t);
    for (const entry of ['lab tp4', 'lab datagram']) {
      const s = lab.socket(entry);
      for (const option of ['SO_SNDBUF', 'SO_RCVBUF'] as const) {
        value(lab.provider.setSockOpt(s, option, 0x7fffffff));
        assert.equal(value(lab.provider.getSockOpt(s, option)), 4 * 1024 * 1024);
      }
    }
  });
});
