import type { SessionJournal } from './session-journal.js';

/**
 * The journals of ended sessions and of their sockets; they are most useful after a lease has run out. For
 * each owner they are kept while they have no more entries together than allowed; those of the sessions that
 * ended first are dropped first.
 */
export class EndedJournals {
  readonly #mostEntries: number;
  readonly #owners = new Map<string, Map<string, SessionJournal>>();

  constructor(mostEntries: number) {
    this.#mostEntries = mostEntries;
  }

  add(owner: string, sessionId: string, journal: SessionJournal): void {
    const journals = this.#owners.get(owner) ?? new Map<string, SessionJournal>();
    this.#owners.set(owner, journals.set(sessionId, journal));
    this.#trim(journals);
  }

  /** The journal of an ended session of that owner, while it is kept. */
  of(owner: string, sessionId: string): SessionJournal | undefined {
    const journals = this.#owners.get(owner);
    if (!journals) return undefined;
    // Calls that the end of the session has ended are recorded after it.
    this.#trim(journals);
    return journals.get(sessionId);
  }

  /** Drops the journals of the owner's session that ended first; false if none is kept. */
  forgetOldest(owner: string): boolean {
    for (const [id, oldest] of this.#owners.get(owner) ?? []) {
      this.#owners.get(owner)?.delete(id);
      oldest.forget();
      return true;
    }
    return false;
  }

  #trim(journals: Map<string, SessionJournal>): void {
    let weight = 0;
    for (const journal of journals.values()) weight += journal.entryCount;
    for (const [id, oldest] of journals) {
      if (weight <= this.#mostEntries) return;
      journals.delete(id);
      weight -= oldest.entryCount;
      oldest.forget();
    }
  }
}
