/** Arrows of a stream: its bytes, its end, its reset, and disconnect data. */
import { arrivalOf, arrowOf, type Point } from './arrow.js';
import { overlaps } from './byte-ranges.js';
import { isUrgent } from './effects.js';
import type { Arrow, ArrowKind } from './ladder-types.js';
import { byteCount, dataBytes } from './row-label.js';
import type { Move, StreamEnd } from './stream-end.js';

/**
 * What went from one end of a connection to the other, both with all their calls.
 *
 * @param from the sending end
 * @param to the receiving end
 */
export function* directionArrows(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  yield* dataArrows(from, to);
  yield* urgentArrows(from, to);
  yield* endArrow(from, to);
  yield* resetArrow(from, to);
  yield* disconnectDataArrow(from, to);
}

/**
 * What an end sent and received whose peer is not known, or not from the beginning: which call of the peer
 * has received it is not known, nor when the peer has sent.
 *
 * @param peer the column of the peer
 */
export function* unseenArrows(end: StreamEnd, peer: number): Generator<Arrow> {
  const to = { column: peer };
  for (const { bytes, ...from } of end.sends) yield dataArrow(from, to, bytes, bytes);
  for (const { bytes, ...at } of [...end.receives, ...end.urgentReceives]) {
    yield arrivalOf({ kind: 'data', from: peer, to: at, bytes, label: byteCount(bytes) });
  }
  const { finished, aborted, sawEnd, sawReset, isEstablished } = end;
  if (finished && isEstablished) yield arrowOf({ kind: 'end', from: finished, to, label: 'end' });
  if (aborted && isEstablished) yield arrowOf({ kind: 'reset', from: aborted, to, label: 'reset' });
  const arrivals = [
    ['end', sawEnd],
    ['reset', sawReset],
  ] as const satisfies readonly (readonly [ArrowKind, Point | undefined])[];
  for (const [kind, at] of arrivals) {
    if (at) yield arrivalOf({ kind, from: peer, to: at, label: kind });
  }
}

const dataArrow = (
  from: Point,
  to: { readonly column: number; readonly row?: Move['row'] | undefined },
  bytes: number,
  of: number,
  offset?: number,
): Arrow =>
  arrowOf({
    kind: 'data',
    from,
    to,
    bytes,
    label: bytes === of ? byteCount(bytes) : `${bytes} of ${byteCount(of)}`,
    ...(offset !== undefined && { offset }),
  });

function* dataArrows(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  const inStream = from.sends.map(({ row, bytes }) =>
    isUrgent(row.entry) && !to.readsUrgentInline ? bytes - 1 : bytes,
  );
  const received = to.receives.map(({ bytes }) => bytes);
  for (const { send, receive, offset, bytes } of overlaps(inStream, received)) {
    const sending = send === undefined ? undefined : from.sends[send];
    const receiving = receive === undefined ? undefined : to.receives[receive];
    if (sending) {
      yield dataArrow(sending, receiving ?? to, bytes, inStream[send ?? 0] ?? bytes, offset);
    } else if (receiving) {
      // The send has not ended yet.
      const label = byteCount(bytes);
      yield arrivalOf({ kind: 'data', from: from.column, to: receiving, bytes, offset, label });
    }
  }
}

/** There is one urgent byte at a time: a receive takes the newest that was sent. */
function* urgentArrows(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  const sends = from.sends.filter(({ row }) => isUrgent(row.entry));
  let at = 0;
  const part = { kind: 'data', bytes: 1, label: '1 urgent byte' } as const;
  for (const receive of to.urgentReceives) {
    let sending: Move | undefined;
    for (let next = sends[at]; next && next.row.beganRow <= receive.row.index; next = sends[++at]) {
      if (sending) yield arrowOf({ ...part, from: sending, to: { column: to.column } });
      sending = next;
    }
    if (sending) yield arrowOf({ ...part, from: sending, to: receive });
    else yield arrivalOf({ ...part, from: from.column, to: receive });
  }
  // Read inline they are bytes of the stream.
  if (to.readsUrgentInline) return;
  for (const sending of sends.slice(at)) yield arrowOf({ ...part, from: sending, to: { column: to.column } });
}

function* endArrow(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  const { finished } = from;
  if (!finished) return;
  const seen = to.sawEnd;
  // A close with unread bytes resets the connection: then the peer sees no end.
  if (!seen && to.sawReset && finished === from.closed) return;
  yield arrowOf({ kind: 'end', from: finished, to: seen ?? { column: to.column }, label: 'end' });
}

function* resetArrow(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  const { aborted, closed } = from;
  const seen = to.sawReset;
  const cause = aborted ?? (seen && closed && causeOf(closed, seen, to));
  if (!cause) return;
  // The closes of a side that has seen its own reset, or of a connection that has ended, reset nothing.
  const hasEnded = from.finished !== undefined && to.finished !== undefined;
  if (!seen && (hasEnded || from.sawReset)) return;
  yield arrowOf({ kind: 'reset', from: cause, to: seen ?? { column: to.column }, label: 'reset' });
}

/**
 * Why a connection was reset whose other end was closed without a reset: that had unread bytes, or, if the
 * end was seen before, bytes came after its close, which its stack has answered.
 */
const causeOf = (closed: Point, seen: Point, to: StreamEnd): Point => {
  if (!to.sawEnd || to.sawEnd.row.index > seen.row.index) return closed;
  const late = to.sends.findLast(({ row }) => row.index > closed.row.index && row.index < seen.row.index);
  return late ? { column: closed.column, row: late.row } : closed;
};

function* disconnectDataArrow(from: StreamEnd, to: StreamEnd): Generator<Arrow> {
  const { disconnectDataSent: sent } = from;
  if (!sent) return;
  const bytes = sent.row.entry ? dataBytes(sent.row.entry, 'disconnectData') : undefined;
  const seen = to.fetchedDisconnectData;
  yield arrowOf({
    kind: 'disconnectData',
    from: sent,
    to: seen ?? { column: to.column },
    label: bytes === undefined ? 'disconnect data' : `${byteCount(bytes)} of disconnect data`,
    ...(bytes !== undefined && { bytes }),
  });
}
