import type { Clock } from './clock.js';

/** Few enough that what follows from them, an answer each, keeps nobody waiting for long. */
const STEPS_PER_TURN = 32;

/**
 * Steps that may come in any number at once: the ends of calls and of sockets. One turn of the event loop makes a few;
 * the others follow in later turns, in their order, with everything else that is to be done in between.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'setImmediate'>;
  #later: (() => void)[] = [];
  /** The first of `#later` that has not been made. */
  #next = 0;
  #left = STEPS_PER_TURN;
  #isTurnComing = false;

  constructor(clock: Pick<Clock, 'setImmediate'>) {
    this.#clock = clock;
  }

  /** Makes the step now, or in a later turn where this one has made enough. */
  run(step: () => void): void {
    if (!this.#isTurnComing) {
      this.#isTurnComing = true;
      this.#clock.setImmediate(this.#turn);
    }
    if (this.#left === 0 || this.#next < this.#later.length) {
      this.#later.push(step);
      return;
    }
    this.#left--;
    step();
  }

  readonly #turn = (): void => {
    this.#isTurnComing = false;
    this.#left = STEPS_PER_TURN;
    while (this.#left > 0) {
      const step = this.#later[this.#next];
      if (step === undefined) break;
      this.#next++;
      this.#left--;
      step();
    }
    if (this.#next < this.#later.length) {
      if (!this.#isTurnComing) this.#clock.setImmediate(this.#turn);
      this.#isTurnComing = true;
      return;
    }
    this.#later = [];
    this.#next = 0;
  };
}
