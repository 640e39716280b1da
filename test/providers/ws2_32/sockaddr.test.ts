import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SockaddrBuffer } from '../../../src/providers/ws2_32/sockaddr.js';
import { ipv6Text, type SocketAddress } from '../../../src/winsock/addresses.js';

const port = fc.integer({ min: 0, max: 0xffff });
const dword = fc.integer({ min: 1, max: 0xffffffff });
const ipv4: fc.Arbitrary<SocketAddress> = fc.record(
  { family: fc.constant('AF_INET' as const), address: fc.ipV4(), port },
  { noNullPrototype: true },
);
const ipv6: fc.Arbitrary<SocketAddress> = fc.record(
  {
    family: fc.constant('AF_INET6' as const),
    address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipv6Text),
    port,
    scopeId: dword,
    flowInfo: dword,
  },
  { requiredKeys: ['family', 'address', 'port'], noNullPrototype: true },
);

describe('SockaddrBuffer', () => {
  it('writes SOCKADDR_IN as winsock2.h lays it out', () => {
    const buffer = new SockaddrBuffer();
    assert.equal(buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 10093 }), 16);
    assert.equal(buffer.name.toString('hex', 0, 16), '0200276d7f0000010000000000000000');
  });

  it('writes SOCKADDR_IN6 as ws2ipdef.h lays it out, AF_INET6 being 23', () => {
    const buffer = new SockaddrBuffer();
    const address: SocketAddress = {
      family: 'AF_INET6',
      address: 'fe80::1',
      port: 80,
      scopeId: 5,
      flowInfo: 0x12345,
    };
    assert.equal(buffer.write(address), 28);
    assert.equal(
      buffer.name.toString('hex', 0, 28),
      '1700005000012345fe80000000000000000000000000000105000000',
    );
  });

  it('reads what it has written, whatever was there before', () => {
    const buffer = new SockaddrBuffer();
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (address) => {
        buffer.write(address);
        assert.deepEqual(buffer.read(), address);
      }),
    );
  });

  it('has no address of a family that the vocabulary lacks, nor before a call has filled one in', () => {
    const buffer = new SockaddrBuffer();
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 1 });
    buffer.expect();
    assert.equal(buffer.read(), undefined);
    assert.equal(buffer.length[0], 128);
    buffer.name.writeUInt16LE(32, 0); // AF_BTH
    assert.equal(buffer.read(), undefined);
  });

  it('throws for what no address holds', () => {
    const buffer = new SockaddrBuffer();
    const bad: readonly SocketAddress[] = [
      { family: 'AF_INET', address: 'localhost', port: 1 },
      { family: 'AF_INET', address: '::1', port: 1 },
      { family: 'AF_INET6', address: 'fe80::1%eth0', port: 1 },
      { family: 'AF_INET', address: '127.0.0.1', port: 65_536 },
      { family: 'AF_INET', address: '127.0.0.1', port: -1 },
      { family: 'AF_INET', address: '127.0.0.1', port: 1.5 },
      { family: 'AF_INET6', address: '::1', port: 1, scopeId: 2 ** 32 },
    ];
    for (const address of bad) assert.throws(() => buffer.write(address), RangeError);
  });
});
