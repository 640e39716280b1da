/** The rows of a ladder: calls in the order of their ends. */
import type { Entry, RecordedCall } from '../types.js';
import { RowOfCall } from './call-row.js';
import { durationMs, parameter } from './effects.js';
import type { CallRow, Participant, Row, SessionEnd } from './ladder-types.js';

/** A call or the end of a session, with its place in time. */
interface Item {
  readonly sessionId: string;
  readonly atMs: number;
  readonly entry: Entry | undefined;
  readonly column: number | undefined;
  readonly createdColumn: number | undefined;
  /** Of the end of a session. */
  readonly reason: string;
}

/**
 * The rows of the chosen sockets and of their sessions. A call that is in the journals of two sockets, such
 * as accept, is one row.
 */
export const rowsOf = (
  sockets: readonly Participant[],
  calls: readonly RecordedCall[],
  ends: readonly SessionEnd[],
): Row[] => {
  const rows: Row[] = [];
  let before: number | undefined;
  for (const item of inOrder(sockets, calls, ends)) {
    const { sessionId, atMs, entry, column, createdColumn, reason } = item;
    const index = rows.length;
    const gapMs = before === undefined ? 0 : atMs - before;
    before = atMs;
    const beganRow = entry ? firstAfter(rows, atMs - durationMs(entry)) : index;
    const place = { index, sessionId, atMs, gapMs, beganRow, column, createdColumn };
    rows.push(entry ? new RowOfCall(entry, place) : { ...place, ...endOf(reason) });
  }
  return rows;
};

export const isCall = (row: Row): row is CallRow => row.entry !== undefined;

const inOrder = (
  sockets: readonly Participant[],
  calls: readonly RecordedCall[],
  ends: readonly SessionEnd[],
): Item[] => {
  const columns = new Map(sockets.map(({ socketId }, column) => [socketId, column]));
  /** The items of each session, by the sequence of the call. */
  const sessions = new Map(sockets.map(({ sessionId }) => [sessionId, new Map<number, Item>()]));
  /** Calls by which another session made a duplicate of a chosen socket. */
  const others = new Map<string, Map<number, Item>>();
  for (const { sessionId, entry, endMs } of calls) {
    const concerned = columnsOf(entry, columns);
    const ofSession = sessions.get(sessionId);
    if (!concerned || (!ofSession && concerned.column === undefined)) continue;
    const items = ofSession ?? others.get(sessionId) ?? new Map<number, Item>();
    if (!ofSession) others.set(sessionId, items);
    // The journal of the session has no payload, that of a socket may have it.
    if (entry.data || !items.has(entry.sequence)) {
      const { column, createdColumn } = concerned;
      items.set(entry.sequence, { sessionId, atMs: endMs, entry, column, createdColumn, reason: '' });
    }
  }
  const all = [...sessions.values(), ...others.values()].flatMap((items) => [...items.values()]);
  for (const { sessionId, reason, atMs } of ends) {
    const place = { entry: undefined, column: undefined, createdColumn: undefined };
    if (sessions.has(sessionId)) all.push({ sessionId, atMs, reason, ...place });
  }
  return all.sort(
    (a, b) => a.atMs - b.atMs || compare(a.sessionId, b.sessionId) || sequence(a) - sequence(b),
  );
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The end of a session comes after its calls. */
const sequence = ({ entry }: Item): number => entry?.sequence ?? Number.MAX_SAFE_INTEGER;

interface Concerned {
  readonly column: number | undefined;
  readonly createdColumn: number | undefined;
}

const WHOLE_SESSION: Concerned = Object.freeze({ column: undefined, createdColumn: undefined });

/**
 * The columns of the sockets that a call was made on, made, or armed a fault for. Without such a socket it
 * concerns the session; undefined: it concerns only sockets that were not chosen.
 */
const columnsOf = (entry: Entry, columns: ReadonlyMap<string, number>): Concerned | undefined => {
  const { socketId, createdSocketId } = entry;
  if (socketId === undefined && createdSocketId === undefined) {
    const armedFor = parameter(entry, 'socketId');
    if (typeof armedFor !== 'string') return WHOLE_SESSION;
    const column = columns.get(armedFor);
    return column === undefined ? undefined : { column, createdColumn: undefined };
  }
  const of = socketId === undefined ? undefined : columns.get(socketId);
  const made = createdSocketId === undefined ? undefined : columns.get(createdSocketId);
  if (of === undefined && made === undefined) return undefined;
  return of === undefined ? { column: made, createdColumn: undefined } : { column: of, createdColumn: made };
};

/** The first row that ended after an instant; the next row if none did. */
const firstAfter = (rows: readonly Row[], instant: number): number => {
  // Most calls began after the last row.
  if ((rows.at(-1)?.atMs ?? 0) <= instant) return rows.length;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.atMs ?? 0) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
};

const endOf = (reason: string) => ({
  operation: 'sessionEnd',
  label: `the session ended: ${reason}`,
  outcome: 'ok' as const,
  payload: undefined,
  faults: [],
  invented: undefined,
  wentBack: false,
  entry: undefined,
});
