/** Makes steps in turns of the event loop: few a turn, those of one owner in order, and owners alternate. */
export interface StepScheduler {
  /**
   * Makes the step now or in a later turn.
   *
   * @param size 1 is the cost of a plain call that goes on after a wait
   */
  run(owner: string, step: () => void, size: number): void;
}

/** How long steps of batches and calls of WebSockets begin before everything else has its turn. */
const SLICE_MS = 5;

/** A slice is as much as all other steps of a turn of the event loop. */
const SLICE_SIZE = 32;

/** Divides the time of batches and WebSockets: everything else has its turn in between. */
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
