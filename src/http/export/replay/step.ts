import type { AnyOperation } from '../../../operations/operation.js';
import { restRouteOf, successStatusOf } from '../../rest/rest-route.js';

/**
 * A value in a step that the program replaces. An object of a caller cannot be mistaken for one: bodyOf puts
 * an object with a member whose name begins with `$` into `$plain`.
 */
export type Placeholder =
  /** A value from an answer, by the name under which it was kept. */
  | { readonly $given: string }
  /** The base64 of these bytes, padded with zeros to the length. */
  | { readonly $padded: { readonly base64: string; readonly length: number } }
  /** The value itself, in which nothing is replaced. */
  | { readonly $plain: unknown };

/** One call of a repetition as an HTTP request, in JSON. */
export interface Step {
  /**
   * The sequence number in the journal, of another session `4@session2`; 0 for calls that are not in a
   * journal. Two pending steps never have the same.
   */
  readonly number: string;
  readonly operation: string;
  /** Notes for a reader of the program, one line each. */
  readonly notes: readonly string[];
  readonly method: string;
  /** The segments of the path. */
  readonly path: readonly (string | Placeholder)[];
  /** JSON with placeholders; absent: no body. */
  readonly body?: unknown;
  readonly status: number;
  /** The expected code, or the name of the expected refusal; `-` for success. */
  readonly code: string;
  /**
   * The path of a value in the answer that later steps need, for example `["localAddress", "port"]`, and the
   * name under which it is kept.
   */
  readonly gives?: { readonly at: readonly string[]; readonly name: string };
  /** Whether the call was still pending when the next one began. */
  readonly pending: boolean;
  /** The numbers of the pending steps that had ended before this one began. */
  readonly awaits: readonly string[];
}

/**
 * The method and path of a step.
 *
 * @param fill gives the value of a path parameter
 */
export const requestLineOf = (
  op: AnyOperation,
  fill: (name: string) => string | Placeholder,
): Pick<Step, 'method' | 'path'> => {
  const { method, path } = restRouteOf(op);
  const [, ...segments] = path.split('/');
  return { method, path: segments.map((text) => (text.startsWith('{') ? fill(text.slice(1, -1)) : text)) };
};

/** The common members of steps that are not in a journal: each must succeed before the next one. */
export const inserted = (op: AnyOperation): Pick<Step, 'status' | 'code' | 'pending' | 'awaits'> => ({
  status: successStatusOf(op),
  code: '-',
  pending: false,
  awaits: [],
});

/** The steps of a repetition, and remarks on what it cannot repeat. */
export interface Repetition {
  readonly steps: readonly Step[];
  /** Names of the sessions, which end with the repetition. */
  readonly sessions: readonly string[];
  /** One line each. */
  readonly remarks: readonly string[];
}
