import type { Static } from 'typebox';
import { invalidParameters, type ParameterPath, type Refusal } from '../../daemon/answers/refusals.js';
import { paramsCheck } from '../../operations/dispatch/validation.js';
import type { AnyOperation } from '../../operations/operation.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { Instants } from '../gates/not-before.js';
import type { Slices } from '../memory/slices.js';
import { problemKindOf } from '../problems/problem-pages.js';
import { BATCH, type BatchRequest, MOST_RUNS, MOST_WAITS } from './batch-definition.js';
import type { DocumentBytes } from './document-bytes.js';
import { MOST_OF_POINTER, POINTER, pointerParts } from './pointer.js';
import { Reading } from './reading.js';
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
  readonly #check = paramsCheck(BATCH);

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

  /** @param bytes takes what the document takes beyond its text, also of one that is refused */
  async read(document: unknown, owner: string, bytes: DocumentBytes): Promise<Success<Batch> | Refusal> {
    const wrong = this.#check(document);
    if (wrong) return wrong;
    // The schema has just been checked.
    const { steps: given, onError = 'stop', timeoutMs = this.#waitMs, notBefore } = document as Given;
    const full = bytes.reserveSteps(given);
    if (full) return full;
    const reading = new Reading(owner, bytes);
    const instant = notBefore === undefined ? undefined : this.#instants.read(notBefore);
    if (instant?.ok === false) reading.addError(['notBefore'], instant.detail);
    if (timeoutMs > this.#waitMs * MOST_WAITS) {
      reading.addError(['timeoutMs'], `must be <= ${this.#waitMs * MOST_WAITS}`);
    }
    const runs = given.reduce((sum, { repeat = 1 }) => sum + repeat, 0);
    if (runs > MOST_RUNS) reading.addError(['steps'], `must have <= ${MOST_RUNS} runs together`);
    const steps: Step[] = [];
    for (const [at, step] of given.entries()) {
      const read = await this.#step(step, at, reading);
      if (!read.ok) return read;
      steps.push(...read.value);
    }
    const { errors, referredTo } = reading;
    if (errors.length > 0 || instant?.ok === false) return invalidParameters(errors);
    if (!instant) return ok({ steps, onError, timeoutMs, referredTo, notBefore: undefined });
    const fromNow = timeoutMs + this.#instants.msUntil(instant.value);
    return ok({ steps, onError, timeoutMs: fromNow, referredTo, notBefore: instant.value });
  }

  /** Reads a step, which is none if it names no operation. Returns a refusal if there is no room for it. */
  async #step(given: GivenStep, at: number, reading: Reading): Promise<Success<readonly Step[]> | Refusal> {
    const { id, operation, params = {}, expectError, repeat = 1 } = given;
    const addError = (path: ParameterPath, detail: string): void =>
      reading.addError(['steps', at, ...path], detail);
    const references = await this.#references(params, reading, addError);
    if (!references.ok) return references;
    const op = this.#find(operation);
    if (!op) addError(['operation'], 'is not an operation');
    const expected = expectError === undefined ? undefined : problemKindOf(expectError);
    if (expectError !== undefined && !expected) {
      addError(['expectError'], 'is not a code or refusal; see /problems');
    }
    const expectations = await this.#expectations(given, reading, addError);
    if (!expectations.ok) return expectations;
    if (id !== undefined) {
      if (reading.before.has(id)) addError(['id'], 'is the id of an earlier step');
      reading.before.add(id);
    }
    const read = { references: references.value, expectations: expectations.value };
    return ok(op ? [{ id, op, params, ...read, expectedProblem: expected?.type, repeat }] : []);
  }

  async #references(
    params: object,
    reading: Reading,
    addError: AddError,
  ): Promise<Success<readonly Reference[]> | Refusal> {
    const references: Reference[] = [];
    await this.#pause(reading);
    for (const reference of referencesIn(params)) {
      const { target } = reference;
      const full = reading.addPointer(target?.place);
      if (full) return full;
      if (target) reading.referredTo.add(target.stepId);
      const wrong = reference.name === undefined ? 'must have names' : wrongReference(target, reading.before);
      if (wrong !== undefined) addError(['params', ...reference.path], wrong);
      references.push(reference);
      await this.#pause(reading);
    }
    return ok(references);
  }

  async #expectations(
    { expectError, expect = {} }: GivenStep,
    reading: Reading,
    addError: AddError,
  ): Promise<Success<readonly Expectation[]> | Refusal> {
    const expectations: Expectation[] = [];
    for (const [pointer, value] of Object.entries(expect)) {
      const place = pointerParts(pointer);
      const full = reading.addPointer(place);
      if (full) return full;
      if (place) expectations.push({ pointer, place, value });
      // The error does not repeat a text of any length.
      else if (pointer.length > MOST_OF_POINTER) addError(['expect'], `has a name that is not ${POINTER}`);
      else addError(['expect', pointer], `is not ${POINTER}`);
      if (expectError !== undefined) addError(['expect'], 'has no result to look into with expectError');
      await this.#pause(reading);
    }
    return ok(expectations);
  }

  /** Others have their turn, if the slice is over. */
  async #pause({ owner }: Reading): Promise<void> {
    while (!this.#slices.isOpen) await this.#slices.next(owner);
  }
}

type AddError = (path: ParameterPath, detail: string) => void;

const wrongReference = (target: Reference['target'], before: ReadonlySet<string>): string | undefined => {
  if (!target) return `must be {"$result": "/id/member"} and nothing else, and ${POINTER}`;
  return before.has(target.stepId) ? undefined : 'refers to no earlier step';
};
