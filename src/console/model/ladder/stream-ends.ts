/** The ends of connections: which ids are the same socket, and when it ended. */
import type { Entry } from '../types.js';
import type { Point } from './arrow.js';
import { effectOf, wentBack } from './effects.js';
import type { CallRow, Participant, Row } from './ladder-types.js';
import { isCall } from './rows.js';
import { noteCall, StreamEnd } from './stream-end.js';

/** The ends of all stream sockets among the chosen ones. Duplicates are the same end. */
export const streamEndsOf = (sockets: readonly Participant[], rows: readonly Row[]): StreamEnd[] => {
  const ends = new Map<string, StreamEnd>();
  const sessions = new Map<string, Sockets>();
  const all: StreamEnd[] = [];
  sockets.forEach((socket, column) => {
    if (socket.type === 'SOCK_DGRAM') return;
    const end = new StreamEnd(socket, column);
    all.push(end);
    ends.set(socket.socketId, end);
  });
  const columns = new Map(sockets.map(({ socketId }, column) => [socketId, column]));
  const sessionOf = (id: string): Sockets => {
    const session = sessions.get(id) ?? { startups: undefined, ids: new Set() };
    sessions.set(id, session);
    return session;
  };
  for (const { socketId, sessionId } of sockets) {
    if (ends.has(socketId)) sessionOf(sessionId).ids.add(socketId);
  }
  const joined = new Set<StreamEnd>();
  const close = (id: string, row: Row, byReset: boolean): void => {
    const end = ends.get(id);
    const column = columns.get(id);
    if (end && column !== undefined) closeId(end, { column, row }, byReset);
    ends.delete(id);
  };
  for (const row of rows) {
    if (!isCall(row)) {
      for (const id of sessionOf(row.sessionId).ids)
        close(id, row, /(lease-expired|connection-lost)$/.test(row.label));
      continue;
    }
    const { entry } = row;
    const { socketId, createdSocketId, operation } = entry;
    if (endsSockets(entry, sessionOf(row.sessionId))) {
      for (const id of sessionOf(row.sessionId).ids) close(id, row, false);
    }
    const end = socketId === undefined ? undefined : ends.get(socketId);
    const column = socketId === undefined ? undefined : columns.get(socketId);
    if (end && column !== undefined) noteCall(end, { column, row });
    const created = createdSocketId === undefined ? undefined : ends.get(createdSocketId);
    if (createdSocketId !== undefined && created) {
      if (operation === 'duplicate' && end && effectOf(entry) === 'done') {
        end.openIds++;
        joined.add(created);
        ends.set(createdSocketId, end);
      } else noteAccepted(created, row, end?.listenedAt ?? -1);
    }
    if (operation === 'close' && socketId !== undefined && effectOf(entry) === 'done') {
      close(socketId, row, end?.closesByReset ?? false);
    }
  }
  return all.filter((end) => !joined.has(end));
};

/** The stream sockets of a session, and how many startups it has without a cleanup, if that is known. */
interface Sockets {
  startups: number | undefined;
  readonly ids: Set<string>;
}

/** Whether a call ends all sockets of its session: endSession, and the last cleanup. */
const endsSockets = (entry: Entry, session: Sockets): boolean => {
  if (effectOf(entry) !== 'done') return false;
  if (entry.operation === 'startup') session.startups = (session.startups ?? 0) + 1;
  if (entry.operation === 'cleanup') {
    session.startups = Math.max(0, (session.startups ?? 1) - 1);
    return session.startups === 0;
  }
  return entry.operation === 'endSession';
};

const closeId = (end: StreamEnd, at: Point, byReset: boolean): void => {
  end.openIds--;
  if (end.openIds > 0) return;
  end.closed = at;
  // After a reset there is nothing to end.
  if (end.aborted || end.sawReset) return;
  if (byReset) end.aborted = at;
  else end.finished ??= at;
};

const noteAccepted = (end: StreamEnd, row: CallRow, listenedAt: number): void => {
  const { operation, localAddress, remoteAddress } = row.entry;
  if (operation !== 'accept' && operation !== 'conditionalAccept') return;
  if (wentBack(row.entry)) return;
  end.accepted = { column: end.column, row, listenedAt };
  end.isEstablished = true;
  end.localAddress = localAddress ?? end.localAddress;
  end.remoteAddress = remoteAddress ?? end.remoteAddress;
};
