import type { Handle, Readiness, Watch } from '../provider.js';
import type { LabClock } from './clock.js';

/** One active watch. */
class Armed implements Watch {
  /** The handle that is watched; a socket may have several. */
  readonly by: Handle;
  /** The wanted conditions that hold; undefined while none does. */
  readonly seen: (now: Readiness) => Readiness | undefined;
  readonly wake: (seen: Readiness) => void;
  /** A wake is scheduled already. */
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

/** After an error every condition holds: every call answers at once. */
export const EVERYTHING: Readiness = Object.freeze({
  read: true,
  write: true,
  hangup: true,
  urgent: true,
});

const NO_READINESS: Readiness = Object.freeze({});

const THINGS = ['read', 'write', 'hangup', 'urgent'] as const;

/** The wanted conditions that hold; undefined when none does. */
const both = (want: Readiness, now: Readiness): Readiness | undefined => {
  const seen = THINGS.filter((thing) => want[thing] === true && now[thing] === true);
  return seen.length === 0 ? undefined : Object.fromEntries(seen.map((thing) => [thing, true]));
};

/**
 * The active watches of one socket. A watch wakes in a later turn, and only if its condition still holds
 * then.
 */
export class Watches {
  readonly #armed = new Set<Armed>();
  readonly #clock: LabClock;
  readonly #now: () => Readiness;

  /** @param now the current readiness of the socket */
  constructor(clock: LabClock, now: () => Readiness) {
    this.#clock = clock;
    this.#now = now;
  }

  /** Whether a watch of that handle has neither woken nor stopped. */
  isLive(by: Handle): boolean {
    for (const armed of this.#armed) if (armed.by === by) return true;
    return false;
  }

  add(by: Handle, want: Readiness, wake: (seen: Readiness) => void): Watch {
    return this.#arm(by, (now) => both(want, now), wake);
  }

  /** Wakes when the condition holds. */
  addCondition(by: Handle, isSo: () => boolean, wake: () => void): Watch {
    return this.#arm(by, () => (isSo() ? NO_READINESS : undefined), wake);
  }

  #arm(by: Handle, seen: Armed['seen'], wake: Armed['wake']): Watch {
    const armed = new Armed(by, seen, wake, this.#armed);
    this.#schedule(armed, this.#now());
    return armed;
  }

  /** Must be called after each change that can make a condition hold. */
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
      // The condition no longer holds, because another call has taken the data: the watch goes on.
      if (seen === undefined) return;
      // Removed before the wake, which may close the socket.
      this.#armed.delete(armed);
      armed.wake(seen);
    });
  }
}
