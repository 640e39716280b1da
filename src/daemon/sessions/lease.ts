import type { Clock, Timer } from '../waiting/clock.js';

export interface LeaseParts {
  readonly clock: Clock;
  /** Its length. */
  readonly seconds: number;
  /** Whether the session is in use now. The lease does not run meanwhile. */
  readonly isUsed: () => boolean;
  readonly onExpiry: () => void;
}

/** How long a session lives without being used. */
export class Lease {
  readonly #parts: LeaseParts;
  #seconds: number;
  /** When it last started, by the clock. */
  #from: number;
  readonly #holds = new Set<object>();
  #timer: Timer;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#seconds = parts.seconds;
    this.#from = parts.clock.now();
    this.#timer = this.#watch();
  }

  /** Its length. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Whether it runs: the session is not in use, and nothing holds the lease. */
  get isRunning(): boolean {
    return this.#holds.size === 0 && !this.#parts.isUsed();
  }

  /** Milliseconds until it expires if the session is not used; 0 or less: it has expired. */
  get left(): number {
    const spent = this.isRunning ? this.#parts.clock.now() - this.#from : 0;
    return this.#seconds * 1000 - spent;
  }

  /** The session was used: starts the lease anew. @param now the clock's time, if the caller knows it */
  touch(now = this.#parts.clock.now()): void {
    this.#from = now;
  }

  /** Starts the lease anew, with another length if given. */
  renew(seconds = this.#seconds): void {
    this.#seconds = seconds;
    this.touch();
    this.#timer.clear();
    this.#timer = this.#watch();
  }

  /** Stops the lease until the returned function is called, for example while a stream of events is open. */
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
