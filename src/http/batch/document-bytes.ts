import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Account } from '../memory/kept-bytes.js';

// The approximate memory of what is read, beyond its text.

/** A step, without its members. */
const STEP_BYTES = 256;

/** A value or name anywhere in a step. */
const VALUE_BYTES = 32;

/** A reference or expectation, without the names of its pointer. */
const POINTER_BYTES = 256;

/** A name of a pointer. */
const NAME_BYTES = 64;

/**
 * The memory that the document of a batch takes beyond its text, in the account of its owner, until the batch
 * has ended.
 */
export class DocumentBytes {
  readonly #account: Account;
  #bytes = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Reserves the memory of steps, without their references and expectations. */
  reserveSteps(steps: readonly object[]): Refusal | undefined {
    return this.#reserve(steps.length * STEP_BYTES + valuesIn(steps) * VALUE_BYTES);
  }

  /** Reserves the memory of a reference or expectation whose pointer has so many names. */
  reservePointer(names: number): Refusal | undefined {
    return this.#reserve(POINTER_BYTES + names * NAME_BYTES);
  }

  release(): void {
    this.#account.release(this.#bytes);
    this.#bytes = 0;
  }

  #reserve(bytes: number): Refusal | undefined {
    const refusal = this.#account.reserve(bytes);
    if (!refusal) this.#bytes += bytes;
    return refusal;
  }
}

/** The number of values and names; the limit of a body bounds it. */
const valuesIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 1;
  const names = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1 + names);
};
