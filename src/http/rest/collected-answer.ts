import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import { type HeldAnswer, type KeptBytes, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { type Answered, deliverAs, isGone, writeJson } from './delivery.js';
import type { CallReply } from './named-calls.js';

/** The approximate memory of one call's answer, without its text, until the whole answer is delivered. */
const ANSWER_BYTES = 1024;

/** The parts of the edge that a CollectedAnswer uses. */
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
    this.#held = parts.kept.holdIncompleteAnswer(reply.request);
  }

  /** Whether nothing can be delivered any more: the client has gone, or the whole is settled. */
  get isLost(): boolean {
    return this.#held.isReleased || isGone(this.#reply.raw);
  }

  /** The sums of the times of all calls, milliseconds. */
  get timing(): Answered['timing'] {
    return { native: this.#native, wait: this.#wait };
  }

  get faults(): readonly string[] {
    return [...this.#faults];
  }

  /** Takes the answer of a call, or gives back what the call took if nothing can be delivered any more. */
  take({ result, client }: CallReply): void {
    if (client.leftWhilePending) this.#reply.raw.req.socket.destroy();
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
    if (this.isLost) {
      other.settle(false);
      return;
    }
    other.#held.release();
    this.#held.count(other.#settles.length * ANSWER_BYTES);
    this.#native += other.#native;
    this.#wait += other.#wait;
    for (const id of other.#faults) this.#faults.add(id);
    this.#settles.push(...other.#settles.splice(0));
  }

  /** Reserves the memory of one more answer, without its text. Returns the refusal if it does not fit. */
  reserve(): Refusal | undefined {
    const refusal = this.#held.reserve(this.#counted + ANSWER_BYTES);
    if (!refusal) this.#counted += ANSWER_BYTES;
    return refusal;
  }

  /** Counts a text that waits to be sent. */
  keep({ length }: string): void {
    this.#held.count(length);
    this.#counted += length;
    if (length > UNCOUNTED_BYTES) this.#parts.turn.add(length);
  }

  /** Sends the whole answer. */
  send(json: string): void {
    // deliverAs counts the text; here the functions that settle the calls are counted.
    this.#held.recount(this.#settles.length * ANSWER_BYTES);
    deliverAs(writeJson, this.#reply, undefined, this, json, this.#parts.kept);
  }

  readonly settle = (delivered: boolean): void => {
    this.#held.release();
    // What was created last may need what was created first.
    for (const settle of this.#settles.splice(0).reverse()) settle(delivered);
  };
}
