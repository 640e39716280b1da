import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import { type HeldAnswer, type KeptBytes, type Sender, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { type Answered, deliverAs, isGone, writeJson } from './delivery.js';
import type { CallReply } from './named-calls.js';

/** The approximate memory of one call's answer, without its text, until the whole answer is delivered. */
export const ANSWER_BYTES = 1024;

/** The parts of the edge that a CollectedAnswer uses. */
export interface CollectingParts {
  readonly kept: KeptBytes;
  readonly turn: TurnLoad;
}

/** The client to which a collected answer goes. */
export interface AnswerReceiver extends Sender {
  /** Whether nothing can be delivered to it any more. */
  readonly isLost: boolean;
}

/**
 * The client of a request.
 *
 * @param isKept the answer is kept for it, so it cannot be lost
 */
export const receiverOf = ({ raw, request }: FastifyReply, isKept = false): AnswerReceiver => ({
  owner: request.owner,
  raw: raw.req,
  get isLost() {
    return !isKept && isGone(raw);
  },
});

/** Sends a collected answer to the client of a request. */
export const sendCollected = (
  reply: FastifyReply,
  collected: CollectedAnswer,
  json: string,
  kept: KeptBytes,
): void => {
  // deliverAs counts the text, and the answer the functions that settle its calls.
  collected.countSettles();
  deliverAs(writeJson, reply, undefined, collected, json, kept);
};

/**
 * The one answer of several calls. The answer of a call counts as delivered when it is taken here: the next
 * call of its socket need not wait for all the others. If the whole does not reach its client, what the calls
 * created ends; received bytes do not go back.
 */
export class CollectedAnswer implements Answered {
  readonly #receiver: AnswerReceiver;
  readonly #parts: CollectingParts;
  readonly #held: HeldAnswer;
  readonly #settles: Reply['settle'][] = [];
  readonly #faults = new Set<string>();
  #native = 0;
  #wait = 0;
  #late: number | undefined;

  constructor(receiver: AnswerReceiver, parts: CollectingParts) {
    this.#receiver = receiver;
    this.#parts = parts;
    this.#held = parts.kept.holdIncompleteAnswer(receiver);
  }

  /** Whether nothing can be delivered any more: the client has gone, or the whole is settled. */
  get isLost(): boolean {
    return this.#held.isReleased || this.#receiver.isLost;
  }

  /** The sums of the times of all calls, milliseconds; `late` is that of the first one. */
  get timing(): Answered['timing'] {
    return { native: this.#native, wait: this.#wait, late: this.#late };
  }

  get faults(): readonly string[] {
    return [...this.#faults];
  }

  /** Takes the answer of a call, or gives back what the call took if nothing can be delivered any more. */
  take({ result, client }: CallReply): void {
    if (client.leftWhilePending) this.#receiver.raw.socket.destroy();
    this.#native += result.timing.native;
    this.#wait += result.timing.wait;
    this.#late ??= result.timing.late;
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
    this.#late ??= other.#late;
    for (const id of other.#faults) this.#faults.add(id);
    this.#settles.push(...other.#settles.splice(0));
  }

  /** Reserves the memory of one more answer, without its text. Returns the refusal if it does not fit. */
  reserve(): Refusal | undefined {
    return this.#held.reserveMore(ANSWER_BYTES);
  }

  /** Counts a text that waits to be sent. */
  keep({ length }: string): void {
    this.#held.count(length);
    if (length > UNCOUNTED_BYTES) this.#parts.turn.add(length);
  }

  /** From now on the text is counted where it is sent, and here only the functions that settle the calls. */
  countSettles(): void {
    this.#held.recount(this.#settles.length * ANSWER_BYTES);
  }

  readonly settle = (delivered: boolean): void => {
    this.#held.release();
    // What was created last may need what was created first.
    for (const settle of this.#settles.splice(0).reverse()) settle(delivered);
  };
}
