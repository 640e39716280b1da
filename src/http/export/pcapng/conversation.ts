import { type Entry, notAllCaptured, type SocketLife } from '../socket-life.js';
import { Datagrams } from './datagrams.js';
import type { Packet } from './packets.js';
import type { PacketSource, TimedPacket } from './sent-packet.js';
import { Stream } from './stream.js';

/**
 * The packets that the calls of a socket stand for, in the order of the journal. They are made from the
 * calls, not seen on a wire: one call's bytes go out when the call ended, what the peer did is seen when a
 * call told it. What a fault has made up is no packet.
 */
export function* conversation(life: SocketLife): Generator<TimedPacket> {
  const epoch = epochOf(life);
  if (epoch === undefined) return;
  let latest = 0;
  // What is missing is missing before the first packet that is there.
  let missing = life.dropped > 0 ? `${life.dropped} earlier calls are missing; ` : '';
  const seen = (at: number, packet: Packet, comment: string | undefined): TimedPacket => {
    latest = Math.max(latest, at);
    const whole = comment === undefined ? undefined : `${missing}${comment}`;
    missing = '';
    return { at: epoch + latest, packet, comment: whole };
  };
  const side: PacketSource = life.type === 'SOCK_DGRAM' ? new Datagrams(life) : new Stream(life);
  for (const entry of life.entries) {
    let comment: string | undefined = commentOf(entry);
    for (const { packet, began } of side.packetsOf(entry)) {
      yield seen(began ? entry.at - entry.nativeUs - entry.waitUs : entry.at, packet, comment);
      comment = undefined;
    }
  }
  let comment: string | undefined = life.endReason;
  for (const packet of side.ended()) {
    yield seen(life.endedAt ?? latest, packet, comment);
    comment = undefined;
  }
}

/** When the session began: microseconds. An id may have come from another session, whose times are others. */
const epochOf = ({ entries, socketId }: SocketLife): number | undefined => {
  const own = entries.find((entry) => entry.op.does !== 'duplicates' || entry.socketId === socketId);
  const [first] = entries;
  const told = own ?? first;
  return told && Date.parse(told.time) * 1000 - told.at;
};

const commentOf = (entry: Entry): string => {
  const call = `${entry.operation} (journal ${entry.sequence})`;
  const missing = notAllCaptured(entry);
  return missing === undefined ? call : `${call}; ${missing}`;
};
