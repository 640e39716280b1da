import { type Refusal, refuse } from '../answers/refusals.js';

/** Counts the calls of each owner that wait, or have waited and are not finished, and limits their number. */
export class WaitingCalls {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** @param most for one owner */
  constructor(most: number) {
    this.#most = most;
  }

  of(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  /** Counts one more, until `leave`; false if the number is reached: then nothing is counted. */
  enter(owner: string): boolean {
    const count = this.of(owner);
    if (count >= this.#most) return false;
    this.#counts.set(owner, count + 1);
    return true;
  }

  leave(owner: string): void {
    const left = this.of(owner) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}

export const TOO_MANY_WAIT: Refusal = refuse(
  'quota',
  'The owner has as many waiting calls as limits.callsPerOwner allows, and this call must wait; end some.',
);
