import type { SocketAddress } from '../../winsock/addresses.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { RefusalName } from '../answers/refusals.js';
import type { Invention } from '../faults/call-faults.js';

/** The record of one call. It becomes JSON only when the journal is read. */
export interface JournalEntry {
  /** The approximate size in memory, without `data`. */
  readonly bytes: number;
  /** How many journals and events contain it. */
  keptIn: number;
  /** From 1, without gaps, per session, in the order in which the calls ended. */
  readonly sequence: number;
  /** When the call ended: microseconds since the session began, monotonic. */
  readonly at: number;
  /** When the call ended by the wall clock: milliseconds since the epoch. */
  readonly wall: number;
  readonly operation: string;
  readonly requestId: string;
  readonly socketId: string | undefined;
  /** The socket that the call created, such as `socket` or `accept`. */
  readonly createdSocketId: string | undefined;
  /** The parameters without any payload; undefined if they were not valid. */
  readonly params: object | undefined;
  /** Names of parameters that were shortened; undefined: none was. */
  readonly cutParams: readonly string[] | undefined;
  readonly outcome: 'ok' | 'failed' | 'refused';
  /** The Windows Sockets error code of a failure. */
  readonly code: number | undefined;
  /** The kind of a refusal of the daemon. */
  readonly refusal: RefusalName | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesReceived: number | undefined;
  /** Whether the receive reached the end of the peer's stream. */
  readonly eof: boolean | undefined;
  readonly stateBefore: SocketState | undefined;
  readonly stateAfter: SocketState | undefined;
  /** Microseconds in native calls and in the daemon's own code around them. */
  readonly nativeUs: number;
  /** Microseconds waited. */
  readonly waitUs: number;
  /** The ids of the rules that acted on the call. */
  readonly faults: readonly string[];
  /** How a fault made the answer, if one did. */
  readonly invented: Invention | undefined;
  /** The ids of the rules that the call armed. */
  readonly armed: readonly string[] | undefined;
  /** The offer that the call showed. */
  readonly offerId: string | undefined;
  readonly localAddress: SocketAddress | undefined;
  readonly remoteAddress: SocketAddress | undefined;
  /** The first bytes sent or received, if the socket captures; dropped when newer ones need the room. */
  data: Buffer | undefined;
  /** Whether the answer was not delivered: then what the call consumed was put back, unless `collected`. */
  undelivered: boolean;
  /** Whether the undelivered answer was one of several: nothing was put back, and what it created ended. */
  collected: boolean;
}
