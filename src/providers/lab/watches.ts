import type { Handle, Readiness, Watch } from '../provider.js';
import type { LabClock } from './clock.js';

/** One live watch. */
class Armed implements Watch {
  /** Through which handle; a socket may have several. */
  readonly by: Handle;
  /** What of it is so; undefined while nothing is. */
  readonly seen: (now: Readiness) => Readiness | undefined;
  readonly wake: (seen: Readiness) => void;
  /** A wake is on its way; nothing else schedules one. */
  scheduled = false;
  readonly #live: Set<Armed>;

  constructor(by: Handle, seen: Armed['seen'], wake: Armed['wake'], live: Set<Armed>) {
    this.by = by;
    this.seen = seen;
    this.wake = wake;
    this.#live = live;
    live.add(this);
  }

  stop(): void {
    this.#live.delete(this);
  }
}

/** An error condition makes everything so: whatever is tried, it answers at once. */
export const EVERYTHING: Readiness = Object.freeze({
  read: true,
  write: true,
  hangup: true,
  urgent: true,
});

const NO_READINESS: Readiness = Object.freeze({});

const THINGS = ['read', 'write', 'hangup', 'urgent'] as const;

/** Those of the wanted things that are so; undefined when none is. */
const both = (want: Readiness, now: Readiness): Readiness | undefined => {
  const seen = THINGS.filter((thing) => want[thing] === true && now[thing] === true);
  return seen.length === 0 ? undefined : Object.fromEntries(seen.map((thing) => [thing, true]));
};

/** The live watches of one socket. A wake comes in a later turn, and only if the thing is still so then. */
export class Watches {
  readonly #armed = new Set<Armed>();
  readonly #clock: LabClock;
  readonly #now: () => Readiness;

  /** @param now what the socket can do at this moment */
  constructor(clock: LabClock, now: () => Readiness) {
    this.#clock = clock;
    this.#now = now;
  }

  /** Whether one of that handle has neither woken nor stopped. */
  isLive(by: Handle): boolean {
    for (const armed of this.#armed) if (armed.by === by) return true;
    return false;
  }

  add(by: Handle, want: Readiness, wake: (seen: Readiness) => void): Watch {
    return this.#arm(by, (now) => both(want, now), wake);
  }

  /** Wakes when that has become true. */
  addCondition(by: Handle, isSo: () => boolean, wake: () => void): Watch {
    return this.#arm(by, () => (isSo() ? NO_READINESS : undefined), wake);
  }

  #arm(by: Handle, seen: Armed['seen'], wake: Armed['wake']): Watch {
    const armed = new Armed(by, seen, wake, this.#armed);
    this.#schedule(armed, this.#now());
    return armed;
  }

  /** To be called after everything that may have made something so. */
  check(): void {
    if (this.#armed.size === 0) return;
    const now = this.#now();
    for (const armed of this.#armed) this.#schedule(armed, now);
  }

  stopAll(): void {
    this.#armed.clear();
  }

  #schedule(armed: Armed, now: Readiness): void {
    if (armed.scheduled || armed.seen(now) === undefined) return;
    armed.scheduled = true;
    this.#clock.setImmediate(() => {
      if (!this.#armed.has(armed)) return;
      armed.scheduled = false;
      const seen = armed.seen(this.#now());
      // Somebody else has taken what was there: the watch goes on.
      if (seen === undefined) return;
      // First off the list: the wake may close the socket.
      this.#armed.delete(armed);
      armed.wake(seen);
    });
  }
}
