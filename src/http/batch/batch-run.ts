import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../../daemon/answers/refusals.js';
import type { StepScheduler } from '../gates/read-body.js';
import { problemOf } from '../problems/problem.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller, MadeCall, NamedCalls } from '../rest/named-calls.js';
import { BatchClient } from './batch-client.js';
import { MOST_RESULTS, type StepAnswer } from './batch-definition.js';
import { valueAt } from './pointer.js';
import type { Batch, Step } from './read-batch.js';
import { withResults } from './references.js';

/** After so many milliseconds of steps that do not wait, everybody else has a turn. */
const SLICE_MS = 5;

/** A slice is as much as all steps of one turn of the event loop: there is one in each. */
const SLICE_SIZE = 32;

/** The answer of a step, and its result as it is written. */
interface Told extends StepAnswer {
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

/** A batch under way. */
export class BatchRun {
  readonly #batch: Batch;
  readonly #calls: NamedCalls;
  readonly #turns: StepScheduler;
  readonly #caller: Caller;
  readonly #client: BatchClient;
  readonly #collected: CollectedAnswer;
  readonly #began = performance.now();
  /** Results that later steps refer to. */
  readonly #results = new Map<string, unknown>();
  /** What ends what the batch has made, in the order in which it was made. */
  readonly #ends: (() => void)[] = [];
  #sliceBegan = this.#began;
  #resultLength = 0;

  /** @param collected takes the answers of the calls */
  constructor(
    batch: Batch,
    calls: NamedCalls,
    turns: StepScheduler,
    caller: Caller,
    collected: CollectedAnswer,
  ) {
    this.#batch = batch;
    this.#calls = calls;
    this.#turns = turns;
    this.#client = new BatchClient(caller.client);
    this.#caller = { ...caller, client: this.#client };
    this.#collected = collected;
  }

  /** Runs the steps. Returns the JSON text of the result. */
  async run(): Promise<string> {
    const { steps, onError, timeoutMs } = this.#batch;
    const timer = setTimeout(() => this.#client.cancel(), timeoutMs);
    const told: Told[] = [];
    try {
      for (const [at, step] of steps.entries()) {
        const isOver = this.#client.gone || (onError !== 'continue' && told.some(hasFailed));
        const answer = isOver ? SKIPPED : await this.#step(step, at);
        told.push({ ...(step.id !== undefined && { id: step.id }), ...answer });
      }
    } finally {
      clearTimeout(timer);
    }
    const outcome = this.#outcomeOf(told);
    if (onError === 'cleanup' && outcome !== 'completed') for (const end of this.#ends.reverse()) end();
    return `{"outcome":"${outcome}","steps":[${told.map(textOf).join(',')}]}`;
  }

  #outcomeOf(told: readonly Told[]): 'completed' | 'failed' | 'cancelled' {
    if (this.#client.gone && told.some(wasCut)) return 'cancelled';
    return told.some(hasFailed) ? 'failed' : 'completed';
  }

  async #step(step: Step, at: number): Promise<Told> {
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
    const { params, missing } = step.hasReferences
      ? withResults(step.params, (id) => this.#results.get(id))
      : { params: step.params, missing: undefined };
    if (missing) {
      const refusal = invalid(missing, 'refers to a value that the result does not have');
      return { outcome: 'failed', made: refused(refusal, step, caller), count: 0, unmet: [] };
    }
    for (let count = 1; ; count++) {
      await this.#giveOthersTheirTurn();
      const full = this.#collected.reserve();
      const made = full ? refused(full, step, caller) : await this.#calls.make(step.op, params, caller);
      if (made.reply) this.#take(made.reply);
      const unmet = made.ok ? unmetBy(made.value, step) : [];
      const outcome = outcomeOf(made, unmet, step);
      const isCut = this.#client.gone && (outcome === 'failed' ? !made.ok : count < step.repeat);
      if (isCut) return { outcome: 'cancelled', made, count, unmet };
      if (outcome === 'failed' || count === step.repeat) return { outcome, made, count, unmet };
    }
  }

  #take(reply: NonNullable<MadeCall['reply']>): void {
    this.#collected.take(reply);
    if (reply.endCreated) this.#ends.push(reply.endCreated);
    // Others had their turn while it waited.
    if (reply.timing.wait > 0) this.#sliceBegan = performance.now();
  }

  async #giveOthersTheirTurn(): Promise<void> {
    if (performance.now() - this.#sliceBegan < SLICE_MS) return;
    await new Promise(setImmediate);
    await new Promise<void>((resolve) => this.#turns.run(this.#caller.owner, resolve, SLICE_SIZE));
    this.#sliceBegan = performance.now();
  }

  #resultOf(step: Step, value: object): Pick<Told, 'resultText' | 'resultOmitted'> {
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

const SKIPPED: Told = { outcome: 'skipped', runs: 0 };

const hasFailed = ({ outcome }: Told): boolean => outcome === 'failed';

const wasCut = ({ outcome }: Told): boolean => outcome === 'cancelled' || outcome === 'skipped';

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const refused = (
  refusal: Parameters<typeof problemOf>[0],
  { op }: Step,
  { requestId }: Caller,
): MadeCall => ({ ok: false, problem: problemOf(refusal, { requestId, operation: op }) });

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
const textOf = ({ resultText, ...answer }: Told): string => {
  const text = JSON.stringify(answer);
  return resultText === undefined ? text : `${text.slice(0, -1)},"result":${resultText}}`;
};
