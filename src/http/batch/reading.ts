import {
  invalid,
  type ParameterError,
  type ParameterPath,
  type Refusal,
} from '../../daemon/answers/refusals.js';
import { MOST_ERRORS } from '../problems/problem.js';
import { MOST_POINTERS } from './batch-definition.js';
import type { DocumentBytes } from './document-bytes.js';

/** What is known so far of a document that is read. */
export class Reading {
  readonly owner: string;
  /** The first ones: an answer has no more. */
  readonly errors: ParameterError[] = [];
  /** The ids of steps that others refer to. */
  readonly referredTo = new Set<string>();
  /** The ids of the steps that have been read. */
  readonly before = new Set<string>();
  readonly #bytes: DocumentBytes;
  #pointers = 0;

  constructor(owner: string, bytes: DocumentBytes) {
    this.owner = owner;
    this.#bytes = bytes;
  }

  addError(path: ParameterPath, detail: string): void {
    if (this.errors.length < MOST_ERRORS) this.errors.push({ path, detail });
  }

  /** Counts a reference or expectation. Returns a refusal if there are too many, or there is no room. */
  addPointer(place: readonly string[] = []): Refusal | undefined {
    return ++this.#pointers > MOST_POINTERS ? TOO_MANY : this.#bytes.reservePointer(place.length);
  }
}

const TOO_MANY = invalid(['steps'], `must have <= ${MOST_POINTERS} references and expectations together`);
