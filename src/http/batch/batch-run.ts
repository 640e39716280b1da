import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { InstantClock } from '../gates/not-before.js';
import type { Slices } from '../memory/slices.js';
import type { Problem } from '../problems/problem.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller, MadeCall, NamedCalls } from '../rest/named-calls.js';
import { BatchClient } from './batch-client.js';
import { MOST_RESULTS, type StepAnswer } from './batch-definition.js';
import { valueAt } from './pointer.js';
import type { Batch, Step } from './read-batch.js';
import { type MostOfValues, setValues } from './references.js';

/** To write, or to send, a text of this length takes a millisecond or two. */
const LONG_TEXT = 1024 * 1024;

/** A step that has ended. */
interface StepReport {
  readonly outcome: StepAnswer['outcome'];
  /** Its answer as JSON. */
  readonly text: string;
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
  readonly clock: InstantClock;
}

/** A batch that runs. */
export class BatchRun {
  readonly #batch: Batch;
  readonly #parts: BatchRunParts;
  readonly #caller: Caller;
  readonly #client: BatchClient;
  readonly #collected: CollectedAnswer;
  readonly #began: number;
  /** Results that later steps refer to. */
  readonly #results = new Map<string, unknown>();
  /** What ends what the batch has made, in the order in which it was made. */
  readonly #ends: (() => void)[] = [];
  #resultLength = 0;

  /** @param collected takes the answers of the calls */
  constructor(batch: Batch, parts: BatchRunParts, caller: Caller, collected: CollectedAnswer) {
    this.#batch = batch;
    this.#parts = parts;
    this.#began = parts.clock.now();
    this.#client = new BatchClient(caller.client);
    const { owner, requestId, bytes } = caller;
    this.#caller = { owner, requestId, bytes, client: this.#client, notBefore: batch.notBefore };
    this.#collected = collected;
  }

  /** Runs the steps. Returns the JSON text of the result. */
  async run(): Promise<string> {
    const { steps, onError, timeoutMs } = this.#batch;
    const timer = this.#parts.clock.setTimeout(timeoutMs, () => this.#client.cancel());
    const texts: string[] = [];
    const outcomes = new Set<StepAnswer['outcome']>();
    let isOver = false;
    try {
      for (const [at, step] of steps.entries()) {
        isOver ||= this.#client.gone;
        const report = isOver ? skipped(step) : await this.#step(step, at);
        if (onError !== 'continue' && report.outcome === 'failed') isOver = true;
        outcomes.add(report.outcome);
        texts.push(report.text);
      }
    } finally {
      timer.clear();
    }
    const outcome = this.#outcomeOf(outcomes);
    if (onError === 'cleanup' && outcome !== 'completed') for (const end of this.#ends.reverse()) end();
    return await this.#joined(outcome, texts);
  }

  /** The whole answer, made in a slice, and to be sent in another turn if it is long. */
  async #joined(outcome: string, texts: string[]): Promise<string> {
    const { slices } = this.#parts;
    while (!slices.isOpen) await slices.next(this.#caller.owner);
    // All at once: a long text that is put into another one is copied again.
    texts[0] = `{"outcome":"${outcome}","steps":[${texts[0]}`;
    texts[texts.length - 1] += ']}';
    const text = texts.join(',');
    if (text.length > LONG_TEXT) await nextTurn();
    return text;
  }

  #outcomeOf(outcomes: ReadonlySet<StepAnswer['outcome']>): 'completed' | 'failed' | 'cancelled' {
    const isCut = outcomes.has('cancelled') || outcomes.has('skipped');
    if (this.#client.gone && isCut) return 'cancelled';
    return outcomes.has('failed') ? 'failed' : 'completed';
  }

  async #step(step: Step, at: number): Promise<StepReport> {
    const { owner, requestId, bytes, client, notBefore } = this.#caller;
    const caller = { owner, requestId: `${requestId}.${at + 1}`, bytes, client, notBefore };
    const startedMs = this.#elapsed();
    const { outcome, made, count, unmet } = await this.#runs(step, caller);
    const durationMs = rounded(this.#elapsed() - startedMs);
    const members = [
      `"startedMs":${startedMs},"durationMs":${durationMs}`,
      unmet.length > 0 ? `"unmet":${JSON.stringify(unmet)}` : '',
      made.ok ? this.#resultOf(step, made.value) : this.#problemOf(made.problem),
    ];
    return { outcome, text: textOf(step, outcome, count, members) };
  }

  /** Runs a step as often as it says, or until it fails. */
  async #runs(step: Step, caller: Caller): Promise<Runs> {
    const { calls, slices } = this.#parts;
    // Also putting values in place of references takes time.
    while (!slices.isOpen) await slices.next(caller.owner);
    const unset = setValues(step.references, (id) => this.#results.get(id), this.#parts.mostOfValues);
    if (unset) {
      const made = calls.refuse(step.op, step.params, caller, unset);
      return { outcome: outcomeOf(made, [], step), made, count: 0, unmet: [] };
    }
    for (let count = 1; ; count++) {
      while (!slices.isOpen) await slices.next(caller.owner);
      const full = this.#collected.reserve();
      const made = full
        ? calls.refuse(step.op, step.params, caller, full)
        : await calls.make(step.op, step.params, caller);
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
    const { endCreated } = reply.result;
    if (endCreated) this.#ends.push(endCreated);
  }

  /** The member with the result, or the one that says why there is none. */
  #resultOf({ id }: Step, value: object): string {
    const text = JSON.stringify(value);
    if (id !== undefined && this.#batch.referredTo.has(id)) {
      this.#results.set(id, JSON.parse(text));
      this.#collected.keep(text);
    }
    if (this.#resultLength + text.length > MOST_RESULTS) return '"resultOmitted":true';
    this.#collected.keep(text);
    this.#resultLength += text.length;
    return `"result":${text}`;
  }

  #problemOf({ document }: Problem): string {
    const text = JSON.stringify(document);
    this.#collected.keep(text);
    return `"problem":${text}`;
  }

  #elapsed(): number {
    return rounded(this.#parts.clock.now() - this.#began);
  }
}

const skipped = (step: Step): StepReport => ({
  outcome: 'skipped',
  text: textOf(step, 'skipped', 0, []),
});

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

/**
 * The answer of a step as JSON. Ids and outcomes have no characters that need an escape.
 *
 * @param members further ones, as JSON
 */
const textOf = (
  { id }: Step,
  outcome: StepAnswer['outcome'],
  runs: number,
  members: readonly string[],
): string => {
  const name = id === undefined ? '' : `"id":"${id}",`;
  const others = members.filter((text) => text !== '').map((text) => `,${text}`);
  return `{${name}"outcome":"${outcome}","runs":${runs}${others.join('')}}`;
};
