import { type Entry, missingPayload, type SocketLife } from '../socket-life.js';
import { DatagramPackets } from './datagram-packets.js';
import type { PacketSource, TimedPacket } from './packet-source.js';
import type { Packet } from './packets.js';
import { StreamPackets } from './stream-packets.js';

/**
 * Packets made from the calls of a socket, in the order of the journal. They were not captured from a wire:
 * the bytes of a call are sent when the call ended, and what the peer did appears when a call reported it. A
 * result that a fault invented is not a packet.
 */
export function* conversation(life: SocketLife): Generator<TimedPacket> {
  const epoch = epochOf(life);
  if (epoch === undefined) return;
  let latest = 0;
  // The journal drops its oldest entries: the comment of the first packet says how many are missing.
  let missing = life.dropped > 0 ? `${life.dropped} earlier calls are missing; ` : '';
  const timed = (at: number, packet: Packet, comment: string | undefined): TimedPacket => {
    latest = Math.max(latest, at);
    const whole = comment === undefined ? undefined : `${missing}${comment}`;
    missing = '';
    return { at: epoch + latest, packet, comment: whole };
  };
  const source: PacketSource =
    life.type === 'SOCK_DGRAM' ? new DatagramPackets(life) : new StreamPackets(life);
  for (const entry of life.entries) {
    let comment: string | undefined = commentOf(entry);
    for (const { packet, began } of source.packetsOf(entry)) {
      yield timed(began ? entry.at - entry.nativeUs - entry.waitUs : entry.at, packet, comment);
      comment = undefined;
    }
  }
  let comment: string | undefined = life.endReason;
  for (const packet of source.ended()) {
    yield timed(life.endedAt ?? latest, packet, comment);
    comment = undefined;
  }
}

/** The beginning of the session in microseconds. A duplicated id also has entries of another session. */
const epochOf = ({ entries, socketId }: SocketLife): number | undefined => {
  const own = entries.find((entry) => entry.op.does !== 'duplicates' || entry.socketId === socketId);
  const [first] = entries;
  const dated = own ?? first;
  return dated && Date.parse(dated.time) * 1000 - dated.at;
};

const commentOf = (entry: Entry): string => {
  const call = `${entry.operation} (journal ${entry.sequence})`;
  const missing = missingPayload(entry);
  return missing === undefined ? call : `${call}; ${missing}`;
};
