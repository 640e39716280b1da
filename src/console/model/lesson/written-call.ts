/** Calls of a lesson as people write them: the names of sockets in place of their ids. */
import { type Lesson, MissingResult, referencesResolved, stepCall } from '../lesson.js';
import { visibleLines } from '../payload.js';
import { namesOf, type Progress } from './progress.js';

/** A call to read: its operation, and the name and value of each parameter. */
export interface WrittenCall {
  readonly operation: string;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/**
 * The call of a step as the pupil would write it; undefined if the step has none.
 *
 * @param provider the name of the provider of the run
 */
export const writtenCall = (
  progress: Progress,
  lesson: Lesson,
  step: number,
  provider: string | undefined,
): WrittenCall | undefined => {
  const call = lesson.steps[step]?.call;
  if (!call) return undefined;
  const given = call.params ?? {};
  const set = stepCall({ ...call, params: {} }, {}, provider).params ?? {};
  const params: readonly (readonly [string, unknown])[] = [
    ...Object.entries(set).filter(([name]) => !Object.hasOwn(given, name)),
    ...Object.entries(given).map(([name, value]) => [name, known(value, progress)] as const),
  ];
  const names = namesOf(progress, lesson);
  return { operation: call.operation, params: params.map(([name, value]) => [name, written(value, names)]) };
};

/** A reference that has no value yet is shown as it is. */
const known = (value: unknown, { results }: Progress): unknown => {
  try {
    return referencesResolved({ value }, results).value;
  } catch (error) {
    if (!(error instanceof MissingResult)) throw error;
    return value;
  }
};

/**
 * A value as JavaScript writes it, with nothing invisible in it.
 *
 * @param names what to write in place of some texts
 */
export const written = (value: unknown, names: ReadonlyMap<string, string>): string => {
  if (typeof value === 'string') return names.get(value) ?? quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((one: unknown) => written(one, names)).join(', ')}]`;
  const members = Object.entries(value).map(([name, one]) => `${nameOf(name)}: ${written(one, names)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
};

const nameOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

/** Direction characters in it would change what is beside it. */
const quoted = (text: string): string => visibleLines(JSON.stringify(text));
