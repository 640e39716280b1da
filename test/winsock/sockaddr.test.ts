import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LINUX_FAMILY } from '../../src/providers/posix/sockaddr.js';
import { ipv6Text, isUnixPath, type SocketAddress } from '../../src/winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../src/winsock/constants.js';
import { SockaddrBuffer } from '../../src/winsock/sockaddr.js';

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

const path: fc.Arbitrary<SocketAddress> = fc.record(
  { family: fc.constant('AF_UNIX' as const), path: fc.string({ unit: 'binary' }).filter(isUnixPath) },
  { noNullPrototype: true },
);

const SYSTEMS = [
  { system: 'Windows', families: ADDRESS_FAMILIES, inet6: '1700' },
  { system: 'Linux', families: LINUX_FAMILY, inet6: '0a00' },
] as const;

for (const { system, families, inet6 } of SYSTEMS) {
  describe(`SockaddrBuffer of ${system}`, () => {
    it('writes an IPv4 address', () => {
      const buffer = new SockaddrBuffer(families);
      assert.equal(buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 10093 }), 16);
      assert.equal(buffer.name.toString('hex', 0, 16), '0200276d7f0000010000000000000000');
    });

    it('writes an IPv6 address, with the family number of the system', () => {
      const buffer = new SockaddrBuffer(families);
      const address = {
        family: 'AF_INET6',
        address: 'fe80::1',
        port: 80,
        scopeId: 5,
        flowInfo: 0x12345,
      } as const;
      assert.equal(buffer.write(address), 28);
      const expected = `${inet6}005000012345fe80${'0'.repeat(27)}105000000`;
      assert.equal(buffer.name.toString('hex', 0, 28), expected);
    });

    it('writes a complete path, with NULs after it', () => {
      const buffer = new SockaddrBuffer(families);
      buffer.write({ family: 'AF_UNIX', path: '/tmp/longer.sock' });
      assert.equal(buffer.write({ family: 'AF_UNIX', path: '/tmp/ä' }), 110);
      assert.equal(buffer.name.toString('hex', 0, 110), `01002f746d702fc3a4${'0'.repeat(202)}`);
    });

    it('reads only up to the length from the system', () => {
      const buffer = new SockaddrBuffer(families);
      buffer.write({ family: 'AF_UNIX', path: '/tmp/x.sock' });
      for (const [length, path] of [
        [2, ''],
        [7, '/tmp/'],
        [128, '/tmp/x.sock'],
        [0, ''],
      ] as const) {
        buffer.length[0] = length;
        assert.deepEqual(buffer.read(), { family: 'AF_UNIX', path });
      }
      buffer.name.write('\0abstract', 2);
      buffer.length[0] = 11;
      assert.deepEqual(buffer.read(), { family: 'AF_UNIX', path: '' }, 'an abstract address shows no name');
    });

    it('reads the address it has written, after any earlier content', () => {
      const buffer = new SockaddrBuffer(families);
      fc.assert(
        fc.property(fc.oneof(ipv4, ipv6, path), (address) => {
          buffer.write(address);
          assert.deepEqual(buffer.read(), address);
        }),
      );
    });
  });
}

describe('SockaddrBuffer', () => {
  it('leaves nothing of a longer address behind', () => {
    const buffer = new SockaddrBuffer(ADDRESS_FAMILIES);
    buffer.write({ family: 'AF_INET6', address: 'ffff::ffff', port: 9, scopeId: 9 });
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 9 });
    assert.ok(buffer.name.subarray(8).every((byte) => byte === 0));
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 9 });
    assert.equal(buffer.writeUnspecified(), 16);
    assert.ok(buffer.name.every((byte) => byte === 0));
  });

  it('has no address for an unknown family, nor before a call has filled one in', () => {
    const buffer = new SockaddrBuffer(ADDRESS_FAMILIES);
    buffer.write({ family: 'AF_INET', address: '127.0.0.1', port: 1 });
    buffer.expect();
    assert.equal(buffer.read(), undefined);
    assert.equal(buffer.length[0], 128);
    buffer.name.writeUInt16LE(32, 0); // AF_BTH
    assert.equal(buffer.read(), undefined);
  });

  const WRONG: readonly SocketAddress[] = [
    { family: 'AF_INET', address: 'localhost', port: 1 },
    { family: 'AF_INET', address: '::1', port: 1 },
    { family: 'AF_INET', address: '127.1', port: 1 },
    { family: 'AF_INET6', address: 'fe80::1%lo', port: 1 },
    { family: 'AF_INET', address: '127.0.0.1', port: 65_536 },
    { family: 'AF_INET', address: '127.0.0.1', port: -1 },
    { family: 'AF_INET', address: '127.0.0.1', port: 1.5 },
    { family: 'AF_INET6', address: '::1', port: 1, scopeId: 2 ** 32 },
    { family: 'AF_UNIX', path: '' },
    { family: 'AF_UNIX', path: 'x'.repeat(108) },
    { family: 'AF_UNIX', path: '\0abstract' },
  ];
  for (const address of WRONG) {
    it(`throws for ${JSON.stringify(address)}`, () => {
      assert.throws(() => new SockaddrBuffer(ADDRESS_FAMILIES).write(address), RangeError);
    });
  }
});
