import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ipv4Bytes,
  ipv4Text,
  ipv6Bytes,
  ipv6Text,
  isAddressOf,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnixPath,
  isUnspecified,
  mappedIpv4,
  sameAddress,
} from '../../src/winsock/addresses.js';
import { v4, v6 } from '../addresses.js';

test('every IPv6 address can be written and read again, in the canonical form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.array(fc.nat(7)), (bytes, zeroed) => {
      for (const group of zeroed) bytes.fill(0, 2 * group, 2 * group + 2);
      const text = ipv6Text(bytes);
      assert.ok(isIPv6(text), text);
      assert.deepEqual([...ipv6Bytes(text)], [...bytes], text);
    }),
  );
});

test('texts of RFC 5952 section 4 and 5', () => {
  const cases = {
    '2001:0db8:0:0:0:0:2:1': '2001:db8::2:1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '0:0:0:0:0:0:0:0': '::',
    '::1': '::1',
    '1::': '1::',
    '::FFFF:10.0.0.1': '::ffff:10.0.0.1',
  };
  for (const [given, canonical] of Object.entries(cases)) assert.equal(ipv6Text(ipv6Bytes(given)), canonical);
});

test('IPv4 bytes and text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      assert.deepEqual([...ipv4Bytes(ipv4Text(bytes))], [...bytes]);
    }),
  );
});

test('only numeric literals without zone or short form are addresses', () => {
  assert.ok(isAddressOf('AF_INET', '127.0.0.1'));
  assert.ok(isAddressOf('AF_INET6', '::1'));
  for (const odd of ['localhost', '127.1', '0177.0.0.1', '1.2.3.4.5', '::1', '']) {
    assert.ok(!isAddressOf('AF_INET', odd), odd);
  }
  for (const odd of ['fe80::1%lo', '127.0.0.1', '1::2::3']) assert.ok(!isAddressOf('AF_INET6', odd), odd);
});

test('an IPv4-mapped address contains its IPv4 address', () => {
  assert.equal(mappedIpv4('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(mappedIpv4('::ffff:c000:201'), '192.0.2.1');
  assert.equal(mappedIpv4('::1'), undefined);
});

test('endpoints are equal in any spelling', () => {
  const a = { family: 'AF_INET6', address: '::1', port: 80 } as const;
  assert.ok(sameAddress(a, { family: 'AF_INET6', address: '0:0:0:0:0:0:0:1', port: 80 }));
  assert.ok(!sameAddress(a, { family: 'AF_INET6', address: '::1', port: 81 }));
  assert.ok(!sameAddress(a, { family: 'AF_INET', address: '127.0.0.1', port: 80 }));
});

test('a path has 1 to 107 bytes of UTF-8 and no NUL', () => {
  for (const path of ['/tmp/x.sock', 'x', 'C:\\rig\\x.sock', 'x'.repeat(107), `${'ä'.repeat(53)}x`]) {
    assert.ok(isUnixPath(path), path);
  }
  for (const path of ['', '\0abstract', '/tmp/a\0b', 'x'.repeat(108), 'ä'.repeat(54)]) {
    assert.ok(!isUnixPath(path), path);
  }
});

test('a path equals only the same path, and is never unspecified', () => {
  const a = { family: 'AF_UNIX', path: '/tmp/a' } as const;
  assert.ok(sameAddress(a, { ...a }));
  assert.ok(!sameAddress(a, { family: 'AF_UNIX', path: '/tmp/b' }));
  for (const other of [
    { family: 'AF_INET', address: '0.0.0.0', port: 0 },
    { family: 'AF_INET6', address: '::', port: 0 },
  ] as const) {
    assert.ok(!sameAddress(a, other) && !sameAddress(other, a));
    assert.ok(isUnspecified(other) && !isUnspecified(a));
  }
});

test('only the zero address with port 0 is unspecified', () => {
  for (const [family, address, port, is] of [
    ['AF_INET', '0.0.0.0', 0, true],
    ['AF_INET', '0.0.0.0', 80, false],
    ['AF_INET', '0.0.0.1', 0, false],
    ['AF_INET6', '::', 0, true],
    ['AF_INET6', '::', 80, false],
    ['AF_INET6', '1::', 0, false],
  ] as const) {
    assert.equal(isUnspecified({ family, address, port }), is, `${address} ${port}`);
  }
});

test('link-local endpoints are equal only on the same link', () => {
  const a = { family: 'AF_INET6', address: 'fe80::1', port: 80, scopeId: 2 } as const;
  assert.ok(sameAddress(a, { ...a }));
  assert.ok(!sameAddress(a, { ...a, scopeId: 3 }));
  const { scopeId: _scopeId, ...none } = a;
  assert.ok(!sameAddress(a, none));
  assert.ok(sameAddress(none, { ...none, scopeId: 0 }));
});

test('an address is shown as IPv4-mapped only if all before its ffff is zero', () => {
  for (const text of ['1:2:3:4:5:ffff:c000:201', '1::ffff:c000:201', '::1:ffff:c000:201']) {
    assert.equal(ipv6Text(ipv6Bytes(text)), text);
    assert.equal(mappedIpv4(text), undefined);
  }
});

test('the broadcast address of 127.0.0.0/8 is no loopback host', () => {
  for (const [family, address, is] of [
    ['AF_INET', '127.0.0.1', true],
    ['AF_INET', '127.255.255.254', true],
    ['AF_INET', '127.255.255.255', false],
    ['AF_INET', '128.0.0.1', false],
    ['AF_INET6', '0:0::1', true],
    ['AF_INET6', '::2', false],
  ] as const) {
    assert.equal(isLoopback({ family, address, port: 1 }), is, address);
  }
});

for (const [address, is] of [
  ['223.255.255.255', false],
  ['224.0.0.0', true],
  ['239.255.255.255', true],
  ['240.0.0.0', false],
] as const) {
  test(`multicast: ${address} ${is}`, () => assert.equal(isMulticast(v4(address, 1)), is));
}
for (const [address, is] of [
  ['ff00::', true],
  ['fe80::1', false],
  ['::ff00', false],
  ['::ffff:224.0.0.1', true],
  ['::ffff:223.0.0.1', false],
] as const) {
  test(`multicast: ${address} ${is}`, () => assert.equal(isMulticast(v6(address, 1)), is));
}

for (const [address, is] of [
  ['fe80::1', true],
  ['febf::1', true],
  ['fec0::1', false],
  ['fe7f::1', false],
  ['::1', false],
] as const) {
  test(`link-local: ${address} ${is}`, () =>
    assert.equal(isLinkLocal({ ...v6(address, 1), family: 'AF_INET6' }), is));
}
