import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SockaddrBuffer } from '../../../src/providers/posix/sockaddr.js';
import type { SocketAddress } from '../../../src/winsock/addresses.js';

describe('sockaddr', () => {
  it('writes sockaddr_in', () => {
    const buffer = new SockaddrBuffer();
    const length = buffer.write({ family: 'AF_INET', address: '192.0.2.7', port: 0x1234 });
    assert.equal(buffer.name.toString('hex', 0, length), '02001234c00002070000000000000000');
  });

  it('writes sockaddr_in6 with the Linux number of the family', () => {
    const buffer = new SockaddrBuffer();
    const length = buffer.write({
      family: 'AF_INET6',
      address: 'fe80::1',
      port: 80,
      scopeId: 2,
      flowInfo: 5,
    });
    const expected = ['0a000050', '00000005', `fe80${'0'.repeat(27)}1`, '02000000'].join('');
    assert.equal(buffer.name.toString('hex', 0, length), expected);
  });

  const ADDRESSES: readonly SocketAddress[] = [
    { family: 'AF_INET', address: '0.0.0.0', port: 0 },
    { family: 'AF_INET', address: '255.255.255.255', port: 65_535 },
    { family: 'AF_INET6', address: '::', port: 1 },
    { family: 'AF_INET6', address: '2001:db8::ff00:42:8329', port: 443 },
    { family: 'AF_INET6', address: '::ffff:192.0.2.1', port: 443 },
    { family: 'AF_INET6', address: 'fe80::1', port: 9, scopeId: 0xffffffff, flowInfo: 0xfffff },
  ];
  for (const address of ADDRESSES) {
    it(`reads back ${address.address} port ${address.port}`, () => {
      const buffer = new SockaddrBuffer();
      buffer.write(address);
      assert.deepEqual(buffer.read(), address);
    });
  }

  it('leaves nothing of a longer address behind', () => {
    const buffer = new SockaddrBuffer();
    buffer.write({ family: 'AF_INET6', address: 'ffff::ffff', port: 9, scopeId: 9 });
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 9 });
    assert.ok(buffer.name.subarray(8).every((byte) => byte === 0));
  });

  it('reads nothing where nothing was filled in', () => {
    const buffer = new SockaddrBuffer();
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 9 });
    buffer.expect();
    assert.equal(buffer.read(), undefined);
    assert.equal(buffer.length.readUInt32LE(0), 128);
  });

  const WRONG: readonly SocketAddress[] = [
    { family: 'AF_INET', address: 'localhost', port: 1 },
    { family: 'AF_INET', address: '::1', port: 1 },
    { family: 'AF_INET', address: '127.1', port: 1 },
    { family: 'AF_INET6', address: 'fe80::1%lo', port: 1 },
    { family: 'AF_INET', address: '127.0.0.1', port: 65_536 },
    { family: 'AF_INET', address: '127.0.0.1', port: -1 },
    { family: 'AF_INET6', address: '::1', port: 1, scopeId: 2 ** 32 },
  ];
  for (const address of WRONG) {
    it(`throws for ${JSON.stringify(address)}`, () => {
      assert.throws(() => new SockaddrBuffer().write(address), RangeError);
    });
  }
});
