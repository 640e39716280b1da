import type { BatchStep } from '../types.js';

/**
 * A call as a step of a batch: in `params`, `{"$result": "/id/member"}` stands for a value that an earlier step
 * returns. Notes are for a reader, one line each; a batch has none.
 */
export interface Step extends Pick<BatchStep, 'id' | 'operation' | 'params' | 'expectError'> {
  readonly notes?: readonly string[];
}

/** A step while it is made: it gets an id when another step refers to it. */
export interface Draft {
  id?: string;
  readonly operation: string;
  params: Record<string, unknown>;
  readonly expectError?: string;
  readonly notes: string[];
}

/** The place of a value in the result of a step. */
export interface Place {
  readonly draft: Draft;
  /** A JSON pointer into the result. */
  readonly pointer: string;
}

/** A value of an earlier result in a batch. */
export interface Reference {
  readonly $result: string;
}

/** The ids of steps: names for readers, numbered from the second of a kind. */
export class StepIds {
  readonly #taken = new Set<string>();

  take(kind: string): string {
    let id = kind;
    for (let n = 2; this.#taken.has(id); n++) id = `${kind}${n}`;
    this.#taken.add(id);
    return id;
  }

  /** A reference to a place; its step gets an id named after its operation if it has none. */
  referenceTo({ draft, pointer }: Place): Reference {
    draft.id ??= this.take(draft.operation);
    return { $result: `/${draft.id}${pointer}` };
  }
}
