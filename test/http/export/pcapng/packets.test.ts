import assert from 'node:assert/strict';
import test from 'node:test';
import { TCP, tcpPacket, udpPacket } from '../../../../src/http/export/pcapng/packets.js';
import { v4, v6 } from '../../../addresses.js';

/** Packets, byte by byte. */

/** The sum of RFC 1071 over bytes that have their checksum in them: ones where it is right. */
const sumOf = (...parts: readonly Uint8Array[]): number => {
  const all = Buffer.concat([...parts, Buffer.alloc(1)]);
  let sum = 0;
  for (let i = 0; i + 1 < all.length; i += 2) sum += all.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
};

/** What stands before a segment in its checksum. */
const pseudo = (addresses: Uint8Array, protocol: number, length: number): Buffer =>
  Buffer.concat([addresses, Buffer.of(0, 0, length >> 8, length & 0xff, 0, 0, 0, protocol)]);

test('an IPv4 datagram has right lengths and checksums, of odd payloads too', () => {
  for (const text of ['', 'x', 'even', 'odd']) {
    const { bytes, length } = udpPacket(v4('127.0.0.1', 1000), v4('127.0.0.2', 2000), Buffer.from(text), 0);
    assert.equal(length, 28 + text.length);
    assert.equal(bytes.readUInt16BE(2), length);
    assert.equal(bytes.readUInt16BE(24), 8 + text.length);
    assert.equal(sumOf(bytes.subarray(0, 20)), 0xffff);
    assert.equal(sumOf(pseudo(bytes.subarray(12, 20), 17, 8 + text.length), bytes.subarray(20)), 0xffff);
  }
});

test('a checksum of UDP that comes to zero is sent as ones: zero says that there is none', () => {
  const [from, to] = [v4('127.0.0.1', 1000), v4('127.0.0.2', 2000)];
  // A payload that is the checksum of the datagram with two zeros takes all of it up.
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(udpPacket(from, to, payload, 0).bytes.readUInt16BE(26));
  assert.equal(udpPacket(from, to, payload, 0).bytes.readUInt16BE(26), 0xffff);
});

test('an IPv6 segment has right lengths and checksum', () => {
  const payload = Buffer.from('odd');
  const segment = { from: v6('::1', 1000), to: v6('fe80::2', 2000), seq: 1, ack: 2, flags: TCP.ACK, payload };
  const { bytes } = tcpPacket(segment);
  assert.equal(bytes[0], 0x60);
  assert.equal(bytes.readUInt16BE(4), 23);
  assert.equal(sumOf(pseudo(bytes.subarray(8, 40), 6, 23), bytes.subarray(40)), 0xffff);
});

test('what was not captured counts in the lengths, and is not there', () => {
  const { bytes, length } = udpPacket(v4('127.0.0.1', 1), v4('127.0.0.2', 2), Buffer.from('ab'), 98);
  assert.deepEqual([bytes.length, length], [30, 128]);
  assert.deepEqual([bytes.readUInt16BE(2), bytes.readUInt16BE(24)], [128, 108]);
});

test('IPv4-mapped addresses are IPv4 on the wire; beside an IPv6 one, IPv4 is mapped', () => {
  const both = udpPacket(v6('::ffff:127.0.0.1', 1), v4('127.0.0.2', 2), Buffer.alloc(0), 0).bytes;
  assert.equal(both.subarray(12, 20).toString('hex'), '7f0000017f000002');
  const mixed = udpPacket(v4('127.0.0.1', 1), v6('::1', 2), Buffer.alloc(0), 0).bytes;
  assert.equal(mixed.subarray(8, 24).toString('hex'), '00000000000000000000ffff7f000001');
});
