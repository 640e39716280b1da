/** The rows of a ladder: calls in the order of their ends. */
import { capturedBytes } from '../payload.js';
import type { Entry, RecordedCall } from '../types.js';
import { durationMs, parameter, wentBack } from './effects.js';
import type { CallRow, Participant, Row, SessionEnd } from './ladder-types.js';
import { rowLabel } from './row-label.js';

/** The most bytes of a call that its row has. */
export const PREVIEW_BYTES = 256;

/** A call or the end of a session, with its place in time. */
type Item = { readonly sessionId: string; readonly atMs: number } & (
  | { readonly entry: Entry; readonly reason?: never }
  | { readonly entry?: never; readonly reason: string }
);

/**
 * The rows of the chosen sockets and of their sessions. A call that is in the journals of two sockets, such
 * as accept, is one row.
 */
export const rowsOf = (
  sockets: readonly Participant[],
  calls: readonly RecordedCall[],
  ends: readonly SessionEnd[],
): Row[] => {
  const columns = new Map(sockets.map(({ socketId }, column) => [socketId, column]));
  const sessions = new Set(sockets.map(({ sessionId }) => sessionId));
  const rows: Row[] = [];
  for (const item of inOrder(sessions, columns, calls, ends)) {
    const { sessionId, atMs, entry } = item;
    const index = rows.length;
    const gapMs = atMs - (rows.at(-1)?.atMs ?? atMs);
    const beganRow = entry ? firstAfter(rows, atMs - durationMs(entry)) : index;
    rows.push({
      index,
      sessionId,
      atMs,
      gapMs,
      beganRow,
      ...(entry ? partsOf(entry, columns) : endOf(item.reason)),
    });
  }
  return rows;
};

export const isCall = (row: Row): row is CallRow => row.entry !== undefined;

type Columns = ReadonlyMap<string, number>;

const inOrder = (
  sessions: ReadonlySet<string>,
  columns: Columns,
  calls: readonly RecordedCall[],
  ends: readonly SessionEnd[],
): Item[] => {
  const byNumber = new Map<string, Item>();
  for (const { sessionId, entry, endMs } of calls) {
    if (!concerns(sessionId, entry, sessions, columns)) continue;
    const key = `${sessionId} ${entry.sequence}`;
    // The journal of the session has no payload, that of a socket may have it.
    if (entry.data || !byNumber.has(key)) byNumber.set(key, { sessionId, entry, atMs: endMs });
  }
  const items = [...byNumber.values()];
  for (const { sessionId, reason, atMs } of ends) {
    if (sessions.has(sessionId)) items.push({ sessionId, reason, atMs });
  }
  return items.sort(
    (a, b) => a.atMs - b.atMs || compare(a.sessionId, b.sessionId) || sequence(a) - sequence(b),
  );
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The end of a session comes after its calls. */
const sequence = ({ entry }: Item): number => entry?.sequence ?? Number.MAX_SAFE_INTEGER;

/** Whether a call is one of a chosen socket, or one that names no socket, of a session of such a socket. */
const concerns = (
  sessionId: string,
  entry: Entry,
  sessions: ReadonlySet<string>,
  columns: Columns,
): boolean => {
  const named = [...socketsOf(entry)];
  if (named.length === 0) return sessions.has(sessionId);
  return named.some((id) => columns.has(id));
};

/** The sockets that a call was made on, made, or armed a fault for. */
function* socketsOf(entry: Entry): Generator<string> {
  const { socketId, createdSocketId } = entry;
  if (socketId !== undefined) yield socketId;
  if (createdSocketId !== undefined) yield createdSocketId;
  const armedFor = parameter(entry, 'socketId');
  if (typeof armedFor === 'string') yield armedFor;
}

/** The first row that ended after an instant; the next row if none did. */
const firstAfter = (rows: readonly Row[], instant: number): number => {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.atMs ?? 0) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
};

type Parts = Omit<Row, 'index' | 'sessionId' | 'atMs' | 'gapMs' | 'beganRow'>;

const partsOf = (entry: Entry, columns: Columns): Parts => {
  const [column, createdColumn] = [...socketsOf(entry)].flatMap((id) => columns.get(id) ?? []);
  return {
    column,
    createdColumn,
    operation: entry.operation,
    label: rowLabel(entry),
    outcome: entry.outcome,
    payload: capturedBytes(entry, PREVIEW_BYTES),
    faults: entry.faults ?? [],
    invented: entry.invented,
    wentBack: wentBack(entry),
    entry,
  };
};

const endOf = (reason: string): Parts => ({
  column: undefined,
  createdColumn: undefined,
  operation: 'sessionEnd',
  label: `the session ended: ${reason}`,
  outcome: 'ok',
  payload: undefined,
  faults: [],
  invented: undefined,
  wentBack: false,
  entry: undefined,
});
