import type { Entry } from '../socket-life.js';
import type { Packet } from './packets.js';

/** A packet of a call. */
export interface CallPacket {
  readonly packet: Packet;
  /** It left when the call began, not when it ended. */
  readonly began?: true;
}

/** A packet, and when it was seen. */
export interface TimedPacket {
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly packet: Packet;
  /** What it belongs to, on the first packet of a call. */
  readonly comment: string | undefined;
}

/** How the calls of one kind of socket (a stream, datagrams) become packets. */
export interface PacketSource {
  packetsOf(entry: Entry): Generator<CallPacket>;
  /** Those of an end that was no call: cleanup, the end of the session. */
  ended(): Generator<Packet>;
}
