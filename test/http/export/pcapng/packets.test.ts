import assert from 'node:assert/strict';
import test from 'node:test';
import { TCP, tcpPacket, udpPacket } from '../../../../src/http/export/pcapng/packets.js';
import { v4, v6 } from '../../../addresses.js';

/** Packets, byte by byte. */

/** Offsets in IPv4 and IPv6 packets, and lengths of headers. */
const IPV4 = { totalLength: 2, addresses: 12, header: 20 } as const;
const IPV6 = { payloadLength: 4, addresses: 8, header: 40 } as const;
const UDP = { length: IPV4.header + 4, checksum: IPV4.header + 6, header: 8 } as const;

/** The sum of RFC 1071 over bytes that include their checksum: all ones if that is correct. */
const sumOf = (...parts: readonly Uint8Array[]): number => {
  const all = Buffer.concat([...parts, Buffer.alloc(1)]);
  let sum = 0;
  for (let i = 0; i + 1 < all.length; i += 2) sum += all.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
};

/** The pseudo-header that a checksum includes. */
const pseudoHeader = (addresses: Uint8Array, protocol: number, length: number): Buffer =>
  Buffer.concat([addresses, Buffer.of(0, 0, length >> 8, length & 0xff, 0, 0, 0, protocol)]);

test('an IPv4 datagram has correct lengths and checksums, also with an odd payload length', () => {
  for (const text of ['', 'x', 'even', 'odd']) {
    const { bytes, length } = udpPacket(v4('127.0.0.1', 1000), v4('127.0.0.2', 2000), Buffer.from(text), 0);
    const udpLength = UDP.header + text.length;
    assert.equal(length, IPV4.header + udpLength);
    assert.equal(bytes.readUInt16BE(IPV4.totalLength), length);
    assert.equal(bytes.readUInt16BE(UDP.length), udpLength);
    assert.equal(sumOf(bytes.subarray(0, IPV4.header)), 0xffff);
    const addresses = bytes.subarray(IPV4.addresses, IPV4.header);
    assert.equal(sumOf(pseudoHeader(addresses, 17, udpLength), bytes.subarray(IPV4.header)), 0xffff);
  }
});

test('a UDP checksum of zero is sent as all ones, since zero means that there is no checksum', () => {
  const [from, to] = [v4('127.0.0.1', 1000), v4('127.0.0.2', 2000)];
  // A payload that equals the checksum of the datagram with two zeros makes the checksum zero.
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(udpPacket(from, to, payload, 0).bytes.readUInt16BE(UDP.checksum));
  assert.equal(udpPacket(from, to, payload, 0).bytes.readUInt16BE(UDP.checksum), 0xffff);
});

test('an IPv6 segment has a correct length and checksum', () => {
  const payload = Buffer.from('odd');
  const segment = { from: v6('::1', 1000), to: v6('fe80::2', 2000), seq: 1, ack: 2, flags: TCP.ACK, payload };
  const { bytes } = tcpPacket(segment);
  assert.equal(bytes.readUInt8(0), 0x60);
  assert.equal(bytes.readUInt16BE(IPV6.payloadLength), 23);
  const addresses = bytes.subarray(IPV6.addresses, IPV6.header);
  assert.equal(sumOf(pseudoHeader(addresses, 6, 23), bytes.subarray(IPV6.header)), 0xffff);
});

test('payload that was not captured counts in the lengths, but is missing in the bytes', () => {
  const { bytes, length } = udpPacket(v4('127.0.0.1', 1), v4('127.0.0.2', 2), Buffer.from('ab'), 98);
  assert.deepEqual([bytes.length, length], [30, 128]);
  assert.deepEqual([bytes.readUInt16BE(IPV4.totalLength), bytes.readUInt16BE(UDP.length)], [128, 108]);
});

test('a mapped address is IPv4 on the wire; with an IPv6 address at the other end, IPv4 is mapped', () => {
  const ipv4 = udpPacket(v6('::ffff:127.0.0.1', 1), v4('127.0.0.2', 2), Buffer.alloc(0), 0).bytes;
  assert.equal(ipv4.subarray(IPV4.addresses, IPV4.header).toString('hex'), '7f0000017f000002');
  const ipv6 = udpPacket(v4('127.0.0.1', 1), v6('::1', 2), Buffer.alloc(0), 0).bytes;
  const source = ipv6.subarray(IPV6.addresses, IPV6.addresses + 16);
  assert.equal(source.toString('hex'), '00000000000000000000ffff7f000001');
});
