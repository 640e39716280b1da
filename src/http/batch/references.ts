import { invalid, type ParameterPath, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { pointerParts, valueAt } from './pointer.js';

/** The member that makes an object a reference: it stands for a value of an earlier result. */
const RESULT = '$result';

/** An object or array of the parameters, by the one that has it; undefined for the parameters themselves. */
type Place = { readonly parent: Place; readonly name: string | number } | undefined;

/** A reference in the parameters of a step. There may be many, deep inside: each keeps only a link. */
export class Reference {
  /** The object or array that has it. */
  readonly holder: object;
  /** The step that it names, and the place in its result; undefined if its text is no such pointer. */
  readonly target: Target | undefined;
  readonly #place: Place;

  constructor(reference: object, holder: object, place: Place) {
    this.holder = holder;
    this.target = targetOf(reference);
    this.#place = place;
  }

  /** Its name in its holder; undefined if the parameters are a reference themselves. */
  get name(): string | number | undefined {
    return this.#place?.name;
  }

  /** Its place in the parameters; empty if they are a reference themselves. */
  get path(): ParameterPath {
    const path: (string | number)[] = [];
    for (let at = this.#place; at; at = at.parent) path.push(at.name);
    return path.reverse();
  }
}

interface Target {
  readonly stepId: string;
  readonly place: readonly string[];
}

/** The references anywhere in the parameters, one after another: there may be a pause between them. */
export const referencesIn = (params: object): Iterable<Reference> => inside(params, params, undefined);

function* inside(value: object, holder: object, place: Place): Iterable<Reference> {
  if (Object.hasOwn(value, RESULT)) {
    yield new Reference(value, holder, place);
    return;
  }
  for (const [name, one] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof one === 'object' && one !== null) yield* inside(one, value, { parent: place, name });
  }
}

/** How much the values in place of the references of one step may be together. */
export interface MostOfValues {
  readonly characters: number;
  /** Values and names. */
  readonly values: number;
}

/**
 * Puts values in the place of references: the document of a batch is its own, and each step uses its
 * parameters once. Returns the refusal if a reference has no value, or the values are too large: a short
 * reference may stand for a long value, and many of them for the same one.
 *
 * @param resultOf gives the result of an earlier step
 */
export const setValues = (
  references: Iterable<Reference>,
  resultOf: (stepId: string) => unknown,
  most: MostOfValues,
): Refusal | undefined => {
  const left = { ...most };
  for (const reference of references) {
    const { holder, name, target } = reference;
    const value = target && valueAt(resultOf(target.stepId), target.place);
    if (value === undefined || name === undefined) {
      return invalid(reference.path, 'refers to a value that the result does not have');
    }
    if (!fits(value, left)) return TOO_LARGE;
    Reflect.set(holder, name, value);
  }
  return undefined;
};

const TOO_LARGE = refuse(
  'too-large',
  'The values that its references stand for are larger than limits.bodyBytes, or more than limits.bodyValues.',
);

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
  const text: unknown = Reflect.get(reference, RESULT);
  if (typeof text !== 'string' || Object.keys(reference).length > 1) return undefined;
  const [stepId, ...place] = pointerParts(text) ?? [];
  return stepId === undefined ? undefined : { stepId, place };
};
