import { type Entry, parameter, type SocketLife } from '../socket-life.js';

/** What is known of a session whose calls a repetition makes again. */
export interface SessionPast {
  /** Absent where it has ended. */
  readonly version?: string;
  /** The named lab network that it joined; absent where it has ended. */
  readonly labNetwork?: string;
  /** Microseconds of the clock that all sessions have in common. */
  readonly beganAt: number;
  readonly entries: readonly Entry[];
  readonly dropped: number;
}

/** All that the repetition of a socket's life is made of. */
export interface Past {
  readonly life: SocketLife;
  /** Where the socket came from, nearest first: the listener that accepted it, the socket that it duplicates. */
  readonly origins: readonly SocketLife[];
  /** Those of these sockets, and those that ids were duplicated into; as far as they can be read. */
  readonly sessions: ReadonlyMap<string, SessionPast>;
}

/** The entry that made a socket of another one. */
export const makerOf = ({ entries, socketId }: SocketLife): Entry | undefined =>
  entries.find((entry) => entry.createdSocketId === socketId && entry.socketId !== undefined);

/** Whether a call began its session: one that is no session's, and names none. */
export const begins = (entry: Entry): boolean =>
  entry.op.scope === 'daemon' && parameter(entry, 'sessionId') === undefined;

/** Reads of journals, each with all of its pages; undefined for one that cannot be read (any more). */
export interface Reads {
  life(socketId: string): Promise<SocketLife | undefined>;
  session(sessionId: string): Promise<SessionPast | undefined>;
}

/** Collects what belongs to the life of a socket. */
export const pastOf = async (life: SocketLife, read: Reads): Promise<Past> => {
  const origins: SocketLife[] = [];
  for (let maker = makerOf(life); maker?.socketId !== undefined; ) {
    const origin = await read.life(maker.socketId);
    if (!origin) break;
    origins.push(origin);
    maker = makerOf(origin);
  }
  const sessions = new Map<string, SessionPast>();
  for (const id of sessionIdsOf([life, ...origins])) {
    const session = await read.session(id);
    if (session) sessions.set(id, session);
  }
  return { life, origins, sessions };
};

/** The session of the life first; those that ids were duplicated into last. */
const sessionIdsOf = (lives: readonly SocketLife[]): ReadonlySet<string> => {
  const done = lives.flatMap(({ entries }) => entries).filter(({ outcome }) => outcome === 'ok');
  const named = done.map((entry) => parameter(entry, 'sessionId')).filter((id) => typeof id === 'string');
  return new Set([...lives.map(({ sessionId }) => sessionId), ...named]);
};
