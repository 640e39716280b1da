/**
 * The time of a lab network. Every later event in the lab (the end of a connect, a wake, the arrival of a
 * reset) goes through it, so that a test or a lesson can stop time.
 */
export interface LabClock {
  /** Milliseconds since a fixed moment; never decreases. */
  now(): number;
  /** Calls `run` once after that many milliseconds, unless cleared before. */
  setTimeout(ms: number, run: () => void): { clear(): void };
  /** Calls `run` in a later turn, in the order of the calls; never inside this call. */
  setImmediate(run: () => void): void;
}
