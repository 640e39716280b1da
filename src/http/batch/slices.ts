import type { StepScheduler } from '../gates/read-body.js';

/** How long steps of batches run before everything else has its turn, all batches together. */
const SLICE_MS = 5;

/** A slice is as much as all other steps of a turn of the event loop. */
const SLICE_SIZE = 32;

/** Divides the time of batches, so that everything else has its turn in between. */
export class Slices {
  readonly #turns: StepScheduler;
  #ends = 0;

  /** @param turns has one slice in a turn of the event loop; owners take turns in it */
  constructor(turns: StepScheduler) {
    this.#turns = turns;
  }

  /** Whether a step may run now. */
  get isOpen(): boolean {
    return performance.now() < this.#ends;
  }

  /** Resolves when the next slice of the owner begins. */
  next(owner: string): Promise<void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        this.#ends = performance.now() + SLICE_MS;
        resolve();
      };
      this.#turns.run(owner, begin, SLICE_SIZE);
    });
  }
}
