import type { Clock, Timer } from '../waiting/clock.js';

export interface LeaseParts {
  readonly clock: Clock;
  /** How long it lasts. */
  readonly seconds: number;
  /** Whether the session is in use now. The time of the lease stands still meanwhile. */
  readonly isUsed: () => boolean;
  readonly onExpiry: () => void;
}

/** How long a session lives without being used. */
export class Lease {
  readonly #parts: LeaseParts;
  #seconds: number;
  /** When it began last, by the clock. */
  #from: number;
  readonly #holds = new Set<object>();
  #timer: Timer;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#seconds = parts.seconds;
    this.#from = parts.clock.now();
    this.#timer = this.#watch();
  }

  /** How long it lasts. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Whether its time runs: the session is not in use, and nothing holds it. */
  get isRunning(): boolean {
    return this.#holds.size === 0 && !this.#parts.isUsed();
  }

  /** Milliseconds until it expires, if nothing happens; 0 or less: it has. */
  get left(): number {
    const spent = this.isRunning ? this.#parts.clock.now() - this.#from : 0;
    return this.#seconds * 1000 - spent;
  }

  /** The session was used: it begins anew. @param now the clock's time, where it is known */
  touch(now = this.#parts.clock.now()): void {
    this.#from = now;
  }

  /** Begins anew, with another length if given. */
  renew(seconds = this.#seconds): void {
    this.#seconds = seconds;
    this.touch();
    this.#timer.clear();
    this.#timer = this.#watch();
  }

  /** Something was opened on the session: its time stands still until the function is called. */
  hold(): () => void {
    const hold = {};
    this.#holds.add(hold);
    return () => {
      if (this.#holds.delete(hold)) this.touch();
    };
  }

  /** The session has ended. */
  end(): void {
    this.#timer.clear();
  }

  #watch(): Timer {
    return this.#parts.clock.setTimeout(Math.max(1, this.left), () => {
      if (this.left <= 0) this.#parts.onExpiry();
      else this.#timer = this.#watch();
    });
  }
}
