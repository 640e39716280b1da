import type {
  Entry,
  OperationEvent,
  RecordedCall,
  SessionEvent,
  SessionInfo,
  SocketInfo,
  StateEvent,
  UndeliveredEvent,
} from './types.js';

/** The most calls that the page keeps, of all sessions together; then the oldest tenth goes. */
export const MOST_CALLS = 10_000;

/** The most ended sessions, and the most closed sockets, that the page still shows. */
const MOST_ENDED = 500;

/** A session as the page knows it. */
export interface RigSession {
  info: SessionInfo;
  /** When the lease runs out if nothing uses the session: milliseconds of the daemon's wall clock. */
  leaseEndsMs: number;
  /** When it began: microseconds of the daemon's clock. Absent until its journal was looked at. */
  beganAt?: number;
  /** The last sequence that the page has, to take no call twice. */
  lastSequence: number;
  /** Why it has ended, once it has. */
  ended?: string;
  /** When the page learnt of its end, milliseconds of the daemon's wall clock. */
  endedMs?: number;
}

/** What the calls of a socket that the page has seen come to. */
export interface Tally {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The last code or refusal that a call of it has ended with. */
  readonly lastError?: string;
}

const NOTHING: Tally = { bytesSent: 0, bytesReceived: 0 };

/** What the page should look at, because an event has said that it changed. */
export interface ToLookAt {
  readonly sessions: ReadonlySet<string>;
  readonly sockets: ReadonlySet<string>;
}

/**
 * The sessions, sockets and calls of one owner: made from looks at the daemon, kept up to date by its events.
 * It is bounded, so that a page can stay open for days.
 */
export class Rig {
  readonly sessions = new Map<string, RigSession>();
  /** The live sockets, and the newest of those that were closed. */
  readonly sockets = new Map<string, SocketInfo>();
  /** The newest calls of all sessions, in the order in which the page has learnt of them. */
  calls: RecordedCall[] = [];
  /** How many older calls the page has dropped. */
  droppedCalls = 0;
  readonly #tallies = new Map<string, Tally>();
  /** Entries of sessions whose beginning is not known yet. */
  readonly #waiting = new Map<string, Entry[]>();
  /** The sessions whose journals are being read. */
  readonly #beingRead = new Set<string>();
  #sessionsToLookAt = new Set<string>();
  #socketsToLookAt = new Set<string>();
  /** Why sessions have ended that the page had not looked at yet. The newest ones. */
  readonly #endedUnseen = new Map<string, string>();
  /** Milliseconds from the daemon's clock to its wall clock. */
  #wallOffsetMs = 0;
  /** How far the daemon's wall clock is ahead of this machine's, milliseconds. */
  clockAheadMs = 0;

  /** @param clock `clock` of `GET /v1` */
  setClock(clock: { readonly wall: string; readonly monotonicMs: number }): void {
    this.#wallOffsetMs = Date.parse(clock.wall) - clock.monotonicMs;
    this.clockAheadMs = Date.parse(clock.wall) - Date.now();
  }

  /**
   * Takes a list of all live sessions; those that are not in it have ended.
   *
   * @param before the sessions that were known when the list was asked for: later ones may be missing in it
   */
  seeSessions(infos: readonly SessionInfo[], before: ReadonlySet<string>): void {
    const live = new Set(infos.map(({ sessionId }) => sessionId));
    for (const [id, session] of this.sessions) {
      if (before.has(id) && !live.has(id) && session.ended === undefined) {
        this.#endSession(id, 'it is not in the list any more');
      }
    }
    for (const info of infos) this.seeSession(info);
  }

  /** Takes what a look at a session shows. */
  seeSession(info: SessionInfo): void {
    const known = this.sessions.get(info.sessionId);
    const leaseEndsMs = Date.parse(info.leaseExpiresAt);
    if (known) {
      Object.assign(known, { info, leaseEndsMs });
      delete known.ended;
      delete known.endedMs;
    } else if (!this.#endedUnseen.has(info.sessionId)) {
      this.sessions.set(info.sessionId, { info, leaseEndsMs, lastSequence: 0 });
      this.#sessionsToLookAt.add(info.sessionId);
    }
  }

  /** Why a session has ended, also before the page looked at it; undefined: the page knows of no end. */
  endOf(sessionId: string): string | undefined {
    return this.sessions.get(sessionId)?.ended ?? this.#endedUnseen.get(sessionId);
  }

  /** Takes what a look at a socket shows, unless the socket was closed meanwhile: no socket opens again. */
  seeSocket(info: SocketInfo): void {
    const known = this.sockets.get(info.socketId);
    // A look that shows nothing new changes nothing: views compare the objects.
    const isSame = JSON.stringify(known) === JSON.stringify(info);
    if (known?.state !== 'closed' && !isSame) this.sockets.set(info.socketId, info);
  }

  /** Takes the answer of a look at a socket that is gone. */
  seeGone(socketId: string): void {
    const socket = this.sockets.get(socketId);
    if (socket && socket.state !== 'closed') this.sockets.set(socketId, { ...socket, state: 'closed' });
  }

  /** A journal is being read: calls that end meanwhile wait until its end, to stay in their order. */
  beginJournal(sessionId: string): void {
    this.#beingRead.add(sessionId);
  }

  /** Takes a page of a session's journal. */
  seeJournal(sessionId: string, beganAt: number, entries: readonly Entry[]): void {
    const session = this.sessions.get(sessionId);
    if (!session) return;
    session.beganAt = beganAt;
    for (const entry of entries) this.#take(session, entry);
  }

  /** Takes the calls that have ended while the journal was being read. Call it after the last page. */
  endOfJournal(sessionId: string): void {
    this.#beingRead.delete(sessionId);
    const session = this.sessions.get(sessionId);
    if (session && session.beganAt === undefined) return;
    const waiting = this.#waiting.get(sessionId) ?? [];
    this.#waiting.delete(sessionId);
    if (session) for (const entry of waiting) this.#take(session, entry);
  }

  /** Takes an event of the daemon. */
  apply(kind: string, event: unknown): void {
    // The kind says what the data is; the daemon's document has their schemas.
    if (kind === 'operation') this.#operation(event as OperationEvent);
    else if (kind === 'state') this.#state(event as StateEvent);
    else if (kind === 'session') this.#session(event as SessionEvent);
    else if (kind === 'undelivered') this.#undelivered(event as UndeliveredEvent);
  }

  /** All live sessions are to be looked at once more. */
  lookAtSessionsAgain(): void {
    for (const id of this.sessions.keys()) this.#sessionsToLookAt.add(id);
  }

  /** A look at the session was refused for now. */
  lookAtSessionAgain(sessionId: string): void {
    this.#sessionsToLookAt.add(sessionId);
  }

  /** A look at the socket was refused for now. */
  lookAtSocketAgain(socketId: string): void {
    this.#socketsToLookAt.add(socketId);
  }

  /** Whether there is something to look at. */
  get hasToLookAt(): boolean {
    return this.#sessionsToLookAt.size + this.#socketsToLookAt.size > 0;
  }

  /** What to look at since the last time; what has ended meanwhile cannot be looked at. */
  takeToLookAt(): ToLookAt {
    const isLive = (sessionId: string): boolean => this.sessions.get(sessionId)?.ended === undefined;
    const isOpen = (socketId: string): boolean => this.sockets.get(socketId)?.state !== 'closed';
    const taken = {
      sessions: new Set([...this.#sessionsToLookAt].filter(isLive)),
      sockets: new Set([...this.#socketsToLookAt].filter(isOpen)),
    };
    this.#sessionsToLookAt = new Set();
    this.#socketsToLookAt = new Set();
    return taken;
  }

  /** The calls of some sockets, and those of their sessions that concern all sockets. */
  callsOf(socketIds: ReadonlySet<string>): RecordedCall[] {
    const sessions = new Set([...socketIds].map((id) => this.sockets.get(id)?.sessionId));
    return this.calls.filter(({ sessionId, entry: { socketId, createdSocketId, operation, parameters } }) => {
      if (socketId === undefined && createdSocketId === undefined) {
        return sessions.has(sessionId) && !isOnlyRead(operation, parameters);
      }
      return (
        (socketId !== undefined && socketIds.has(socketId)) ||
        (createdSocketId !== undefined && socketIds.has(createdSocketId))
      );
    });
  }

  /** The sockets of a session, in the order in which they were made. */
  socketsOf(sessionId: string): SocketInfo[] {
    return [...this.sockets.values()].filter((socket) => socket.sessionId === sessionId);
  }

  /** The bytes and the last error of a socket, as far as the page has seen its calls. */
  tallyOf(socketId: string): Tally {
    return this.#tallies.get(socketId) ?? NOTHING;
  }

  #operation({ sessionId, ...entry }: OperationEvent): void {
    if (entry.stateAfter === 'closed') this.#closed(entry.socketId);
    else if (entry.socketId) this.#socketsToLookAt.add(entry.socketId);
    if (entry.createdSocketId) this.#socketsToLookAt.add(entry.createdSocketId);
    // They change the start-up count, which no event has.
    if (entry.operation === 'startup' || entry.operation === 'cleanup') this.#sessionsToLookAt.add(sessionId);
    const session = this.sessions.get(sessionId);
    if (session) session.leaseEndsMs = Date.parse(entry.time) + session.info.leaseSeconds * 1000;
    if (session?.beganAt !== undefined && !this.#beingRead.has(sessionId)) {
      this.#take(session, entry);
      return;
    }
    if (session?.beganAt === undefined) this.#sessionsToLookAt.add(sessionId);
    const waiting = this.#waiting.get(sessionId) ?? [];
    // Further ones are in the journal that is to be read.
    if (waiting.length < MOST_CALLS) waiting.push(entry);
    this.#waiting.set(sessionId, waiting);
  }

  #take(session: RigSession, entry: Entry): void {
    if (entry.sequence <= session.lastSequence || session.beganAt === undefined) return;
    session.lastSequence = entry.sequence;
    const { sessionId } = session.info;
    const endMs = (session.beganAt + entry.at) / 1000 + this.#wallOffsetMs;
    this.calls.push({ sessionId, entry, endMs });
    if (this.calls.length > MOST_CALLS) {
      this.droppedCalls += MOST_CALLS / 10;
      this.calls = this.calls.slice(MOST_CALLS / 10);
      this.#forgetOldTallies();
    }
    if (entry.socketId !== undefined) this.#count(entry.socketId, entry);
  }

  #count(socketId: string, { bytesSent = 0, bytesReceived = 0, name, refusal }: Entry): void {
    const before = this.tallyOf(socketId);
    const lastError = name ?? refusal ?? before.lastError;
    this.#tallies.set(socketId, {
      bytesSent: before.bytesSent + bytesSent,
      bytesReceived: before.bytesReceived + bytesReceived,
      ...(lastError !== undefined && { lastError }),
    });
  }

  #state({ sessionId, socketId, to }: StateEvent): void {
    const socket = this.sockets.get(socketId);
    if (to === 'closed') this.#closed(socketId);
    else {
      if (socket) this.sockets.set(socketId, { ...socket, state: to });
      this.#socketsToLookAt.add(socketId);
    }
    if (!this.sessions.has(sessionId)) this.#sessionsToLookAt.add(sessionId);
  }

  /** A socket was closed: there is nothing more to look at, even if the page has not seen it. */
  #closed(socketId: string | undefined): void {
    if (socketId === undefined) return;
    this.seeGone(socketId);
    this.#socketsToLookAt.delete(socketId);
    this.#forgetOldSockets();
  }

  #session({ sessionId, change, reason }: SessionEvent): void {
    if (change === 'ended') this.#endSession(sessionId, reason ?? 'ended');
    else this.#sessionsToLookAt.add(sessionId);
  }

  #undelivered({ sessionId, sequence, collected }: UndeliveredEvent): void {
    const at = this.calls.findLastIndex(
      (call) => call.sessionId === sessionId && call.entry.sequence === sequence,
    );
    const call = this.calls[at];
    if (!call) return;
    const entry = { ...call.entry, undelivered: true, ...(collected === true && { collected }) };
    this.calls[at] = { ...call, entry };
  }

  #endSession(sessionId: string, why: string): void {
    const session = this.sessions.get(sessionId);
    this.#waiting.delete(sessionId);
    if (!session) {
      this.#endedUnseen.set(sessionId, why);
      for (const id of [...this.#endedUnseen.keys()].slice(0, -MOST_ENDED)) this.#endedUnseen.delete(id);
      return;
    }
    session.ended = why;
    session.endedMs = Date.now() + this.clockAheadMs;
    for (const { socketId } of this.socketsOf(sessionId)) this.seeGone(socketId);
    const ended = [...this.sessions].filter(([, one]) => one.ended !== undefined);
    for (const [id] of ended.slice(0, -MOST_ENDED)) this.sessions.delete(id);
    this.#forgetOldSockets();
  }

  /** The calls of a socket may be known before the socket, and after it was forgotten. */
  #forgetOldTallies(): void {
    const called = new Set(this.calls.map(({ entry }) => entry.socketId));
    for (const id of this.#tallies.keys()) {
      if (!this.sockets.has(id) && !called.has(id)) this.#tallies.delete(id);
    }
  }

  #forgetOldSockets(): void {
    const closed = [...this.sockets].filter(([, { state }]) => state === 'closed');
    for (const [id] of closed.slice(0, -MOST_ENDED)) {
      this.sockets.delete(id);
      this.#tallies.delete(id);
    }
  }
}

/** Calls of a session that change nothing: the network view reads the link by a setLabLink without members. */
const isOnlyRead = (operation: string, parameters: Entry['parameters']): boolean => {
  const members = Object.keys(parameters ?? {}).filter((name) => name !== 'sessionId');
  return operation === 'enumProtocols' || (operation === 'setLabLink' && members.length === 0);
};
