import type { ParameterPath } from '../../daemon/answers/refusals.js';
import { pointerParts, valueAt } from './pointer.js';

/** The member that makes an object a reference: it stands for a value of an earlier result. */
const RESULT = '$result';

/** A reference in the parameters of a step. */
export interface Reference {
  /** Its place in the parameters. */
  readonly path: ParameterPath;
  /** The step that it names, and the place in its result; undefined if its text is no such pointer. */
  readonly target: Target | undefined;
}

interface Target {
  readonly stepId: string;
  readonly place: readonly string[];
}

/** The references anywhere in the parameters. */
export const referencesIn = (value: unknown, path: ParameterPath = []): readonly Reference[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (Object.hasOwn(value, RESULT)) return [{ path, target: targetOf(value) }];
  return Array.isArray(value)
    ? value.flatMap((one, at) => referencesIn(one, [...path, at]))
    : Object.entries(value).flatMap(([name, one]) => referencesIn(one, [...path, name]));
};

/** How much the values in place of references may be together. */
export interface MostOfValues {
  readonly characters: number;
  /** Values and names. */
  readonly values: number;
}

/** Parameters with values in place of their references. */
interface WithResults {
  readonly params: object;
  /** The first reference that has no value. */
  readonly missing?: ParameterPath | undefined;
  /** A short reference may stand for a long value, and many of them for the same one. */
  readonly isTooLarge: boolean;
}

/**
 * Puts values in place of references.
 *
 * @param resultOf gives the result of an earlier step
 */
export const withResults = (
  params: object,
  resultOf: (stepId: string) => unknown,
  most: MostOfValues,
): WithResults => {
  let missing: ParameterPath | undefined;
  const left = { ...most };
  let isTooLarge = false;
  const resolved = (value: unknown, path: ParameterPath): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Object.hasOwn(value, RESULT)) {
      const target = targetOf(value);
      const found = target && valueAt(resultOf(target.stepId), target.place);
      if (found === undefined) missing ??= path;
      isTooLarge ||= !fits(found, left);
      return isTooLarge ? undefined : found;
    }
    return Array.isArray(value)
      ? value.map((one, at) => resolved(one, [...path, at]))
      : Object.fromEntries(
          Object.entries(value).map(([name, one]) => [name, resolved(one, [...path, name])]),
        );
  };
  return { params: Object(resolved(params, [])), missing, isTooLarge };
};

/** Takes the size of a value off what is left. False: it does not fit, and was not looked at to its end. */
const fits = (value: unknown, left: { characters: number; values: number }): boolean => {
  left.values--;
  if (typeof value === 'string') left.characters -= value.length;
  if (left.values < 0 || left.characters < 0) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((one) => fits(one, left));
  return Object.entries(value).every(([name, one]) => fits(name, left) && fits(one, left));
};

const targetOf = (reference: object): Target | undefined => {
  const { [RESULT]: text, ...others }: Readonly<Record<string, unknown>> = { ...reference };
  if (typeof text !== 'string' || Object.keys(others).length > 0) return undefined;
  const [stepId, ...place] = pointerParts(text) ?? [];
  return stepId === undefined ? undefined : { stepId, place };
};
