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

/** The parameters with values in place of their references, and the first reference that has no value. */
export const withResults = (
  params: object,
  resultOf: (stepId: string) => unknown,
): { readonly params: object; readonly missing?: ParameterPath | undefined } => {
  let missing: ParameterPath | undefined;
  const resolved = (value: unknown, path: ParameterPath): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Object.hasOwn(value, RESULT)) {
      const target = targetOf(value);
      const found = target && valueAt(resultOf(target.stepId), target.place);
      if (found === undefined) missing ??= path;
      return found;
    }
    return Array.isArray(value)
      ? value.map((one, at) => resolved(one, [...path, at]))
      : Object.fromEntries(
          Object.entries(value).map(([name, one]) => [name, resolved(one, [...path, name])]),
        );
  };
  return { params: Object(resolved(params, [])), missing };
};

const targetOf = (reference: object): Target | undefined => {
  const { [RESULT]: text, ...others }: Readonly<Record<string, unknown>> = { ...reference };
  if (typeof text !== 'string' || Object.keys(others).length > 0) return undefined;
  const [stepId, ...place] = pointerParts(text) ?? [];
  return stepId === undefined ? undefined : { stepId, place };
};
