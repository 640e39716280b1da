/** Answers of so many bytes take some milliseconds to make. */
const MOST_BYTES = 1024 * 1024;

/** Requests that waited behind others of their connection: so many begin in one turn. */
const MOST_BEHIND_OTHERS = 16;

/**
 * The present turn of the event loop. Once large answers have been made in it, the requests that have come with
 * those wait for the next one: everybody else would wait for all of them together.
 */
export class Turn {
  #bytes = 0;
  #behindOthers = 0;

  /** Whether enough has been made in this turn. */
  get isFull(): boolean {
    return this.#bytes >= MOST_BYTES || this.#behindOthers >= MOST_BEHIND_OTHERS;
  }

  /** An answer of so many bytes has been made. */
  add(bytes: number): void {
    this.#endsLater();
    this.#bytes += bytes;
  }

  /** A request begins that has waited behind others of its connection. */
  beginBehindOthers(): void {
    this.#endsLater();
    this.#behindOthers++;
  }

  #endsLater(): void {
    if (this.#bytes > 0 || this.#behindOthers > 0) return;
    setImmediate(() => {
      this.#bytes = 0;
      this.#behindOthers = 0;
    });
  }
}
