/** The part of a clock that a limit needs. */
interface Timers {
  setTimeout(ms: number, run: () => void): { clear(): void };
}

/** What is to move, as seen from time to time. */
export interface Watched {
  /** Whether the daemon waits for it now. */
  isAwaited(): boolean;
  /** A number that changes when something moves. */
  moved(): number;
}

/** How often a limit looks in the time that it allows. */
const LOOKS = 4;

/**
 * Ends what does not move for some time while it is awaited. It looks a few times in that time, so that bytes
 * that move cost nothing: it may end up to a quarter of the time later.
 */
export class IdleLimit {
  readonly #clock: Timers;
  readonly #ms: number;
  readonly #watched: Watched;
  readonly #end: () => void;
  #timer: { clear(): void } | undefined;
  #moved = Number.NaN;
  #looksInVain = 0;

  /**
   * @param ms how long nothing may move
   * @param end runs once
   */
  constructor(clock: Timers, ms: number, watched: Watched, end: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#watched = watched;
    this.#end = end;
    this.#start();
  }

  stop(): void {
    this.#timer?.clear();
  }

  #start(): void {
    this.#timer = this.#clock.setTimeout(this.#ms / LOOKS, () => this.#look());
  }

  #look(): void {
    // What is not awaited does not count, and NaN equals nothing.
    const moved = this.#watched.isAwaited() ? this.#watched.moved() : Number.NaN;
    this.#looksInVain = moved === this.#moved ? this.#looksInVain + 1 : 0;
    this.#moved = moved;
    if (this.#looksInVain >= LOOKS) this.#end();
    else this.#start();
  }
}
