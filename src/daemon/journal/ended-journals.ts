import type { SessionJournal } from './session-journal.js';

/**
 * The journals of sessions that have ended, with those of their sockets: to read them is wanted most when a
 * lease has run out. For each owner they are kept as long as all of them together hold no more entries than
 * allowed; those of the sessions that ended first are forgotten first.
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
    // The calls that the end has ended came after it.
    this.#trim(journals);
    return journals.get(sessionId);
  }

  /** Forgets the journals of the session of that owner that ended first; false where none is kept. */
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
    for (const journal of journals.values()) weight += journal.weight;
    for (const [id, oldest] of journals) {
      if (weight <= this.#mostEntries) return;
      journals.delete(id);
      weight -= oldest.weight;
      oldest.forget();
    }
  }
}
