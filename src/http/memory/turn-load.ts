/** Answers of so many bytes take some milliseconds to make. */
const MOST_BYTES = 1024 * 1024;

/** What one turn takes off that: after an answer of four megabytes nearly a hundred connections are accepted. */
const BYTES_PER_TURN = 64 * 1024;

/** Requests that waited behind others of their connection: so many begin in one turn. */
const MOST_BEHIND_OTHERS = 16;

/**
 * What has been done for clients in the present turn of the event loop. Once large answers have been made in it, other
 * requests wait for later turns, since otherwise every client would wait for all of them together. How many turns pass
 * depends on the size of these answers: each turn accepts only one new connection.
 */
export class TurnLoad {
  #bytes = 0;
  #behindOthers = 0;
  /** What waits for a turn that is not full, by who asked; whose turn it is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #isNextComing = false;

  /** Whether enough has been made in this turn. */
  get isFull(): boolean {
    return this.#bytes >= MOST_BYTES || this.#behindOthers >= MOST_BEHIND_OTHERS;
  }

  /** An answer of so many bytes has been made. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#nextComes();
  }

  /** A request begins that has waited behind others of its connection. */
  beginBehindOthers(): void {
    this.#behindOthers++;
    this.#nextComes();
  }

  /**
   * Runs in a later turn that is not full. One is run in a turn, so that what it makes is counted before the next, and
   * those who ask take turns: many large answers of one keep nobody else waiting.
   *
   * @param who tells those who ask apart; who that is need not be known
   */
  wait(who: string, run: () => void): void {
    const before = this.#waiting.get(who);
    if (before) before.push(run);
    else this.#waiting.set(who, [run]);
    this.#nextComes();
  }

  #nextComes(): void {
    if (this.#isNextComing) return;
    this.#isNextComing = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#isNextComing = false;
    this.#bytes = Math.max(0, this.#bytes - BYTES_PER_TURN);
    this.#behindOthers = 0;
    if (!this.isFull) this.#runOne();
    if (this.#bytes > 0 || this.#waiting.size > 0) this.#nextComes();
  };

  #runOne(): void {
    for (const [who, waiting] of this.#waiting) {
      const run = waiting.shift();
      // A Map keeps the order of insertion: who was first goes to the end of the row.
      this.#waiting.delete(who);
      if (waiting.length > 0) this.#waiting.set(who, waiting);
      run?.();
      return;
    }
  }
}
