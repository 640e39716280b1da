/** A timer that can be cancelled. */
export interface Timer {
  clear(): void;
}

/** The daemon's only source of time, injected so that tests control it. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** The wall clock, for times that people read. Durations are never measured with it. */
  wall(): Date;
  /** Runs once after that many milliseconds; does not keep the process alive. */
  setTimeout(ms: number, run: () => void): Timer;
  /** Runs once in a later turn of the event loop. */
  setImmediate(run: () => void): void;
}

/** Node's timers take at most this many milliseconds; a longer one would fire at once. */
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
