import type { Call, Wake } from './call.js';

/** A call that waits for its turn, between its neighbours. */
interface Waiting {
  readonly wake: () => void;
  before: Waiting;
  behind: Waiting;
}

/** The order of native calls of one socket in one direction: one at a time, first come, first served. */
export class Lane {
  #taken = false;
  /**
   * The end of a ring: behind it is the first that waits, before it the last. So each leaves in one step. Made for the
   * first that waits.
   */
  #end: Waiting | undefined;

  get isTaken(): boolean {
    return this.#taken;
  }

  /** Takes the lane, waiting for its turn. Anything but `ready`: the call was ended and has not got it. */
  enter(call: Call): Wake | Promise<Wake> {
    if (!this.#taken) {
      this.#taken = true;
      return 'ready';
    }
    this.#end ??= emptyRing();
    const end = this.#end;
    return call.wait((wake) => {
      const last = end.before;
      const waiting: Waiting = { wake, before: last, behind: end };
      last.behind = waiting;
      end.before = waiting;
      return { stop: () => leaveRing(waiting) };
    });
  }

  /** Hands the lane to the next that waits. */
  leave(): void {
    const next = this.#end?.behind;
    if (next === undefined || next === this.#end) this.#taken = false;
    else next.wake();
  }
}

const emptyRing = (): Waiting => {
  // Its neighbour on both sides is itself while nobody waits; a literal cannot name itself, hence the cast.
  const end = { wake: () => {} } as Waiting;
  end.before = end;
  end.behind = end;
  return end;
};

const leaveRing = ({ before, behind }: Waiting): void => {
  before.behind = behind;
  behind.before = before;
};
