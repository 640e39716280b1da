import type { Handle, Readiness, Watch } from '../provider.js';
import type { LabClock } from './clock.js';

/** One active watch. */
class ActiveWatch implements Watch {
  /** The handle that is watched; a socket may have several. */
  readonly by: Handle;
  /** The wanted conditions that hold; undefined while none does. */
  readonly seen: (now: Readiness) => Readiness | undefined;
  readonly wake: (seen: Readiness) => void;
  /** A wake is scheduled already. */
  scheduled = false;
  readonly #active: Set<ActiveWatch>;

  constructor(by: Handle, seen: ActiveWatch['seen'], wake: ActiveWatch['wake'], live: Set<ActiveWatch>) {
    this.by = by;
    this.seen = seen;
    this.wake = wake;
    this.#active = live;
    live.add(this);
  }

  stop(): void {
    this.#active.delete(this);
  }
}

/** After an error every condition holds: every call answers at once. */
export const ALL_READY: Readiness = Object.freeze({
  read: true,
  write: true,
  hangup: true,
  urgent: true,
});

const NO_READINESS: Readiness = Object.freeze({});

const CONDITIONS = ['read', 'write', 'hangup', 'urgent'] as const;

/** The wanted conditions that hold; undefined when none does. */
const wantedAndReady = (want: Readiness, now: Readiness): Readiness | undefined => {
  const seen = CONDITIONS.filter((condition) => want[condition] === true && now[condition] === true);
  return seen.length === 0 ? undefined : Object.fromEntries(seen.map((condition) => [condition, true]));
};

/**
 * The active watches of one socket. A watch wakes in a later turn, and only if its condition still holds
 * then.
 */
export class Watches {
  readonly #active = new Set<ActiveWatch>();
  readonly #clock: LabClock;
  readonly #now: () => Readiness;

  /** @param now the current readiness of the socket */
  constructor(clock: LabClock, now: () => Readiness) {
    this.#clock = clock;
    this.#now = now;
  }

  /** Whether a watch of that handle has neither woken nor stopped. */
  isLive(by: Handle): boolean {
    for (const active of this.#active) if (active.by === by) return true;
    return false;
  }

  add(by: Handle, want: Readiness, wake: (seen: Readiness) => void): Watch {
    return this.#arm(by, (now) => wantedAndReady(want, now), wake);
  }

  /** Wakes when the condition holds. */
  addCondition(by: Handle, holds: () => boolean, wake: () => void): Watch {
    return this.#arm(by, () => (holds() ? NO_READINESS : undefined), wake);
  }

  #arm(by: Handle, seen: ActiveWatch['seen'], wake: ActiveWatch['wake']): Watch {
    const active = new ActiveWatch(by, seen, wake, this.#active);
    this.#schedule(active, this.#now());
    return active;
  }

  /** Must be called after each change that can make a condition hold. */
  check(): void {
    if (this.#active.size === 0) return;
    const now = this.#now();
    for (const active of this.#active) this.#schedule(active, now);
  }

  stopAll(): void {
    this.#active.clear();
  }

  #schedule(active: ActiveWatch, now: Readiness): void {
    if (active.scheduled || active.seen(now) === undefined) return;
    active.scheduled = true;
    this.#clock.setImmediate(() => {
      if (!this.#active.has(active)) return;
      active.scheduled = false;
      const seen = active.seen(this.#now());
      // The condition no longer holds, because another call has taken the data: the watch goes on.
      if (seen === undefined) return;
      // Removed before the wake, which may close the socket.
      this.#active.delete(active);
      active.wake(seen);
    });
  }
}
