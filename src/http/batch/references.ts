import type { ParameterPath } from '../../daemon/answers/refusals.js';
import { pointerParts, valueAt } from './pointer.js';

/** The member that makes an object a reference: it stands for a value of an earlier result. */
const RESULT = '$result';

/** A reference in the parameters of a step. */
export interface Reference {
  /** The object or array that has it. */
  readonly holder: object;
  /** Its place in the parameters; empty if they are a reference themselves. */
  readonly path: ParameterPath;
  /** The step that it names, and the place in its result; undefined if its text is no such pointer. */
  readonly target: Target | undefined;
}

interface Target {
  readonly stepId: string;
  readonly place: readonly string[];
}

/** The references anywhere in the parameters. */
export const referencesIn = (params: object): readonly Reference[] => {
  const references: Reference[] = [];
  addReferences(params, params, [], references);
  return references;
};

const addReferences = (
  value: object,
  holder: object,
  path: (string | number)[],
  references: Reference[],
): void => {
  if (Object.hasOwn(value, RESULT)) {
    references.push({ holder, path: [...path], target: targetOf(value) });
    return;
  }
  for (const [name, one] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof one !== 'object' || one === null) continue;
    path.push(name);
    addReferences(one, value, path, references);
    path.pop();
  }
};

/**
 * Puts values in the place of references: the document of a batch is its own, and each step uses its
 * parameters once. Returns the place of a reference that has no value.
 */
export const setValues = (
  references: readonly Reference[],
  resultOf: (stepId: string) => unknown,
): ParameterPath | undefined => {
  for (const { holder, path, target } of references) {
    const value = target && valueAt(resultOf(target.stepId), target.place);
    const name = path.at(-1);
    if (value === undefined || name === undefined) return path;
    Reflect.set(holder, name, value);
  }
  return undefined;
};

const targetOf = (reference: object): Target | undefined => {
  const text: unknown = Reflect.get(reference, RESULT);
  if (typeof text !== 'string' || Object.keys(reference).length > 1) return undefined;
  const [stepId, ...place] = pointerParts(text) ?? [];
  return stepId === undefined ? undefined : { stepId, place };
};
