/** The ladder of a conversation as data: columns, rows and arrows. */
import type { Entry, ProviderName, SocketAddress } from '../types.js';

/** A socket that the ladder shows, as far as it is known. A SocketInfo with a label is one. */
export interface Participant {
  readonly socketId: string;
  readonly sessionId: string;
  readonly label: string;
  readonly provider: ProviderName;
  /** SOCK_ name, or the number if it has none. */
  readonly type: string;
  readonly localAddress?: SocketAddress;
  readonly remoteAddress?: SocketAddress;
  /** On the lab: the named network of its session. Without it the session has a network of its own. */
  readonly labNetwork?: string;
}

/** The end of a session, which no entry of a journal tells. */
export interface SessionEnd {
  readonly sessionId: string;
  readonly reason: string;
  /** Milliseconds since the epoch, as RecordedCall.endMs. */
  readonly atMs: number;
}

export interface SocketColumn extends Participant {
  readonly kind: 'socket';
  /** The row that made it; 0 if the calls do not have it. */
  readonly firstRow: number;
  /** The row in which it was closed. */
  readonly lastRow: number | undefined;
}

/** A peer that is none of the chosen sockets: nothing is known of it but its address. */
export interface ForeignColumn {
  readonly kind: 'foreign';
  readonly label: string;
  readonly address: SocketAddress;
}

export type Column = SocketColumn | ForeignColumn;

/** One call. Its place among the rows is the order in which the calls ended. */
export interface Row {
  readonly index: number;
  readonly sessionId: string;
  /** When the call ended: milliseconds since the epoch. */
  readonly atMs: number;
  /** Milliseconds since the row before; 0 in the first row. */
  readonly gapMs: number;
  /** The first row that ended after this call had begun: the row itself, unless calls overlap. */
  readonly beganRow: number;
  /** Its column; undefined: the call concerns the session, and so all columns. */
  readonly column: number | undefined;
  /** The column of the socket that the call made, if that is another one. */
  readonly createdColumn: number | undefined;
  readonly operation: string;
  readonly label: string;
  readonly outcome: Entry['outcome'];
  /** The first captured bytes, at most PREVIEW_BYTES. */
  readonly payload: Uint8Array | undefined;
  /** The ids of the faults that acted on the call. */
  readonly faults: readonly string[];
  /** An answer that a fault made. */
  readonly invented: Entry['invented'];
  /** The answer did not reach its client, and what the call took went back. */
  readonly wentBack: boolean;
  /** Undefined: the end of a session, which is no call. */
  readonly entry: Entry | undefined;
}

/** The row of a call. */
export type CallRow = Row & { readonly entry: Entry };

export type ArrowKind = 'syn' | 'connect' | 'data' | 'datagram' | 'end' | 'reset' | 'disconnectData';

/** What went from one column to another. It never goes back in time: fromRow <= toRow. */
export interface Arrow {
  readonly kind: ArrowKind;
  readonly fromColumn: number;
  /** The row of the call that sent it; if it arrived before that call ended, the row in which that began. */
  readonly fromRow: number;
  readonly toColumn: number;
  /** The row of the call that received it; undefined: no call has, or none that is known. */
  readonly toRow: number | undefined;
  /** Whether both ends are calls of the journal. */
  readonly seen: boolean;
  readonly bytes?: number;
  /** Of data in a stream: the number of bytes before it. */
  readonly offset?: number;
  readonly label: string;
}

export interface Ladder {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly arrows: readonly Arrow[];
}
