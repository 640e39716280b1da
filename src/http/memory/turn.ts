/** Answers of so many bytes take some milliseconds to make. */
const MOST_BYTES = 1024 * 1024;

/**
 * The present turn of the event loop. Once large answers have been made in it, the requests that have come with
 * those wait for the next one: everybody else would wait for all of them together.
 */
export class Turn {
  #bytes = 0;

  /** Whether enough has been made in this turn. */
  get isFull(): boolean {
    return this.#bytes >= MOST_BYTES;
  }

  /** An answer of so many bytes has been made. */
  add(bytes: number): void {
    if (this.#bytes === 0) {
      setImmediate(() => {
        this.#bytes = 0;
      });
    }
    this.#bytes += bytes;
  }
}
