import type { Clock, Timer } from '../waiting/clock.js';

/**
 * The timer of what a latency hides. Calls that wait have no watch meanwhile, so only its turn wakes them:
 * once what it waits for is due, a look that comes before the late timer neither clears nor moves it.
 */
export class DueTimer {
  readonly #clock: Clock;
  readonly #look: () => void;
  readonly #changed: () => void;
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;

  /**
   * @param look sets the timer again, or clears it
   * @param changed called when more shows
   */
  constructor(clock: Clock, look: () => void, changed: () => void) {
    this.#clock = clock;
    this.#look = look;
    this.#changed = changed;
  }

  /** Looks in so many milliseconds. @param due when something that is hidden now shows; absent: nothing is */
  set(ms: number, due = Number.POSITIVE_INFINITY): void {
    if (this.#isLate) return;
    this.stop();
    this.#due = due;
    this.#timer = this.#clock.setTimeout(ms, () => {
      this.stop();
      this.#look();
      // Asked last: it may have become due during the look.
      if (due <= this.#clock.now()) this.#changed();
    });
  }

  /** There is nothing to look for. */
  clear(): void {
    if (!this.#isLate) this.stop();
  }

  /** Nothing is hidden any more, whatever is due. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  get #isLate(): boolean {
    return this.#due <= this.#clock.now();
  }
}
