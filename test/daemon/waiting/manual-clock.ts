import type { Clock } from '../../../src/daemon/waiting/clock.js';

/** A clock that the test advances. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(1_700_000_000_000 + this.#now);
  }

  setTimeout(ms: number, run: () => void): { clear(): void } {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return {
      clear: () => {
        this.#timers = this.#timers.filter((t) => t !== timer);
      },
    };
  }

  setImmediate(run: () => void): void {
    setImmediate(run);
  }

  /** Advances the time; timers run at their own times, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((t) => t !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** The time passes, and the event loop has not come to its timers yet; `advance` runs them. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }
}
