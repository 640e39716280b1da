import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from '../../../../src/http/export/pcapng/packets.js';
import { TcpFlow } from '../../../../src/http/export/pcapng/tcp-flow.js';
import { v4 } from '../../../addresses.js';
import { needs } from '../../../programs.js';
import { fileOf, tshark } from '../../../scenarios/export/exports.js';

/** Packets as a file of the older format pcap: https://www.tcpdump.org/manpages/pcap-savefile.5.txt */
const pcap = (packets: readonly Packet[]): Buffer => {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(0xffff, 16);
  head.writeUInt32LE(101, 20);
  const records = packets.flatMap(({ bytes, length }, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(i, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(length, 12);
    return [record, bytes];
  });
  return Buffer.concat([head, ...records]);
};

test('sequence numbers wrap around in both directions', async (t) => {
  if (!needs(t, 'tshark')) return;
  const flow = new TcpFlow(v4('127.0.0.1', 1000), v4('127.0.0.1', 2000), 0, {
    local: 0xffff_ff00,
    remote: 0xffff_fffe,
  });
  const nothing = new Uint8Array();
  const packets = [
    ...flow.open('local'),
    ...flow.data('local', 10_000, nothing),
    ...flow.data('remote', 5, nothing),
    ...flow.data('remote', 3000, nothing, true),
    ...flow.finish('remote'),
    ...flow.finish('local'),
  ];
  const file = fileOf(t, 'wrap.pcap', pcap(packets));
  const raw = await tshark(file, 'tcp.seq_raw', 'tcp.ack_raw');
  // SYN and FIN take a sequence number each. The last packet acknowledges the local FIN.
  const [seq, ack] = [0xffff_fffe + 1 + 5 + 3000 + 1, 0xffff_ff00 + 1 + 10_000 + 1].map((n) => n % 2 ** 32);
  assert.equal(raw.at(-1), `${seq},${ack}`);
});
