/**
 * The time of a lab network. Everything that happens later in the lab (a connect that ends, a wake, a reset
 * that arrives) goes through it, so that a test or a lesson can hold time still.
 */
export interface LabClock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Runs once after that many milliseconds, unless cleared before. */
  setTimeout(ms: number, run: () => void): { clear(): void };
  /** Runs in a later turn, in the order of the calls; never inside this call. */
  setImmediate(run: () => void): void;
}
