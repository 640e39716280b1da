import type { Static } from 'typebox';
import {
  invalidParameters,
  type ParameterError,
  type ParameterPath,
  type Refusal,
} from '../../daemon/answers/refusals.js';
import { type Check, Validator } from '../../operations/dispatch/validation.js';
import type { AnyOperation } from '../../operations/operation.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { Instants } from '../gates/not-before.js';
import type { Slices } from '../memory/slices.js';
import { problemKindOf } from '../problems/problem-pages.js';
import { BATCH, type BatchRequest, MOST_RUNS, MOST_WAITS } from './batch-definition.js';
import { pointerParts } from './pointer.js';
import { type Reference, referencesIn } from './references.js';

/** A step whose document has been checked. */
export interface Step {
  readonly id?: string | undefined;
  readonly op: AnyOperation;
  readonly params: object;
  readonly references: readonly Reference[];
  /** The type of the problem that it must fail with. */
  readonly expectedProblem?: string | undefined;
  readonly expectations: readonly Expectation[];
  readonly repeat: number;
}

/** The value that must be at a place of the result. */
interface Expectation {
  readonly pointer: string;
  readonly place: readonly string[];
  readonly value: unknown;
}

/** A batch whose document has been checked. */
export interface Batch {
  readonly steps: readonly Step[];
  readonly onError: NonNullable<Given['onError']>;
  /** Milliseconds from now until the steps that have not ended are cancelled. */
  readonly timeoutMs: number;
  /** The ids of steps that later ones refer to. */
  readonly referredTo: ReadonlySet<string>;
  /** No call begins before; milliseconds of the daemon's clock. */
  readonly notBefore: number | undefined;
}

type Given = Static<typeof BatchRequest>;
type GivenStep = Given['steps'][number];

/** Reads the documents of batches. Nothing of a batch runs before all of its document is right. */
export class BatchReader {
  readonly #find: (name: string) => AnyOperation | undefined;
  readonly #slices: Slices;
  readonly #waitMs: number;
  readonly #instants: Instants;
  readonly #check: Check = new Validator().params(BATCH);

  /**
   * @param find gives the operation of a name
   * @param slices the steps of a document are read in them, because there may be many
   * @param waitSeconds the longest wait of one call
   */
  constructor(
    find: (name: string) => AnyOperation | undefined,
    slices: Slices,
    waitSeconds: number,
    instants: Instants,
  ) {
    this.#find = find;
    this.#slices = slices;
    this.#instants = instants;
    this.#waitMs = waitSeconds * 1000;
  }

  async read(document: unknown, owner: string): Promise<Success<Batch> | Refusal> {
    const invalid = this.#check(document);
    if (invalid) return invalid;
    // The schema has just been checked.
    const { steps: given, onError = 'stop', timeoutMs = this.#waitMs, notBefore } = document as Given;
    const errors: ParameterError[] = [];
    const instant = notBefore === undefined ? undefined : this.#instants.read(notBefore);
    if (instant?.ok === false) errors.push({ path: ['notBefore'], detail: instant.detail });
    if (timeoutMs > this.#waitMs * MOST_WAITS) {
      errors.push({ path: ['timeoutMs'], detail: `must be <= ${this.#waitMs * MOST_WAITS}` });
    }
    const runs = given.reduce((sum, { repeat = 1 }) => sum + repeat, 0);
    if (runs > MOST_RUNS) errors.push({ path: ['steps'], detail: `must have <= ${MOST_RUNS} runs together` });
    const referredTo = new Set<string>();
    const before = new Set<string>();
    const steps: Step[] = [];
    for (const [at, step] of given.entries()) {
      while (!this.#slices.isOpen) await this.#slices.next(owner);
      const addError = (path: ParameterPath, detail: string): void => {
        errors.push({ path: ['steps', at, ...path], detail });
      };
      const references = referencesIn(step.params ?? {});
      for (const { path, target } of references) {
        if (target) referredTo.add(target.stepId);
        const wrong = path.length === 0 ? 'must have names' : wrongReference(target, before);
        if (wrong !== undefined) addError(['params', ...path], wrong);
      }
      const read = this.#step(step, references, addError);
      if (read) steps.push(read);
      if (step.id === undefined) continue;
      if (before.has(step.id)) addError(['id'], 'is the id of an earlier step');
      before.add(step.id);
    }
    if (errors.length > 0 || instant?.ok === false) return invalidParameters(errors);
    if (!instant) return ok({ steps, onError, timeoutMs, referredTo, notBefore: undefined });
    const fromNow = timeoutMs + this.#instants.msUntil(instant.value);
    return ok({ steps, onError, timeoutMs: fromNow, referredTo, notBefore: instant.value });
  }

  #step(
    { id, operation, params = {}, expectError, expect = {}, repeat = 1 }: GivenStep,
    references: readonly Reference[],
    addError: (path: ParameterPath, detail: string) => void,
  ): Step | undefined {
    const op = this.#find(operation);
    if (!op) addError(['operation'], 'is not an operation');
    const expected = expectError === undefined ? undefined : problemKindOf(expectError);
    if (expectError !== undefined && !expected) {
      addError(['expectError'], 'is not a code or refusal; see /problems');
    }
    const expectations = Object.entries(expect).flatMap(([pointer, value]) => {
      const place = pointerParts(pointer);
      if (!place) addError(['expect', pointer], 'is not a JSON pointer');
      else if (expectError !== undefined) addError(['expect'], 'has no result to look into with expectError');
      return place ? [{ pointer, place, value }] : [];
    });
    return (
      op && {
        id,
        op,
        params,
        references,
        expectedProblem: expected?.type,
        expectations,
        repeat,
      }
    );
  }
}

const wrongReference = (target: Reference['target'], before: ReadonlySet<string>): string | undefined => {
  if (!target) return 'must be {"$result": "/id/member"} and nothing else';
  return before.has(target.stepId) ? undefined : 'refers to no earlier step';
};
