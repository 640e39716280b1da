import { type Entry, parameter, type SocketLife } from '../socket-life.js';
import { beginsSession, creatorOf, type ReplaySource } from './replay-source.js';

/** A recorded call that may be repeated, in the session that it was made in. */
export interface RecordedCall {
  readonly entry: Entry;
  readonly sessionId: string;
  /** When it began and ended, in microseconds of the clock that all sessions share. */
  readonly began: number;
  readonly ended: number;
}

/** The calls to repeat for the life of a socket, in the order in which they began. */
export const recordedCallsOf = (source: ReplaySource): readonly RecordedCall[] => {
  const { life, origins, sessions } = source;
  const found = new Map<string, RecordedCall>();
  const add = (entry: Entry, sessionId: string): void => {
    const base = beganAt.get(sessionId) ?? life.beganAt;
    // The journal of this call's socket cannot be read, so its session is unknown: it created the repeated
    // socket, and comes first.
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
  let created = life;
  for (const origin of origins) {
    const isDuplicated = creatorOf(created)?.op.does === 'duplicates';
    const offers = offersIn(created);
    for (const entry of origin.entries) {
      if (isDuplicated || preparesListener(entry) || offers.includes(entry.offerId)) {
        add(entry, sessionOf.get(entry.socketId ?? '') ?? origin.sessionId);
      }
    }
    created = origin;
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

/** The ids of the offers that calls of a socket accepted or rejected. */
const offersIn = ({ entries }: SocketLife): readonly unknown[] =>
  entries.map((entry) => parameter(entry, 'offerId')).filter((id) => id !== undefined);

/** Whether a call in a listener's journal opened it (a call of the session), or changed its state. */
const preparesListener = ({ op: { scope, does } }: Entry): boolean =>
  scope === 'session' || does === 'configures' || does === 'binds' || does === 'listens';

/** Whether a call of the session acted on one of these sockets, or named it. */
const concerns = (entry: Entry, sockets: readonly SocketLife[]): boolean => {
  const { scope, affects } = entry.op;
  if (scope === 'socket' || beginsSession(entry)) return false;
  if (sockets.some(({ socketId }) => namesSocket(entry, socketId))) return true;
  if (affects === 'lab') return sockets.some(({ provider }) => provider === 'lab');
  return affects === 'all' && parameter(entry, 'socketId') === undefined;
};

const namesSocket = ({ parameters }: Entry, id: string): boolean =>
  JSON.stringify(parameters ?? {}).includes(`"${id}"`);
