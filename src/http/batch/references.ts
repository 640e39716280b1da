import type { ParameterPath } from '../../daemon/answers/refusals.js';
import { pointerParts, valueAt } from './pointer.js';

/** The member that makes an object a reference: it stands for a value of an earlier result. */
const RESULT = '$result';

/** A reference in the parameters of a step. */
export interface Reference {
  /** The object that stands for the value. */
  readonly at: object;
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
export const referencesIn = (params: object): readonly Reference[] => {
  const references: Reference[] = [];
  addReferences(params, [], references);
  return references;
};

const addReferences = (value: object, path: (string | number)[], references: Reference[]): void => {
  if (Object.hasOwn(value, RESULT)) {
    references.push({ at: value, path: [...path], target: targetOf(value) });
    return;
  }
  for (const [name, one] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (!isObject(one)) continue;
    path.push(name);
    addReferences(one, path, references);
    path.pop();
  }
};

/** The parameters with values in place of their references, or the place of one that has no value. */
export const withResults = (
  params: object,
  references: readonly Reference[],
  resultOf: (stepId: string) => unknown,
): { readonly params: object; readonly missing?: ParameterPath | undefined } => {
  const values = new Map<object, unknown>();
  for (const { at, path, target } of references) {
    const value = target && valueAt(resultOf(target.stepId), target.place);
    if (value === undefined) return { params, missing: path };
    values.set(at, value);
  }
  return { params: Object(copied(params, values)), missing: undefined };
};

const copied = (value: object, values: ReadonlyMap<object, unknown>): unknown => {
  if (values.has(value)) return values.get(value);
  const copyOf = (one: unknown): unknown => (isObject(one) ? copied(one, values) : one);
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: Record<string, unknown> = { ...value };
  for (const name of Object.keys(copy)) copy[name] = copyOf(copy[name]);
  return copy;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const targetOf = (reference: object): Target | undefined => {
  const text: unknown = Reflect.get(reference, RESULT);
  if (typeof text !== 'string' || Object.keys(reference).length > 1) return undefined;
  const [stepId, ...place] = pointerParts(text) ?? [];
  return stepId === undefined ? undefined : { stepId, place };
};
