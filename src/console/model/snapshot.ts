import { LookProblem } from './look-problem.js';
import type { Rig } from './rig.js';
import type { Entry, SessionInfo, SocketInfo } from './types.js';

/** How long after an event the page looks again: many events of one socket cost one look. Milliseconds. */
const FOLLOW_MS = 150;

/** How long after a refusal that passes, such as too many requests, the page looks again. Milliseconds. */
const REFUSED_MS = 2000;

/** The most looks under way at once. */
const MOST_AT_ONCE = 4;

/** The longest page of a list. */
const PAGE = 1000;

/** What a snapshot needs of the page. */
export interface SnapshotParts {
  /** GETs a path, and gives its JSON. Throws LookProblem if it is refused, TypeError if nothing answers. */
  look(path: string): Promise<unknown>;
  /** The rig has changed. */
  onChange(): void;
  /** Nothing answers. */
  onUnanswered(): void;
}

/** Reads the sessions, sockets and journals of the owner into a rig, and again what events have changed. */
export class Snapshot {
  readonly #rig: Rig;
  readonly #parts: SnapshotParts;
  #isFollowing = false;
  #isStopped = false;
  #wasRefused = false;
  /** One round of looks at a time: a journal is read by one reader. */
  #round: Promise<void> = Promise.resolve();

  constructor(rig: Rig, parts: SnapshotParts) {
    this.#rig = rig;
    this.#parts = parts;
  }

  /** Reads everything. */
  async lookAtAll(): Promise<void> {
    await this.lookAtSessions();
    this.#rig.lookAtSessionsAgain();
    await this.#lookAtChanged();
  }

  /** Reads the list of sessions, with their leases. It uses none of them. */
  async lookAtSessions(): Promise<void> {
    const before = new Set(this.#rig.sessions.keys());
    await this.#attempt(async () => {
      this.#rig.seeSessions(await this.#list<SessionInfo>('/v1/sessions', 'sessions'), before);
    });
    this.#parts.onChange();
    this.follow();
  }

  /** Reads soon what the events since the last time have changed. */
  follow(): void {
    if (this.#isFollowing || this.#isStopped || !this.#rig.hasToLookAt) return;
    this.#isFollowing = true;
    const wait = this.#wasRefused ? REFUSED_MS : FOLLOW_MS;
    setTimeout(async () => {
      try {
        await this.#lookAtChanged();
      } finally {
        this.#isFollowing = false;
      }
      this.follow();
    }, wait);
  }

  /** Looks at nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  #lookAtChanged(): Promise<void> {
    const round = this.#round.then(() => this.#lookOnce());
    // A round that fails must not keep the next one from being made; who waits for it learns of it.
    this.#round = round.catch(() => undefined);
    return round;
  }

  async #lookOnce(): Promise<void> {
    this.#wasRefused = false;
    const { sessions, sockets } = this.#rig.takeToLookAt();
    const looks = [
      ...[...sessions].map((id) => () => this.#lookAtSession(id)),
      ...[...sockets].map((id) => () => this.#lookAtSocket(id)),
    ];
    const worker = async (): Promise<void> => {
      for (let next = looks.shift(); next && !this.#isStopped; next = looks.shift()) {
        await next();
        this.#parts.onChange();
      }
    };
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, worker));
  }

  async #lookAtSession(sessionId: string): Promise<void> {
    const path = `/v1/sessions/${sessionId}`;
    this.#rig.beginJournal(sessionId);
    const outcome = await this.#attempt(async () => {
      this.#rig.seeSession(await this.#json<SessionInfo>(path));
      for (const socket of await this.#list<SocketInfo>(`${path}/sockets`, 'sockets')) {
        this.#rig.seeSocket(socket);
      }
      await this.#readJournal(sessionId, `${path}/journal`);
    });
    this.#rig.endOfJournal(sessionId);
    if (outcome === 'later') this.#rig.lookAtSessionAgain(sessionId);
  }

  async #readJournal(sessionId: string, path: string): Promise<void> {
    let after = this.#rig.sessions.get(sessionId)?.lastSequence ?? 0;
    for (;;) {
      const page = await this.#json<{ beganAt: number; entries: Entry[]; nextAfter: number }>(
        `${path}?after=${after}&limit=${PAGE}`,
      );
      this.#rig.seeJournal(sessionId, page.beganAt, page.entries);
      if (page.entries.length < PAGE) return;
      after = page.nextAfter;
    }
  }

  async #lookAtSocket(socketId: string): Promise<void> {
    // It may have been closed since the round began.
    if (this.#rig.sockets.get(socketId)?.state === 'closed') return;
    const outcome = await this.#attempt(async () => {
      this.#rig.seeSocket(await this.#json<SocketInfo>(`/v1/sockets/${socketId}`));
    });
    if (outcome === 'gone') this.#rig.seeGone(socketId);
    if (outcome === 'later') this.#rig.lookAtSocketAgain(socketId);
  }

  /**
   * Makes looks, and says how they ended. One that the daemon refuses shows nothing, unless it says that the
   * session or socket is gone, or that a later look may be answered.
   */
  async #attempt(looks: () => Promise<void>): Promise<'seen' | 'gone' | 'later' | 'refused'> {
    try {
      await looks();
      return 'seen';
    } catch (error) {
      if (error instanceof TypeError) {
        this.#parts.onUnanswered();
        return 'refused';
      }
      if (!(error instanceof LookProblem)) throw error;
      const { status, retryable } = error.problem;
      if (status === 404 || status === 410) return 'gone';
      if (retryable !== true) return 'refused';
      this.#wasRefused = true;
      return 'later';
    }
  }

  async #list<T>(path: string, member: string): Promise<T[]> {
    const all: T[] = [];
    let cursor = '';
    do {
      const page = await this.#json<Record<string, unknown>>(`${path}?limit=${PAGE}${cursor}`);
      // The member of a list that the daemon's document names.
      all.push(...(page[member] as T[]));
      cursor = typeof page.nextCursor === 'string' ? `&cursor=${page.nextCursor}` : '';
    } while (cursor !== '' && !this.#isStopped);
    return all;
  }

  async #json<T>(path: string): Promise<T> {
    // The daemon's document says what is at each path.
    return (await this.#parts.look(path)) as T;
  }
}
