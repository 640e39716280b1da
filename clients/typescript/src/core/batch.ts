import { type Calls, isResult } from './calls.js';
import { errorOf, type RigError } from './errors.js';
import type { BatchResult, BatchStepResult, OnError, OverallOutcome, StepOutcome } from './operations.gen.js';
import type { OperationName, Params, Result } from './operations.js';

/** Stands in the parameters of a step for a value of the result of an earlier one. */
export interface Reference {
  readonly $result: string;
}

/** Parameters of which each value may be a reference. */
export type Referring<T> =
  | Reference
  | (T extends readonly (infer Item)[]
      ? readonly Referring<Item>[]
      : T extends object
        ? { readonly [K in keyof T]: Referring<T[K]> }
        : T);

/** What a step may take beside its parameters. */
export interface StepOptions {
  /** JSON pointers into its result, and the value that must be at each. */
  readonly expect?: Readonly<Record<string, unknown>> | undefined;
  /** The name of the code or refusal that the call must fail with. */
  readonly expectError?: string | undefined;
  /** How often it runs; the first failure ends it. */
  readonly repeat?: number | undefined;
}

export interface BatchOptions {
  /** What a failure of a step does: `stop` unless given. */
  readonly onError?: OnError | undefined;
  /** Of all steps together, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** A step of a batch did not do what it had to. */
export class UnmetError extends Error {
  override readonly name = 'UnmetError';
}

/** A call of a batch. */
export class Step<O extends OperationName = OperationName> {
  readonly operation: O;
  readonly #id: string;
  #answer: BatchStepResult | undefined;

  constructor(operation: O, id: string) {
    this.operation = operation;
    this.#id = id;
  }

  /** Stands for a member of its result in the parameters of later steps. */
  ref(member: keyof Result<O> & string): Reference {
    return this.at(`/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }

  /** Stands for the value at a JSON pointer into its result, such as `/localAddress/port`. */
  at(pointer: string): Reference {
    return { $result: `/${this.#id}${pointer}` };
  }

  /** `ok`, `expected`, `failed`, `skipped` or `cancelled`. */
  get outcome(): StepOutcome {
    return this.answer.outcome;
  }

  /** All that the daemon answered about it. Before the batch has run: throws. */
  get answer(): BatchStepResult {
    if (this.#answer === undefined) throw new TypeError('the batch has not run');
    return this.#answer;
  }

  /** The result of its last run. Throws its error if it has none. */
  get result(): Result<O> {
    const { result, outcome } = this.answer;
    if (isResult(this.operation, result)) return result;
    throw this.error ?? new UnmetError(`${this.operation}: ${outcome}`);
  }

  /** The error of its last run; undefined if there was none. */
  get error(): RigError | undefined {
    return this.answer.problem && errorOf(this.answer.problem);
  }

  /** Takes what the daemon answered about it. */
  take(answer: BatchStepResult): void {
    this.#answer = answer;
  }
}

/** Up to 1,000 calls that the daemon makes one after another, by one request. docs/json-rpc.md has the rules. */
export class Batch {
  readonly #calls: Calls;
  readonly #options: BatchOptions;
  readonly #steps: Step[] = [];
  readonly #written: object[] = [];
  #outcome: OverallOutcome | undefined;

  constructor(calls: Calls, options: BatchOptions) {
    this.#calls = calls;
    this.#options = options;
  }

  /** Its steps, in their order. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** `completed`, `failed` or `cancelled`; undefined before it has run. */
  get outcome(): OverallOutcome | undefined {
    return this.#outcome;
  }

  /** Adds a call, with all its parameters. Each value may be a reference, such as `opened.ref('socketId')`. */
  add<O extends OperationName>(
    operation: O,
    params: Referring<Params<O>>,
    { expect, expectError, repeat }: StepOptions = {},
  ): Step<O> {
    const id = `step${this.#steps.length}`;
    const step = new Step(operation, id);
    this.#steps.push(step);
    this.#written.push({ id, operation, params, expect, expectError, repeat });
    return step;
  }

  /**
   * Makes the calls. What they did stays done when one fails, unless `onError` is `cleanup`.
   *
   * @param options.check false: no failure of a step is thrown
   * @param options.signal ends the batch: its steps then have what they did until then
   * @throws the error of the first step that failed; UnmetError
   */
  async run({
    check = true,
    signal,
  }: {
    check?: boolean;
    signal?: AbortSignal | undefined;
  } = {}): Promise<this> {
    const params = { ...this.#options, steps: this.#written };
    const onCrossed = (answer: BatchResult) => this.#take(answer);
    this.#take(await this.#calls.call('batch', params, { signal, onCrossed }));
    if (check && this.#outcome !== 'completed') throw this.#failure();
    return this;
  }

  #take({ outcome, steps }: BatchResult): void {
    this.#outcome = outcome;
    steps.forEach((answer, place) => {
      this.#steps[place]?.take(answer);
    });
  }

  #failure(): Error {
    const failed = this.#steps.find(({ outcome }) => outcome === 'failed' || outcome === 'cancelled');
    if (failed === undefined) return new UnmetError('the batch has not run to its end');
    const { unmet } = failed.answer;
    if (unmet !== undefined) return new UnmetError(`${failed.operation}: ${unmet.join()} of its result`);
    return failed.error ?? new UnmetError(`${failed.operation} has not failed`);
  }
}
