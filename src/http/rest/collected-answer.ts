import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import { FREE_BYTES, type HeldAnswer, type KeptBytes } from '../memory/kept-bytes.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { type Answered, deliverAs, isGone, wasAbsent, writeJson } from './delivery.js';

/** What an answer takes until the whole has been delivered, about: its call, and what settles it. */
const ANSWER_BYTES = 1024;

/** The parts of the edge that it needs. */
export interface CollectingParts {
  readonly kept: KeptBytes;
  readonly turn: TurnLoad;
}

/**
 * The one answer of several calls. The answer of a call counts as delivered when it is taken here: the next
 * call of its socket need not wait for all the others. If the whole does not reach its client, what the calls
 * created ends; received bytes do not go back.
 */
export class CollectedAnswer implements Answered {
  readonly #reply: FastifyReply;
  readonly #parts: CollectingParts;
  readonly #held: HeldAnswer;
  readonly #settles: Reply['settle'][] = [];
  readonly #faults = new Set<string>();
  #counted = 0;
  #native = 0;
  #wait = 0;

  constructor(reply: FastifyReply, parts: CollectingParts) {
    this.#reply = reply;
    this.#parts = parts;
    this.#held = parts.kept.holdAnswer(reply.request);
  }

  /** Whether the client has gone, so that nothing can be delivered any more. */
  get isLost(): boolean {
    return isGone(this.#reply.raw);
  }

  /** The sums of the times of all calls, milliseconds. */
  get timing(): Answered['timing'] {
    return { native: this.#native, wait: this.#wait };
  }

  get faults(): readonly string[] {
    return [...this.#faults];
  }

  /** Takes the answer of a call, or gives back what the call took if the client has gone. */
  take(result: Reply): void {
    const { raw } = this.#reply;
    if (wasAbsent(raw, result)) raw.req.socket.destroy();
    this.#native += result.timing.native;
    this.#wait += result.timing.wait;
    for (const id of result.faults ?? []) this.#faults.add(id);
    if (this.isLost) result.settle(false);
    else {
      result.settle('collected');
      this.#settles.push(result.settle);
    }
  }

  /** Takes the answers that another one has collected. */
  adopt(other: CollectedAnswer): void {
    other.#held.release();
    this.#held.count(other.#settles.length * ANSWER_BYTES);
    this.#native += other.#native;
    this.#wait += other.#wait;
    for (const id of other.#faults) this.#faults.add(id);
    this.#settles.push(...other.#settles.splice(0));
  }

  /** Reserves what one more answer takes beside its text; the refusal where that does not fit. */
  reserve(): Refusal | undefined {
    const refusal = this.#held.reserve(this.#counted + ANSWER_BYTES);
    if (!refusal) this.#counted += ANSWER_BYTES;
    return refusal;
  }

  /** Counts a text that waits to be sent. */
  keep({ length }: string): void {
    this.#held.count(length);
    this.#counted += length;
    if (length > FREE_BYTES) this.#parts.turn.add(length);
  }

  /** Sends the whole. */
  send(json: string): void {
    // The text is counted anew, and what settles it as long as it waits.
    this.#held.recount(this.#settles.length * ANSWER_BYTES);
    deliverAs(writeJson, this.#reply, this, json, this.#parts.kept);
  }

  readonly settle = (delivered: boolean): void => {
    this.#held.release();
    // What was created last may need what was created first.
    for (const settle of this.#settles.splice(0).reverse()) settle(delivered);
  };
}
