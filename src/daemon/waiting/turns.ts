import type { Clock } from './clock.js';

/** The size of all steps of a turn: so small that what follows from them keeps nobody waiting for long. */
const MOST_OF_TURN = 32;

interface Step {
  readonly run: () => void;
  readonly size: number;
}

/**
 * Steps that may come in any number at once: the ends of calls and of sockets. One turn of the event loop makes a few;
 * the others follow in later turns, with everything else that is to be done in between. Those of one owner are made in
 * their order, and owners take turns.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'setImmediate'>;
  /** By owner; the one whose turn it is first. */
  readonly #later = new Map<string, Step[]>();
  #left = MOST_OF_TURN;
  #isTurnComing = false;

  constructor(clock: Pick<Clock, 'setImmediate'>) {
    this.#clock = clock;
  }

  /**
   * Makes the step now, or in a later turn where this one has made enough.
   *
   * @param size how much follows from it: 1 is what the end of a plain call costs, with its answer. A step that is
   *   larger than a turn is the last of its turn
   */
  run(owner: string, step: () => void, size = 1): void {
    if (!this.#isTurnComing) {
      this.#isTurnComing = true;
      this.#clock.setImmediate(this.#turn);
    }
    const before = this.#later.get(owner);
    if (before) before.push({ run: step, size });
    else if (this.#left <= 0) this.#later.set(owner, [{ run: step, size }]);
    else {
      this.#left -= size;
      step();
    }
  }

  readonly #turn = (): void => {
    this.#isTurnComing = false;
    this.#left = MOST_OF_TURN;
    for (const [owner, steps] of this.#later) {
      if (this.#left <= 0) break;
      const step = steps.shift();
      // A Map keeps the order of insertion: the owner goes to the end of the row, where this loop comes to it again.
      this.#later.delete(owner);
      if (steps.length > 0) this.#later.set(owner, steps);
      if (!step) continue;
      this.#left -= step.size;
      step.run();
    }
    // What was made in this turn does not count in the next.
    const isFresh = this.#left === MOST_OF_TURN;
    if (isFresh || this.#isTurnComing) return;
    this.#isTurnComing = true;
    this.#clock.setImmediate(this.#turn);
  };
}
