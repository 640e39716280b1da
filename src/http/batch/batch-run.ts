import { isDeepStrictEqual } from 'node:util';
import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller, MadeCall, NamedCalls } from '../rest/named-calls.js';
import { BatchClient } from './batch-client.js';
import { MOST_RESULTS, type StepAnswer } from './batch-definition.js';
import { valueAt } from './pointer.js';
import type { Batch, Step } from './read-batch.js';
import { type MostOfValues, withResults } from './references.js';
import type { Slices } from './slices.js';

/** The answer of a step, and its result as it is written. */
interface StepReport extends StepAnswer {
  readonly resultText?: string;
}

/** The runs of one step. */
interface Runs {
  readonly outcome: StepAnswer['outcome'];
  /** The last of them. */
  readonly made: MadeCall;
  readonly count: number;
  readonly unmet: readonly string[];
}

/** What all batches share. */
export interface BatchRunParts {
  readonly calls: NamedCalls;
  readonly slices: Slices;
  /** For the parameters of one call. */
  readonly mostOfValues: MostOfValues;
}

/** A batch that runs. */
export class BatchRun {
  readonly #batch: Batch;
  readonly #parts: BatchRunParts;
  readonly #caller: Caller;
  readonly #client: BatchClient;
  readonly #collected: CollectedAnswer;
  readonly #began = performance.now();
  /** Results that later steps refer to. */
  readonly #results = new Map<string, unknown>();
  /** What ends what the batch has made, in the order in which it was made. */
  readonly #ends: (() => void)[] = [];
  #resultLength = 0;

  /** @param collected takes the answers of the calls */
  constructor(batch: Batch, parts: BatchRunParts, caller: Caller, collected: CollectedAnswer) {
    this.#batch = batch;
    this.#parts = parts;
    this.#client = new BatchClient(caller.client);
    this.#caller = { ...caller, client: this.#client };
    this.#collected = collected;
  }

  /** Runs the steps. Returns the JSON text of the result. */
  async run(): Promise<string> {
    const { steps, onError, timeoutMs } = this.#batch;
    const timer = setTimeout(() => this.#client.cancel(), timeoutMs);
    const reports: StepReport[] = [];
    let isOver = false;
    try {
      for (const [at, step] of steps.entries()) {
        isOver ||= this.#client.gone;
        const report = isOver ? SKIPPED : await this.#step(step, at);
        if (onError !== 'continue' && report.outcome === 'failed') isOver = true;
        reports.push({ ...(step.id !== undefined && { id: step.id }), ...report });
      }
    } finally {
      clearTimeout(timer);
    }
    const outcome = this.#outcomeOf(reports);
    if (onError === 'cleanup' && outcome !== 'completed') for (const end of this.#ends.reverse()) end();
    return `{"outcome":"${outcome}","steps":[${reports.map(textOf).join(',')}]}`;
  }

  #outcomeOf(reports: readonly StepReport[]): 'completed' | 'failed' | 'cancelled' {
    const has = (...outcomes: readonly string[]) => reports.some(({ outcome }) => outcomes.includes(outcome));
    if (this.#client.gone && has('cancelled', 'skipped')) return 'cancelled';
    return has('failed') ? 'failed' : 'completed';
  }

  async #step(step: Step, at: number): Promise<StepReport> {
    const caller = { ...this.#caller, requestId: `${this.#caller.requestId}.${at + 1}` };
    const startedMs = this.#elapsed();
    const { outcome, made, count, unmet } = await this.#runs(step, caller);
    return {
      outcome,
      runs: count,
      startedMs,
      durationMs: rounded(this.#elapsed() - startedMs),
      ...(made.ok ? this.#resultOf(step, made.value) : { problem: made.problem.document }),
      ...(unmet.length > 0 && { unmet: [...unmet] }),
    };
  }

  /** Runs a step as often as it says, or until it fails. */
  async #runs(step: Step, caller: Caller): Promise<Runs> {
    const { calls, slices } = this.#parts;
    // Also putting values in place of references takes time.
    while (!slices.isOpen) await slices.next(caller.owner);
    const params = this.#parametersOf(step);
    if (!params.ok) {
      const made = calls.refuse(step.op, step.params, caller, params);
      return { outcome: 'failed', made, count: 0, unmet: [] };
    }
    for (let count = 1; ; count++) {
      while (!slices.isOpen) await slices.next(caller.owner);
      const full = this.#collected.reserve();
      const made = full
        ? calls.refuse(step.op, params.value, caller, full)
        : await calls.make(step.op, params.value, caller);
      if (made.reply) this.#take(made.reply);
      const unmet = made.ok ? unmetBy(made.value, step) : [];
      const outcome = outcomeOf(made, unmet, step);
      const isCut = this.#client.gone && (outcome === 'failed' ? !made.ok : count < step.repeat);
      if (isCut) return { outcome: 'cancelled', made, count, unmet };
      if (outcome === 'failed' || count === step.repeat) return { outcome, made, count, unmet };
    }
  }

  #parametersOf(step: Step): Success<object> | Refusal {
    if (!step.hasReferences) return ok(step.params);
    const resultOf = (id: string) => this.#results.get(id);
    const { params, missing, isTooLarge } = withResults(step.params, resultOf, this.#parts.mostOfValues);
    if (missing) return invalid(missing, 'refers to a value that the result does not have');
    return isTooLarge ? TOO_LARGE : ok(params);
  }

  #take(reply: NonNullable<MadeCall['reply']>): void {
    this.#collected.take(reply);
    const { endCreated } = reply.result;
    if (endCreated) this.#ends.push(endCreated);
  }

  #resultOf(step: Step, value: object): Pick<StepReport, 'resultText' | 'resultOmitted'> {
    const resultText = JSON.stringify(value);
    if (step.isReferredTo && step.id !== undefined) {
      this.#results.set(step.id, JSON.parse(resultText));
      this.#collected.keep(resultText);
    }
    if (this.#resultLength + resultText.length > MOST_RESULTS) return { resultOmitted: true };
    this.#collected.keep(resultText);
    this.#resultLength += resultText.length;
    return { resultText };
  }

  #elapsed(): number {
    return rounded(performance.now() - this.#began);
  }
}

const TOO_LARGE = refuse(
  'too-large',
  'The values that its references stand for are larger than limits.bodyBytes, or more than limits.bodyValues.',
);

const SKIPPED: StepReport = { outcome: 'skipped', runs: 0 };

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const outcomeOf = (made: MadeCall, unmet: readonly string[], { expectedProblem }: Step): Runs['outcome'] => {
  if (made.ok) return expectedProblem === undefined && unmet.length === 0 ? 'ok' : 'failed';
  return made.problem.document.type === expectedProblem ? 'expected' : 'failed';
};

/** The pointers at which the result is not what the step expects. */
const unmetBy = (value: object, { expectations }: Step): readonly string[] => {
  if (expectations.length === 0) return [];
  // As the client sees it.
  const result: unknown = JSON.parse(JSON.stringify(value));
  return expectations
    .filter((one) => !isDeepStrictEqual(valueAt(result, one.place), one.value))
    .map(({ pointer }) => pointer);
};

/** JSON of an answer; its result is JSON already. */
const textOf = ({ resultText, ...answer }: StepReport): string => {
  const text = JSON.stringify(answer);
  return resultText === undefined ? text : `${text.slice(0, -1)},"result":${resultText}}`;
};
