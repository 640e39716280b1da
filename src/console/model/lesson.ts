/** Lessons, as `GET /v1/lessons` answers them, and their calls with the references replaced. */
import type { BatchStep } from './types.js';

/** Where a lesson runs: on the lab, or on the native provider of the daemon. */
export type LessonProvider = 'lab' | 'native';

/** A question of a lesson. */
export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
  /** The index of the right choice. */
  readonly right: number;
  readonly why: string;
}

/** One step of a lesson. */
export interface LessonStep {
  readonly text: string;
  /** A step of a batch; its references name ids of earlier calls, or `session`. */
  readonly call?: BatchStep;
  /** The name of the socket that the call makes. */
  readonly as?: string;
  readonly after?: string;
  readonly question?: Question;
}

/** A lesson. The daemon has checked it at its start, but its author may be anybody. */
export interface Lesson {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly providers: readonly LessonProvider[];
  readonly steps: readonly LessonStep[];
}

/** The result of a call. */
export type Result = Readonly<Record<string, unknown>>;

/** The results of the calls so far by their ids; `session` is that of the startup before them. */
export type Results = Readonly<Record<string, Result>>;

/** The id of the lesson's session in references. */
export const SESSION = 'session';

/** A reference has no value: the call that should have given it has failed. */
export class MissingResult extends Error {
  override name = 'MissingResult';

  /** @param reference the pointer of the reference */
  constructor(reference: string) {
    super(`No earlier call has given ${reference}.`);
  }
}

/**
 * The parameters with the values of the results in place of `{"$result": "/id/member"}`. Only own members
 * count, as for the daemon.
 *
 * @throws MissingResult
 */
export const referencesResolved = (params: Result, results: Results): Result =>
  membersResolved(params, results);

const membersResolved = (members: object, results: Results): Result =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, resolved(value, results)]));

const resolved = (value: unknown, results: Results): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => resolved(one, results));
  if (!Object.hasOwn(value, '$result')) return membersResolved(value, results);
  const pointer: unknown = Reflect.get(value, '$result');
  const found = typeof pointer === 'string' ? valueAt(results, pointer) : undefined;
  if (found === undefined) throw new MissingResult(String(pointer));
  return found;
};

/** https://www.rfc-editor.org/rfc/rfc6901 */
const valueAt = (value: unknown, pointer: string): unknown => {
  const [root, ...parts] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (root !== '') return undefined;
  let at = value;
  for (const part of parts) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    // The length of a list is no value of JSON.
    if (Array.isArray(at) && !/^\d+$/.test(part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
};

/**
 * The call of a step as a batch has it, without references. A `socket` call that names no provider gets that
 * of the run.
 *
 * @param provider the provider's name, such as `lab` or `posix`; undefined: the daemon's first one
 * @throws MissingResult
 */
export const stepCall = (
  { operation, params = {}, expect, expectError, repeat }: BatchStep,
  results: Results,
  provider: string | undefined,
): BatchStep => ({
  operation,
  params: {
    ...(operation === 'socket' && provider !== undefined && { provider }),
    ...referencesResolved(params, results),
  },
  ...(expect && { expect }),
  ...(expectError !== undefined && { expectError }),
  ...(repeat !== undefined && { repeat }),
});
