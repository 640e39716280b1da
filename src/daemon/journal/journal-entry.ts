import type { SocketAddress } from '../../winsock/addresses.js';
import type { SocketState } from '../../winsock/socket-state.js';
import type { RefusalName } from '../answers/refusals.js';
import type { Invention } from '../faults/call-faults.js';

/** What happened in one call. Kept as it is; text is made of it only when somebody reads it. */
export interface JournalEntry {
  /** What it takes of the memory, about; without `data`. */
  readonly bytes: number;
  /** In how many journals it is, and events. */
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
  /** The socket that the call created: of `socket`, `accept`. */
  readonly createdSocketId: string | undefined;
  /** The parameters without any payload; absent where they were not valid. */
  readonly params: object | undefined;
  /** Names of parameters that were too long to be kept whole; undefined: all are whole. */
  readonly cutParams: readonly string[] | undefined;
  readonly outcome: 'ok' | 'failed' | 'refused';
  /** Of a failure: the Windows Sockets error code. */
  readonly code: number | undefined;
  /** Of a refusal of the daemon. */
  readonly refusal: RefusalName | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesReceived: number | undefined;
  /** The receive found the end of the peer's stream. */
  readonly eof: boolean | undefined;
  readonly stateBefore: SocketState | undefined;
  readonly stateAfter: SocketState | undefined;
  /** Microseconds in native calls and their surroundings. */
  readonly nativeUs: number;
  /** Microseconds waited. */
  readonly waitUs: number;
  /** The faults that had a hand in it, by rule id. */
  readonly faults: readonly string[];
  /** The one that made the answer. */
  readonly invented: Invention | undefined;
  /** Rules that the call armed, by id. */
  readonly armed: readonly string[] | undefined;
  /** The offer that the call showed. */
  readonly offerId: string | undefined;
  readonly localAddress: SocketAddress | undefined;
  readonly remoteAddress: SocketAddress | undefined;
  /** The first bytes sent or received, where the socket captures; let go when newer ones need the room. */
  data: Buffer | undefined;
  /** The answer did not arrive. What the call consumed went back, unless it was `collected`. */
  undelivered: boolean;
  /** The answer that did not arrive was collected with others: nothing went back, what it created ended. */
  collected: boolean;
}
