/** A timer that may be given up. */
export interface Timer {
  clear(): void;
}

/** The daemon's one source of time, injected so that tests own it. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** The wall clock, for what people read. Never used to measure. */
  wall(): Date;
  /** Runs once after that many milliseconds; does not keep the process alive. */
  setTimeout(ms: number, run: () => void): Timer;
  /** Runs once in a later turn of the event loop. */
  setImmediate(run: () => void): void;
}

/** Node takes at most this many milliseconds; a longer wait would fire at once. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  setTimeout: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, LONGEST));
    timer.unref();
    return { clear: () => clearTimeout(timer) };
  },
  setImmediate: (run) => {
    setImmediate(run);
  },
};
