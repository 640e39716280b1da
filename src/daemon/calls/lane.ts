import { type Refusal, refuse } from '../answers/refusals.js';
import type { Call, Wake } from './call.js';
import type { Pump } from './pump.js';

/** A call that waits for its turn, with its neighbours in the queue. */
interface Waiting {
  readonly wake: () => void;
  before: Waiting;
  behind: Waiting;
}

/** The queue of the calls of one socket in one direction: one at a time, first come, first served. */
export class Lane {
  /** The pump that makes all calls of the lane from now on; undefined: any client does. */
  holder: Pump | undefined;
  #taken = false;
  /**
   * A list node between the last waiting call and the first: `behind` is the first, `before` is the last. In
   * such a ring a call leaves in one step. Created when the first call waits.
   */
  #end: Waiting | undefined;

  get isTaken(): boolean {
    return this.#taken;
  }

  /**
   * Takes the lane, if necessary after a wait. Anything but `ready`: the call was ended and has not taken it.
   */
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

  /** Gives the lane to a pump, or refuses if a call or another pump has it. */
  hold(pump: Pump): Refusal | undefined {
    if (this.#taken || this.holder) return inUse(this.holder);
    this.holder = pump;
    return undefined;
  }

  /** The pump has ended. */
  release(pump: Pump): void {
    if (this.holder === pump) this.holder = undefined;
  }

  /** Hands the lane to the next waiting call. */
  leave(): void {
    const next = this.#end?.behind;
    if (next === undefined || next === this.#end) this.#taken = false;
    else next.wake();
  }
}

/** The refusal of a lane. @param holder the pump that has it; undefined: a call has */
export const inUse = (holder: Pump | undefined): Refusal =>
  refuse('in-use', `This direction of the socket belongs to ${holder?.name ?? 'a call'} until that ends.`);

const emptyRing = (): Waiting => {
  // While no call waits, both neighbours are the node itself; a literal cannot refer to itself, hence the
  // cast.
  const end = { wake: () => {} } as Waiting;
  end.before = end;
  end.behind = end;
  return end;
};

const leaveRing = ({ before, behind }: Waiting): void => {
  before.behind = behind;
  behind.before = before;
};
