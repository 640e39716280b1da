import type { Clock, Timer } from '../waiting/clock.js';
import type { Hold } from './hold.js';

/** The allowance: so many bytes as the pace gives in this part of a second, and at least one. */
const ALLOWANCE_SECONDS = 0.1;

/**
 * Lets a number of bytes pass each second: a token bucket. At most the allowance may pass at once, so in any
 * time no more passes than the allowance and what the pace gives in that time. Once the allowance is used up,
 * nothing passes before half of it is there again: otherwise bytes would pass one by one, and a timer that
 * is late would lose some of the pace.
 */
export class Pace implements Hold {
  readonly #perMs: number;
  readonly #most: number;
  readonly #again: number;
  readonly #divides: boolean;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #allowed: number;
  #at: number;
  #timer: Timer | undefined;

  /**
   * @param divides whether a part of what waits may pass: bytes of a stream. A datagram passes whole, and the
   *   next one waits until the pace has made up for it
   * @param changed called when bytes may pass again
   */
  constructor(bytesPerSecond: number, divides: boolean, clock: Clock, changed: () => void) {
    this.#perMs = bytesPerSecond / 1000;
    this.#most = Math.max(1, bytesPerSecond * ALLOWANCE_SECONDS);
    this.#again = Math.max(1, Math.floor(this.#most / 2));
    this.#divides = divides;
    this.#clock = clock;
    this.#changed = changed;
    this.#allowed = this.#most;
    this.#at = clock.now();
  }

  get passes(): number {
    if (this.#timer) return 0;
    this.#refill();
    return this.#divides ? Math.floor(this.#allowed) : Number.POSITIVE_INFINITY;
  }

  get hidesEnd(): boolean {
    return this.holds;
  }

  get holds(): boolean {
    return this.#timer !== undefined;
  }

  passed(bytes: number): void {
    this.#refill();
    this.#allowed -= bytes;
    if (this.#allowed < 1 && !this.#timer) this.#wait();
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#allowed = Math.min(this.#most, this.#allowed + (now - this.#at) * this.#perMs);
    this.#at = now;
  }

  #wait(): void {
    const ms = Math.ceil((this.#again - this.#allowed) / this.#perMs);
    this.#timer = this.#clock.setTimeout(ms, () => {
      this.#refill();
      // A timer may be early, and is never longer than Node permits.
      if (this.#allowed < 1) {
        this.#wait();
        return;
      }
      this.#timer = undefined;
      this.#changed();
    });
  }
}
