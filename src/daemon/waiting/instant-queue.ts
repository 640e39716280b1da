import type { Clock, Timer } from './clock.js';
import type { Subscription } from './subscription.js';

/**
 * A timer fires up to a millisecond early or late. So it ends before the instant, and the rest passes in
 * turns of the event loop, in which everything else goes on.
 */
const REST_MS = 2;

interface Waiting {
  /** Milliseconds of the clock. */
  readonly instant: number;
  readonly wake: () => void;
}

/**
 * Wakes at instants, never before. Those of one instant wake in the order in which they were added, so that
 * calls keep the order of their requests.
 */
export class InstantQueue {
  readonly #clock: Pick<Clock, 'now' | 'setTimeout' | 'setImmediate'>;
  /** The next one is the first. */
  readonly #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  #isTurnComing = false;

  constructor(clock: Pick<Clock, 'now' | 'setTimeout' | 'setImmediate'>) {
    this.#clock = clock;
  }

  /** Wakes when the clock has reached the instant, but not before this function returns. */
  at(instant: number, wake: () => void): Subscription {
    const one: Waiting = { instant, wake };
    this.#waiting.splice(this.#waiting.findLastIndex((before) => before.instant <= instant) + 1, 0, one);
    this.#lookLater();
    return {
      stop: () => {
        const at = this.#waiting.indexOf(one);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        this.#lookLater();
      },
    };
  }

  readonly #look = (): void => {
    this.#isTurnComing = false;
    const now = this.#clock.now();
    while (this.#waiting[0] !== undefined && this.#waiting[0].instant <= now) this.#waiting.shift()?.wake();
    this.#lookLater();
  };

  #lookLater(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    const [next] = this.#waiting;
    if (next === undefined || this.#isTurnComing) return;
    const left = next.instant - this.#clock.now();
    if (left > REST_MS) {
      this.#timer = this.#clock.setTimeout(Math.trunc(left) - 1, this.#look);
      return;
    }
    this.#isTurnComing = true;
    this.#clock.setImmediate(this.#look);
  }
}
