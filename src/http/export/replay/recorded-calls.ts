import { type JournalEntryView, parameter, type SocketLife } from '../socket-life.js';
import { makerOf, type Past } from './past.js';

/** A recorded call that may be repeated, in the session that it was made in. */
export interface Recorded {
  readonly entry: JournalEntryView;
  readonly sessionId: string;
  /** When it began and ended: microseconds of the clock that all sessions have in common. */
  readonly began: number;
  readonly ended: number;
}

/** Calls that make a listener what it is. */
const MAKES_LISTENER = ['socket', 'setSockOpt', 'ioctl', 'bind', 'listen'];

/** Calls of a session that its sockets feel, whichever made them. */
const FELT = ['cleanup', 'startup', 'endSession', 'removeFault'];
const FELT_ON_LAB = ['setLabLink', 'advanceLabClock'];
const NAMES_SOCKETS = ['select', 'poll'];

/** The calls that make up the life of a socket, in the order in which they began. */
export const recordedOf = (past: Past): readonly Recorded[] => {
  const { life, origins, sessions } = past;
  const found = new Map<string, Recorded>();
  const add = (entry: JournalEntryView, sessionId: string): void => {
    const base = beganAt.get(sessionId) ?? life.beganAt;
    // Of a socket that cannot be read the session is not known either: what it made of itself is the beginning.
    const isForeign = entry.socketId !== undefined && !sessionOf.has(entry.socketId);
    const ended = isForeign ? life.beganAt : base + entry.at;
    const began = isForeign ? life.beganAt : ended - entry.nativeUs - entry.waitUs;
    found.set(`${sessionId} ${entry.sequence}`, { entry, sessionId, began, ended });
  };
  const lives = [life, ...origins];
  const sessionOf = new Map(lives.map((one) => [one.socketId, one.sessionId]));
  const beganAt = new Map([
    ...lives.map((one) => [one.sessionId, one.beganAt] as const),
    ...[...sessions].map(([id, session]) => [id, session.beganAt] as const),
  ]);
  let made = life;
  for (const origin of origins) {
    const isDuplicated = makerOf(made)?.operation === 'duplicate';
    const offers = offersIn(made);
    for (const entry of origin.entries) {
      if (isDuplicated || MAKES_LISTENER.includes(entry.operation) || shows(entry, offers)) {
        add(entry, sessionOf.get(entry.socketId ?? '') ?? origin.sessionId);
      }
    }
    made = origin;
  }
  for (const entry of life.entries) add(entry, sessionOf.get(entry.socketId ?? '') ?? life.sessionId);
  const last = Math.max(...[...found.values()].map(({ ended }) => ended));
  for (const [id, session] of sessions) {
    const own = lives.filter(({ sessionId }) => sessionId === id);
    if (own.length === 0) continue;
    for (const entry of session.entries) if (concerns(entry, own)) add(entry, id);
  }
  return [...found.values()]
    .filter(({ began }) => began <= last)
    .sort((a, b) => a.began - b.began || a.ended - b.ended || a.entry.sequence - b.entry.sequence);
};

/** The offers that calls decided about by their id. */
const offersIn = ({ entries }: SocketLife): readonly unknown[] =>
  entries.map((entry) => parameter(entry, 'offerId')).filter((id) => id !== undefined);

const shows = ({ operation, offerId, outcome }: JournalEntryView, offers: readonly unknown[]): boolean =>
  operation === 'conditionalAccept' && outcome === 'ok' && offers.includes(offerId);

/** Whether a call of the session was felt by one of those sockets. */
const concerns = (entry: JournalEntryView, sockets: readonly SocketLife[]): boolean => {
  const { operation } = entry;
  if (operation === 'startup') return parameter(entry, 'sessionId') !== undefined;
  if (FELT.includes(operation)) return true;
  if (FELT_ON_LAB.includes(operation)) return sockets.some(({ provider }) => provider === 'lab');
  const ids = new Set(sockets.map(({ socketId }) => socketId));
  if (operation === 'armFault') {
    const socketId = parameter(entry, 'socketId');
    return socketId === undefined || ids.has(String(socketId));
  }
  return NAMES_SOCKETS.includes(operation) && [...ids].some((id) => namesSocket(entry, id));
};

const namesSocket = ({ parameters }: JournalEntryView, id: string): boolean =>
  JSON.stringify(parameters ?? {}).includes(`"${id}"`);
