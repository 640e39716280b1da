import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Instants } from '../gates/not-before.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { Slices } from '../memory/slices.js';
import { bugProblem, type Problem } from '../problems/problem.js';
import { failedCall } from '../rest/call-log.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import { BATCH_ANSWER, longestAnswer } from '../rest/longest-answer.js';
import type { Caller, NamedCalls } from '../rest/named-calls.js';
import { BATCH } from './batch-definition.js';
import { BatchRun, type BatchRunParts } from './batch-run.js';
import { DocumentBytes } from './document-bytes.js';
import { BatchReader } from './read-batch.js';

/** What the answer of a batch has beside those of its steps. */
const SHORT_ANSWER = 64 * 1024;

/** A batch that has ended: the JSON text of its result, or the problem in place of one. */
export type MadeBatch =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly problem: Problem };

/** Limits of one call, which hold for the calls of batches too. */
export interface BatchLimits {
  /** The longest wait of one call, seconds. */
  readonly waitSeconds: number;
  /** The largest body of a call. */
  readonly bodyBytes: number;
  /** The most values and names of one body. */
  readonly bodyValues: number;
}

/** Runs batches, which come over REST and over JSON-RPC. */
export class Batches {
  readonly #run: BatchRunParts;
  readonly #lines: ThriftyLog;
  readonly #reader: BatchReader;

  constructor(calls: NamedCalls, slices: Slices, lines: ThriftyLog, limits: BatchLimits, instants: Instants) {
    const { waitSeconds, bodyBytes, bodyValues } = limits;
    const mostOfValues = { characters: bodyBytes, values: bodyValues };
    this.#run = { calls, slices, mostOfValues, clock: instants.clock };
    this.#lines = lines;
    this.#reader = new BatchReader((name) => calls.find(name), slices, waitSeconds, instants);
  }

  /**
   * Runs a batch. Does not reject: a bug, too, is a problem.
   *
   * @param collected takes the answers of the calls, to be settled with the whole
   */
  async make(document: unknown, caller: Caller, collected: CollectedAnswer): Promise<MadeBatch> {
    const { owner, requestId, bytes } = caller;
    const read = new DocumentBytes(bytes.account);
    try {
      const batch = await this.#reader.read(document, owner, read);
      if (!batch.ok) return { problem: this.refused(batch, caller) };
      return { text: await new BatchRun(batch.value, this.#run, caller, collected).run() };
    } catch (error) {
      // Nobody will know what it has made.
      collected.settle(false);
      this.#lines.write('error', owner, { err: error, requestId }, 'request failed by a bug');
      return { problem: bugProblem({ requestId, operation: BATCH }) };
    } finally {
      read.release();
    }
  }

  /** The most bytes that the answer to a document can have: as much as its steps can answer. */
  longestAnswer({ steps }: Readonly<Record<string, unknown>>): number {
    // The document is not checked yet.
    const given: readonly unknown[] = Array.isArray(steps) ? steps : [];
    return given.reduce((sum: number, step) => {
      const { operation, params } = Object(step) as {
        readonly operation?: unknown;
        readonly params?: unknown;
      };
      const op = this.#run.calls.find(String(operation));
      return Math.min(BATCH_ANSWER, sum + (op ? longestAnswer(op, Object(params)) : 0));
    }, SHORT_ANSWER);
  }

  /** Logs a document that was refused. Returns its problem. */
  refused(refusal: Refusal, { owner, requestId }: Caller): Problem {
    const call = { operation: BATCH, requestId, owner, started: performance.now() };
    return failedCall(this.#lines, call, {}, refusal);
  }
}
