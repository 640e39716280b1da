import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeOption, encodeOption, OPTION_BYTES } from '../../../src/providers/ws2_32/option-bytes.js';
import type { OptionType, OptionValue } from '../../../src/winsock/options.js';

const hex = (type: OptionType, value: OptionValue) => encodeOption(type, value)?.toString('hex');

describe('option values', () => {
  it('are four bytes in native byte order', () => {
    assert.equal(hex('BOOL', true), '01000000');
    assert.equal(hex('BOOL', false), '00000000');
    assert.equal(hex('int', 0x12345), '45230100');
    assert.equal(hex('int', -1), 'ffffffff');
    assert.equal(hex('DWORD', 0xffffffff), 'ffffffff');
    assert.equal(hex('LINGER', { onoff: true, linger: 3 }), '01000300');
  });

  it('are decoded to the encoded value', () => {
    const values: readonly (readonly [OptionType, OptionValue])[] = [
      ['BOOL', true],
      ['int', -5],
      ['DWORD', 0xfffffffe],
      ['LINGER', { onoff: true, linger: 65_535 }],
    ];
    for (const [type, value] of values) {
      assert.deepEqual(decodeOption(type, encodeOption(type, value) ?? Buffer.alloc(0)), value);
    }
  });

  it('any set bit is TRUE, even in a BOOL of one byte', () => {
    assert.equal(decodeOption('BOOL', Buffer.from([0x20, 0, 0, 0])), true);
    assert.equal(decodeOption('BOOL', Buffer.alloc(OPTION_BYTES)), false);
  });

  it('are structures for memberships: group, source, interface', () => {
    const multicastAddress = '239.1.2.3';
    assert.equal(hex('ip_mreq', { multicastAddress }), 'ef01020300000000');
    const interfaceAddress = '127.0.0.1';
    assert.equal(hex('ip_mreq', { multicastAddress, interfaceAddress }), 'ef0102037f000001');
    assert.equal(hex('ip_mreq', { multicastAddress, interfaceIndex: 258 }), 'ef01020300000102');
    const sourceAddress = '10.0.0.9';
    const sourced = { multicastAddress, interfaceAddress, sourceAddress };
    assert.equal(hex('ip_mreq_source', sourced), 'ef0102030a0000097f000001');
    assert.equal(hex('ip_mreq_source', { multicastAddress, interfaceAddress }), undefined);
    assert.equal(hex('ip_mreq', { multicastAddress, interfaceIndex: 2 ** 24 }), undefined);
    const six = { multicastAddress: 'ff02::5', interfaceIndex: 3 };
    assert.equal(hex('ipv6_mreq', six), `ff02${'00'.repeat(13)}0503000000`);
    assert.equal(hex('ipv6_mreq', { multicastAddress }), undefined);
    assert.equal(hex('ip_mreq', true), undefined);
  });

  it('are undefined for another type or a value out of range', () => {
    const bad: readonly (readonly [OptionType, OptionValue])[] = [
      ['BOOL', 1],
      ['int', true],
      ['int', 2 ** 31],
      ['int', 0.5],
      ['int', Number.NaN],
      ['DWORD', -1],
      ['DWORD', 2 ** 32],
      ['LINGER', 5],
      ['LINGER', { onoff: true, linger: 65_536 }],
      ['LINGER', { onoff: true, linger: -1 }],
    ];
    for (const [type, value] of bad) assert.equal(encodeOption(type, value), undefined);
  });
});
