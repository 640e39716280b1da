import type { Clock } from './clock.js';

/** The total size of the steps in one event loop turn: so small that other work does not wait long. */
const SIZE_PER_TURN = 32;

/**
 * The size after which the next owner's steps run. It is a size, so small and large steps have equal shares.
 */
const SIZE_PER_OWNER = 16;

interface Step {
  readonly run: () => void;
  readonly size: number;
}

/**
 * Spreads steps over event loop turns, because any number may come at once: the ends of calls and of sockets.
 * Each turn runs a few; the rest follow in later turns, with other work in between. The steps of one owner
 * run in their order, and owners take turns.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'setImmediate'>;
  /** The waiting steps by owner; the next owner is the first. */
  readonly #queues = new Map<string, Step[]>();
  #left = SIZE_PER_TURN;
  #isTurnComing = false;

  constructor(clock: Pick<Clock, 'setImmediate'>) {
    this.#clock = clock;
  }

  /**
   * Runs the step now or, if this turn has run enough, in a later turn.
   *
   * @param size how much work the step causes: 1 is the end of a plain call with its answer. A step that is
   *   larger than what the turn has left is the last of the turn
   */
  run(owner: string, step: () => void, size = 1): void {
    if (!this.#isTurnComing) {
      this.#isTurnComing = true;
      this.#clock.setImmediate(this.#turn);
    }
    const before = this.#queues.get(owner);
    if (before) before.push({ run: step, size });
    else if (this.#left <= 0) this.#queues.set(owner, [{ run: step, size }]);
    else {
      this.#left -= size;
      step();
    }
  }

  readonly #turn = (): void => {
    this.#isTurnComing = false;
    this.#left = SIZE_PER_TURN;
    for (const [owner, steps] of this.#queues) {
      if (this.#left <= 0) break;
      this.#makeSome(steps);
      // A Map keeps the order of insertion: the owner goes to the end, where this loop reaches it again.
      this.#queues.delete(owner);
      if (steps.length > 0) this.#queues.set(owner, steps);
    }
    // Steps that ran in this turn do not count in the next one, so that one must begin anew.
    const isFresh = this.#left === SIZE_PER_TURN;
    if (isFresh || this.#isTurnComing) return;
    this.#isTurnComing = true;
    this.#clock.setImmediate(this.#turn);
  };

  #makeSome(steps: Step[]): void {
    for (let left = SIZE_PER_OWNER; left > 0 && this.#left > 0; ) {
      const step = steps.shift();
      if (!step) return;
      left -= step.size;
      this.#left -= step.size;
      step.run();
    }
  }
}
