import type { LabClock } from './clock.js';

interface LabTimer {
  readonly at: number;
  readonly run: () => void;
  /** The timer of the base clock; undefined once the clock is virtual. */
  based: { clear(): void } | undefined;
}

/**
 * The clock of one lab network. It follows another clock until it is made virtual; after that, time moves
 * only by `advance`. Immediates still run in a later turn: time stops, the event loop does not.
 */
export class SwitchableClock implements LabClock {
  readonly #base: LabClock;
  readonly #began: number;
  readonly #timers = new Set<LabTimer>();
  #virtual: number | undefined;
  /** How many immediates have not run yet. */
  #turns = 0;
  #advancing = Promise.resolve(0);

  constructor(base: LabClock) {
    this.#base = base;
    this.#began = base.now();
  }

  now(): number {
    return this.#virtual ?? this.#base.now();
  }

  /** Whole milliseconds since the clock began. */
  get elapsed(): number {
    return Math.floor(this.now() - this.#began);
  }

  setTimeout(ms: number, run: () => void): { clear(): void } {
    const timer: LabTimer = { at: this.now() + ms, run, based: undefined };
    this.#timers.add(timer);
    if (this.#virtual === undefined) {
      timer.based = this.#base.setTimeout(ms, () => {
        this.#timers.delete(timer);
        run();
      });
    }
    return {
      clear: () => {
        this.#timers.delete(timer);
        timer.based?.clear();
      },
    };
  }

  setImmediate(run: () => void): void {
    this.#turns++;
    this.#base.setImmediate(() => {
      this.#turns--;
      run();
    });
  }

  /**
   * Makes the clock virtual and advances it. Timers run in the order of their times, each at its own time;
   * the immediates that it causes run before the next timer. Concurrent calls run one after the other.
   *
   * @returns how many timers ran
   */
  advance(ms: number): Promise<number> {
    this.#hold();
    this.#advancing = this.#advancing.then(() => this.#advance(ms));
    return this.#advancing;
  }

  /** Stops time. */
  #hold(): void {
    if (this.#virtual !== undefined) return;
    this.#virtual = this.#base.now();
    for (const timer of this.#timers) {
      timer.based?.clear();
      timer.based = undefined;
    }
  }

  async #advance(ms: number): Promise<number> {
    const until = this.now() + ms;
    let ran = 0;
    await this.#settled();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.at > until) break;
      this.#timers.delete(next);
      this.#virtual = Math.max(this.now(), next.at);
      next.run();
      ran++;
      await this.#settled();
    }
    this.#virtual = until;
    return ran;
  }

  /** The earliest timer; among equals the one set first. */
  #next(): LabTimer | undefined {
    let next: LabTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }

  /** Resolves when no immediate is outstanding. */
  async #settled(): Promise<void> {
    while (this.#turns > 0) await new Promise<void>((resolve) => this.#base.setImmediate(resolve));
  }
}
