import type { Call, Wake } from './call.js';

/** The order of native calls of one socket in one direction: one at a time, first come, first served. */
export class Lane {
  #taken = false;
  readonly #queue: (() => void)[] = [];

  get isTaken(): boolean {
    return this.#taken;
  }

  /** Takes the lane, waiting for its turn. Anything but `ready`: the call was ended and has not got it. */
  enter(call: Call): Wake | Promise<Wake> {
    if (!this.#taken) {
      this.#taken = true;
      return 'ready';
    }
    return call.wait((wake) => {
      this.#queue.push(wake);
      return {
        stop: () => {
          const at = this.#queue.indexOf(wake);
          if (at >= 0) this.#queue.splice(at, 1);
        },
      };
    });
  }

  /** Hands the lane to the next in the queue. */
  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken = false;
  }
}
