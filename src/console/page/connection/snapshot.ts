import type { Rig } from '../../model/rig.js';
import type { Entry, SessionInfo, SocketInfo } from '../../model/types.js';
import { LookProblem } from './look.js';

/** How long after an event the page looks again: many events of one socket cost one look. Milliseconds. */
const FOLLOW_MS = 150;

/** The most looks under way at once. */
const MOST_AT_ONCE = 4;

/** The longest page of a list. */
const PAGE = 1000;

type Look = (path: string) => Promise<Response>;

/** Reads the sessions, sockets and journals of the owner into a rig, and again what events have changed. */
export class Snapshot {
  readonly #rig: Rig;
  readonly #look: Look;
  readonly #onChange: () => void;
  #isFollowing = false;
  #isStopped = false;

  /** @param onChange is called whenever the rig has changed */
  constructor(rig: Rig, look: Look, onChange: () => void) {
    this.#rig = rig;
    this.#look = look;
    this.#onChange = onChange;
  }

  /** Reads everything. */
  async lookAtAll(): Promise<void> {
    await this.lookAtSessions();
    await this.#lookAtChanged();
  }

  /** Reads the list of sessions, with their leases. It uses none of them. */
  async lookAtSessions(): Promise<void> {
    await this.#attempt(async () => {
      const infos = await this.#list<SessionInfo>('/v1/sessions', 'sessions');
      this.#rig.seeSessions(infos);
    });
    this.follow();
  }

  /** Reads soon what the events since the last time have changed. */
  follow(): void {
    if (this.#isFollowing || this.#isStopped) return;
    this.#isFollowing = true;
    setTimeout(async () => {
      await this.#lookAtChanged();
      this.#isFollowing = false;
      if (this.#rig.hasToLookAt) this.follow();
    }, FOLLOW_MS);
  }

  /** Looks at nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  async #lookAtChanged(): Promise<void> {
    const { sessions, sockets } = this.#rig.takeToLookAt();
    const looks = [
      ...[...sessions].map((id) => () => this.#lookAtSession(id)),
      ...[...sockets].map((id) => () => this.#lookAtSocket(id)),
    ];
    const worker = async (): Promise<void> => {
      for (let next = looks.shift(); next && !this.#isStopped; next = looks.shift()) {
        await next();
        this.#onChange();
      }
    };
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, worker));
  }

  async #lookAtSession(sessionId: string): Promise<void> {
    const path = `/v1/sessions/${sessionId}`;
    await this.#attempt(async () => {
      this.#rig.seeSession(await this.#json<SessionInfo>(path));
      for (const socket of await this.#list<SocketInfo>(`${path}/sockets`, 'sockets')) {
        this.#rig.seeSocket(socket);
      }
      await this.#readJournal(sessionId, `${path}/journal`);
    });
    this.#rig.endOfJournal(sessionId);
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
    await this.#attempt(async () => {
      try {
        this.#rig.seeSocket(await this.#json<SocketInfo>(`/v1/sockets/${socketId}`));
      } catch (error) {
        if (!(error instanceof LookProblem)) throw error;
        if (error.problem.status === 404 || error.problem.status === 410) this.#rig.seeGone(socketId);
      }
    });
  }

  /** A look that the daemon refuses shows nothing; one that it does not answer ends with the connection. */
  async #attempt(looks: () => Promise<void>): Promise<void> {
    try {
      await looks();
    } catch (error) {
      if (!(error instanceof LookProblem || error instanceof TypeError)) throw error;
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
    return (await (await this.#look(path)).json()) as T;
  }
}
