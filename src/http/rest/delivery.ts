import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import type { RequestOrder } from '../gates/request-order.js';
import { faultHeader, serverTiming } from '../headers.js';
import type { HeldAnswer, KeptBytes } from '../memory/kept-bytes.js';
import type { Problem } from '../problems/problem.js';
import { sendCountedJson, sendPlainJson, sendProblem, setTiming } from '../problems/send-answer.js';
import { locationOf, successStatusOf } from './rest-route.js';

// This asks the connection. A response behind others (pipelining) has no socket yet, and a request also emits
// `close` when its body has been read.
export const isGone = ({ destroyed, req: { socket } }: ServerResponse): boolean =>
  destroyed || socket.destroyed || !socket.writable;

/** The client of one request. It is gone when its connection closed before the reply was written. */
export class RestClient implements Client {
  readonly #raw: ServerResponse;
  readonly #untilEnd: boolean;
  readonly #order: RequestOrder;
  #hasWaited = false;

  /**
   * @param untilEnd whether a client that has ended its sending side (FIN) is gone too. Set for calls whose
   *   answer would lose something, and for calls that are held for an instant: the system of a killed client
   *   sends nothing but a FIN
   * @param order keeps the connection read while the call is pending
   */
  constructor(raw: ServerResponse, untilEnd: boolean, order: RequestOrder) {
    this.#raw = raw;
    this.#untilEnd = untilEnd;
    this.#order = order;
  }

  /**
   * Whether the client ended its sending side before its call ended to wait, and so counts as gone: what the
   * call consumed must be restored.
   */
  get leftWhilePending(): boolean {
    return this.#untilEnd && this.#hasWaited && this.#raw.req.socket.readableEnded;
  }

  get gone(): boolean {
    const { req, writableFinished } = this.#raw;
    return (isGone(this.#raw) || (this.#untilEnd && req.socket.readableEnded)) && !writableFinished;
  }

  onGone(run: () => void): void {
    const raw = this.#raw;
    this.#hasWaited = true;
    this.#order.keepReading(raw);
    const runIfGone = (): void => {
      if (!raw.writableFinished) run();
    };
    if (raw.closed || raw.destroyed || raw.req.socket.destroyed) runIfGone();
    else if (this.#untilEnd) onceEnded(raw, runIfGone);
    else raw.once('close', runIfGone);
  }
}

/** Runs once when the client has ended its sending side, or when the answer has closed. */
export const onceEnded = (raw: ServerResponse, run: () => void): void => {
  const { socket } = raw.req;
  let ran = false;
  const end = (): void => {
    socket.off('end', end);
    if (ran) return;
    ran = true;
    run();
  };
  if (socket.readableEnded) queueMicrotask(end);
  else socket.once('end', end);
  raw.once('close', end);
};

/** The client of a call, as far as its answer asks for it. */
export interface AnsweredClient {
  /** Whether it was gone when the call consumed something: see RestClient. */
  readonly leftWhilePending: boolean;
}

/**
 * Writes the REST answer of one call and settles it: see `deliverAs`.
 *
 * @param problem the problem document of a failure; undefined for a success
 */
export const deliver = (
  reply: FastifyReply,
  client: AnsweredClient,
  result: Reply,
  problem: Problem | undefined,
  kept: KeptBytes,
): void => deliverAs(write, reply, client, result, problem, kept);

/** What an answer needs of the call, or the calls, that it answers. */
export interface Answered {
  readonly settle: (delivered: boolean) => void;
  readonly timing: Reply['timing'];
  readonly faults?: Reply['faults'];
}

/** For an answer that settles no call. */
export const NO_CALL: Answered = { settle: () => undefined, timing: { native: 0, wait: 0 } };

/**
 * Writes an answer and settles it: as delivered when the system has accepted its last byte on an
 * open connection, as not delivered when the connection closed before.
 *
 * @param writeAnswer writes `content`, and returns the bytes of the answer that are to be counted
 * @param client of the one call that is answered; undefined if there are several or none
 * @param kept counts the bytes of the answer until the client has received them
 */
export const deliverAs = <A extends Answered, C>(
  writeAnswer: (reply: FastifyReply, result: A, content: C) => number,
  reply: FastifyReply,
  client: AnsweredClient | undefined,
  result: A,
  content: C,
  kept: KeptBytes,
): void => {
  const { raw } = reply;
  const { socket } = raw.req;
  if (isGone(raw) || client?.leftWhilePending) {
    // No answer behind this one can be delivered either.
    socket.destroy();
    result.settle(false);
    return;
  }
  let held: HeldAnswer | undefined;
  // Only the function: the listeners below must not keep the whole result.
  const { settle: settleResult } = result;
  const settle = (delivered: boolean): void => {
    held?.release();
    settleResult(delivered);
  };
  // AnswersUnderWay emits `close` for a response that has not yet got its connection. A response also emits
  // `finish` when its last write failed, so the connection is asked as well.
  raw.once('finish', () => settle(!socket.destroyed && socket.errored === null));
  // Of several calls of `settle` the first one counts.
  raw.once('close', () => settle(false));
  try {
    held = kept.answer(reply.request, writeAnswer(reply, result, content));
  } catch (error) {
    settle(false);
    throw error;
  }
};

/** Writes a JSON text as the answer of any number of calls. Returns the bytes that are to be counted. */
export const writeJson = (reply: FastifyReply, result: Answered, json: string): number => {
  if (hasPlainFields(reply, result)) return sendPlainJson(reply, 200, json, serverTiming(result.timing));
  setCallFields(reply, result);
  return sendCountedJson(reply, 200, json);
};

/** Returns the bytes of the answer that are to be counted. */
const write = (reply: FastifyReply, result: Reply, problem: Problem | undefined): number => {
  const { operation, answer, context, created, timing } = result;
  const location = created && locationOf(created, context.sessionId);
  if (answer.ok && !operation.rest?.long && hasPlainFields(reply, result)) {
    const json = JSON.stringify(answer.value);
    return sendPlainJson(reply, successStatusOf(operation), json, serverTiming(timing), location);
  }
  setCallFields(reply, result);
  if (problem !== undefined) {
    sendProblem(reply, problem);
    return 0;
  }
  if (location !== undefined) reply.header('location', location);
  return answer.ok ? sendCountedJson(reply, successStatusOf(operation), JSON.stringify(answer.value)) : 0;
};

/**
 * Whether an answer has only the header fields of every answer and perhaps a Location, as most have. Further
 * ones come from `faults` (setCallFields), from the fields for pages of other origins (server.ts), and from
 * the compression of long answers (server.ts), which `operation.rest.long` has. Fastify leaves
 * out the body of an answer to HEAD.
 */
const hasPlainFields = (
  { request: { headers, method } }: FastifyReply,
  { faults = [] }: Pick<Answered, 'faults'>,
): boolean => faults.length === 0 && headers.origin === undefined && method !== 'HEAD';

/** Sets the header fields for the time of the calls and the faults that acted on them. */
export const setCallFields = (
  reply: FastifyReply,
  { timing, faults = [] }: Pick<Answered, 'timing' | 'faults'>,
): void => {
  setTiming(reply, timing);
  if (faults.length > 0) reply.header('winsockd-fault', faultHeader(faults));
};
