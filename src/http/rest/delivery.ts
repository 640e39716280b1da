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
const isGone = ({ destroyed, req: { socket } }: ServerResponse): boolean =>
  destroyed || socket.destroyed || !socket.writable;

/** The client of one request. It is gone when its connection closed before the reply was written. */
export class RestClient implements Client {
  readonly #raw: ServerResponse;
  readonly #untilEnd: boolean;
  readonly #order: RequestOrder;
  #hasWaited = false;

  /**
   * @param untilEnd whether a client that has ended its sending side (FIN) is gone too. Set for calls whose
   *   answer would lose something: the system of a killed client sends nothing but a FIN
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

/**
 * Writes a reply and settles it: as delivered when the system has accepted its last byte on an
 * open connection, as not delivered when the connection closed before.
 *
 * @param problem the problem document of a failure; undefined for a success
 * @param kept counts the bytes of the answer until the system has accepted them or the connection has closed
 */
export const deliver = (
  reply: FastifyReply,
  client: RestClient,
  result: Reply,
  problem: Problem | undefined,
  kept: KeptBytes,
): void => {
  const { raw } = reply;
  const { socket } = raw.req;
  if (isGone(raw) || client.leftWhilePending) {
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
    held = kept.answer(reply.request, write(reply, result, problem));
  } catch (error) {
    settle(false);
    throw error;
  }
};

/** Returns the bytes of the answer that are to be counted. */
const write = (reply: FastifyReply, result: Reply, problem: Problem | undefined): number => {
  const { operation, answer, context, created, timing, faults = [] } = result;
  const location = created && locationOf(created, context.sessionId);
  if (answer.ok && isPlain(reply, result)) {
    return sendPlainJson(reply, successStatusOf(operation), answer.value, serverTiming(timing), location);
  }
  setTiming(reply, timing);
  if (faults.length > 0) reply.header('winsockd-fault', faultHeader(faults));
  if (problem !== undefined) {
    sendProblem(reply, problem);
    return 0;
  }
  if (location !== undefined) reply.header('location', location);
  return answer.ok ? sendCountedJson(reply, successStatusOf(operation), answer.value) : 0;
};

/**
 * Whether an answer has only the header fields of every answer and perhaps a Location, as most have. Further
 * ones come from `faults` (above), from the fields for pages of other origins (server.ts), and from the
 * compression of long answers (server.ts). Fastify leaves out the body of an answer to HEAD.
 */
const isPlain = (
  { request: { headers, method } }: FastifyReply,
  { operation, faults = [] }: Reply,
): boolean =>
  faults.length === 0 && headers.origin === undefined && method !== 'HEAD' && !operation.rest?.long;
