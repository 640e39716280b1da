/** A turn in which answers of this many bytes were made is full: they take some milliseconds to make. */
const MOST_BYTES = 1024 * 1024;

/** How many of these bytes each later turn forgets. After 4 MiB, nearly 100 connections are accepted. */
const BYTES_FORGOTTEN_PER_TURN = 64 * 1024;

/** How many pipelined requests begin in one turn. */
const MOST_PIPELINED = 16;

/**
 * The work done in the present event loop turn. Once large answers have been made, other requests wait for
 * later turns; otherwise every client would wait for all of these answers. The larger the answers, the more
 * turns pass, since each turn accepts only one new connection.
 */
export class TurnLoad {
  #bytes = 0;
  #pipelined = 0;
  /** Functions that wait for a turn that is not full, by client; the client to serve next is first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #isScheduled = false;

  /** Whether further requests have to wait for a later turn. */
  get isFull(): boolean {
    return this.#bytes >= MOST_BYTES || this.#pipelined >= MOST_PIPELINED;
  }

  /** Counts the bytes of an answer that was made. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#scheduleNextTurn();
  }

  /** Counts a request that begins behind others of its connection, pipelined or in an array of JSON-RPC. */
  addPipelined(): void {
    this.#pipelined++;
    this.#scheduleNextTurn();
  }

  /**
   * Runs a function in a later turn that is not full. One function runs in a turn, so that its answer is
   * counted before the next one runs. Clients alternate: many large answers of one client do not delay the
   * others.
   *
   * @param client any text that distinguishes clients
   */
  wait(client: string, run: () => void): void {
    const before = this.#waiting.get(client);
    if (before) before.push(run);
    else this.#waiting.set(client, [run]);
    this.#scheduleNextTurn();
  }

  #scheduleNextTurn(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#beginTurn);
  }

  readonly #beginTurn = (): void => {
    this.#isScheduled = false;
    this.#bytes = Math.max(0, this.#bytes - BYTES_FORGOTTEN_PER_TURN);
    this.#pipelined = 0;
    if (!this.isFull) this.#runOne();
    if (this.#bytes > 0 || this.#waiting.size > 0) this.#scheduleNextTurn();
  };

  #runOne(): void {
    for (const [client, waiting] of this.#waiting) {
      const run = waiting.shift();
      // A Map keeps the order of insertion: the client goes to the end of the queue.
      this.#waiting.delete(client);
      if (waiting.length > 0) this.#waiting.set(client, waiting);
      run?.();
      return;
    }
  }
}
