import type { Entry } from '../socket-life.js';
import type { Packet } from './packets.js';

/** A packet of a call. */
export interface CallPacket {
  readonly packet: Packet;
  /** The packet was sent when the call began, not when it ended. */
  readonly began?: true;
}

/** A packet with its time. */
export interface TimedPacket {
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly packet: Packet;
  /** The call, on its first packet. */
  readonly comment: string | undefined;
}

/** How the calls of one kind of socket (a stream, datagrams) become packets. */
export interface PacketSource {
  packetsOf(entry: Entry): Generator<CallPacket>;
  /**
   * The packets of the socket's end, if no call on the socket ended it: cleanup, a relay, or the end of the session.
   */
  ended(): Generator<Packet>;
}
