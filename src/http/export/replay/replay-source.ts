import { type Entry, parameter, type SocketLife } from '../socket-life.js';

/** What is known of a session whose calls are repeated. */
export interface SessionRecord {
  /** Absent if the session has ended. */
  readonly version?: string;
  /** The named lab network that the session joined; absent if the session has ended. */
  readonly labNetwork?: string;
  /** Microseconds of the clock that all sessions share. */
  readonly beganAt: number;
  readonly entries: readonly Entry[];
  readonly dropped: number;
}

/** The journals from which the repetition of a socket's life is made. */
export interface ReplaySource {
  readonly life: SocketLife;
  /** The sockets that created it, nearest first: a listener that accepted it, a socket that it duplicates. */
  readonly origins: readonly SocketLife[];
  /**
   * The sessions of these sockets, and those that ids were duplicated into, if their journals can be read.
   */
  readonly sessions: ReadonlyMap<string, SessionRecord>;
}

/** The call on another socket that created this one. */
export const creatorOf = ({ entries, socketId }: SocketLife): Entry | undefined =>
  entries.find((entry) => entry.createdSocketId === socketId && entry.socketId !== undefined);

/** Whether a call began its session: it has the scope of the daemon and names no session. */
export const beginsSession = (entry: Entry): boolean =>
  entry.op.scope === 'daemon' && parameter(entry, 'sessionId') === undefined;

/** Reads whole journals; undefined for one that cannot be read, or not any more. */
export interface JournalReads {
  life(socketId: string): Promise<SocketLife | undefined>;
  session(sessionId: string): Promise<SessionRecord | undefined>;
}

/** Collects the journals that belong to the life of a socket. */
export const replaySourceOf = async (life: SocketLife, read: JournalReads): Promise<ReplaySource> => {
  const origins: SocketLife[] = [];
  for (let creator = creatorOf(life); creator?.socketId !== undefined; ) {
    const origin = await read.life(creator.socketId);
    if (!origin) break;
    origins.push(origin);
    creator = creatorOf(origin);
  }
  const sessions = new Map<string, SessionRecord>();
  for (const id of sessionIdsOf([life, ...origins])) {
    const session = await read.session(id);
    if (session) sessions.set(id, session);
  }
  return { life, origins, sessions };
};

/** The session of the repeated socket is first; those that ids were duplicated into are last. */
const sessionIdsOf = (lives: readonly SocketLife[]): ReadonlySet<string> => {
  const done = lives.flatMap(({ entries }) => entries).filter(({ outcome }) => outcome === 'ok');
  const named = done.map((entry) => parameter(entry, 'sessionId')).filter((id) => typeof id === 'string');
  return new Set([...lives.map(({ sessionId }) => sessionId), ...named]);
};
