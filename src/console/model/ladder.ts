/** The ladder of a conversation: a column for each socket, a row for each call, and arrows between them. */

import { Columns } from './ladder/columns.js';
import { type Peers, peersOf } from './ladder/connections.js';
import { datagramArrows } from './ladder/datagrams.js';
import { acceptArrow, connectArrows } from './ladder/handshakes.js';
import type { Arrow, Ladder, Participant, SessionEnd } from './ladder/ladder-types.js';
import { rowsOf } from './ladder/rows.js';
import { directionArrows, unseenArrows } from './ladder/stream-arrows.js';
import type { StreamEnd } from './ladder/stream-end.js';
import { streamEndsOf } from './ladder/stream-ends.js';
import type { RecordedCall } from './types.js';

export { PREVIEW_BYTES } from './ladder/call-row.js';
export type * from './ladder/ladder-types.js';

export interface LadderOptions {
  /** Ends of sessions that no call made, such as the end of a lease. */
  readonly sessionEnds?: readonly SessionEnd[];
}

/**
 * The ladder of the chosen sockets. It shows what their journals know: an arrow is `seen` if both its ends
 * are calls. Calls of other sockets are left out; those that concern whole sessions are kept.
 *
 * @param sockets the columns, in this order
 * @param calls in any order; a call may be there twice, from the journals of two sockets
 */
export const ladder = (
  sockets: readonly Participant[],
  calls: readonly RecordedCall[],
  { sessionEnds = [] }: LadderOptions = {},
): Ladder => {
  const rows = rowsOf(sockets, calls, sessionEnds);
  const columns = new Columns(sockets, rows);
  const ends = streamEndsOf(sockets, rows);
  for (const end of ends) {
    if (!end.isEstablished) columns.own(end.network, end.localAddress, end.column);
  }
  const peers = peersOf(ends);
  const arrows = ends.flatMap((end) => [...streamArrows(end, peers, columns)]);
  arrows.push(...datagramArrows(sockets, rows, columns));
  arrows.sort((a, b) => a.fromRow - b.fromRow || (a.toRow ?? a.fromRow) - (b.toRow ?? b.fromRow));
  return { columns: columns.all, rows, arrows };
};

function* streamArrows(end: StreamEnd, peers: Peers, columns: Columns): Generator<Arrow> {
  const peer = peers.get(end);
  yield* connectArrows(end, peer, columns);
  if (!end.isEstablished) return;
  if (!peer) {
    const accepted = acceptArrow(end, columns);
    if (accepted) yield accepted;
  }
  // Offsets in a stream are known only from its beginning on.
  if (peer?.opened && end.opened) yield* directionArrows(end, peer);
  else yield* unseenArrows(end, peer?.column ?? peerColumn(end, columns));
}

/** The column of a peer that is not known: its listener, before it has accepted, or a foreign peer. */
const peerColumn = (end: StreamEnd, columns: Columns): number => {
  const { network, remoteAddress, column, opened } = end;
  if (!remoteAddress) return column;
  const listener = columns.ownerAt(network, remoteAddress, opened?.row.index ?? 0);
  return listener ?? columns.foreign(network, remoteAddress);
};
