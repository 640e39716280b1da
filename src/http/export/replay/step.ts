import type { AnyOperation } from '../../../operations/operation.js';
import { restRouteOf, successStatusOf } from '../../rest/rest-route.js';

/**
 * What stands in a step for what only the repetition can know. An object of a caller's own is never taken for one:
 * bodyOf has put it into `$plain` where the name of a member begins with a `$`.
 */
export type Filling =
  /** What an answer gave under that name. */
  | { readonly $given: string }
  /** The base64 of these bytes with zeros behind them: so many bytes together. */
  | { readonly $padded: { readonly base64: string; readonly length: number } }
  /** The value itself, in which nothing is filled in. */
  | { readonly $plain: unknown };

/** One call of a repetition, in HTTP terms, as JSON has it. */
export interface Step {
  /** The entry of the journal, of another session `4@session2`; 0: what stands before it. No two wait under one. */
  readonly number: string;
  readonly operation: string;
  /** What a reader has to know about it, one line each. */
  readonly notes: readonly string[];
  readonly method: string;
  /** Segments. */
  readonly path: readonly (string | Filling)[];
  /** JSON with fillings; absent: no body. */
  readonly body?: unknown;
  readonly status: number;
  /** What the problem must say: a code, or the name of a refusal; `-` for success. */
  readonly code: string;
  /** Where the answer holds what later steps need, for example `["localAddress", "port"]`, and the name it is kept under. */
  readonly gives?: { readonly at: readonly string[]; readonly name: string };
  /** It was still waiting when the next call came. */
  readonly pending: boolean;
  /** Numbers of the pending steps that had ended before it began. */
  readonly awaits: readonly string[];
}

/**
 * Where a step makes its call.
 *
 * @param fill what stands for a placeholder of the path
 */
export const placeOf = (
  op: AnyOperation,
  fill: (name: string) => string | Filling,
): Pick<Step, 'method' | 'path'> => {
  const { method, path } = restRouteOf(op);
  const [, ...segments] = path.split('/');
  return { method, path: segments.map((text) => (text.startsWith('{') ? fill(text.slice(1, -1)) : text)) };
};

/** What steps have in common that stand for no entry of the journal: each has succeeded before the next. */
export const inserted = (op: AnyOperation): Pick<Step, 'status' | 'code' | 'pending' | 'awaits'> => ({
  status: successStatusOf(op),
  code: '-',
  pending: false,
  awaits: [],
});

/** What is repeated, and what cannot be. */
export interface Repetition {
  readonly steps: readonly Step[];
  /** Names of the sessions, which end with the repetition. */
  readonly sessions: readonly string[];
  /** One line each. */
  readonly remarks: readonly string[];
}
