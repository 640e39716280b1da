import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import { goesBack } from '../../operations/operation.js';
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

  get gone(): boolean {
    const { req, writableFinished } = this.#raw;
    return (isGone(this.#raw) || (this.#untilEnd && req.socket.readableEnded)) && !writableFinished;
  }

  onGone(run: () => void): void {
    const raw = this.#raw;
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
 * Whether the client sent its FIN while the call was pending: then it was gone when the call consumed
 * something, see RestClient.
 */
export const wasAbsent = (raw: ServerResponse, { timing, operation }: Reply): boolean =>
  raw.req.socket.readableEnded && timing.wait > 0 && goesBack(operation);

/**
 * Writes the REST answer of one call and settles it, see `deliverAs`.
 *
 * @param problem the problem document of a failure; undefined for a success
 */
export const deliver = (
  reply: FastifyReply,
  result: Reply,
  problem: Problem | undefined,
  kept: KeptBytes,
): void => {
  if (wasAbsent(reply.raw, result)) reply.raw.req.socket.destroy();
  deliverAs(write, reply, result, problem, kept);
};

/** What an answer says of the calls that made it. */
export interface Answered {
  readonly settle: (delivered: boolean) => void;
  readonly timing: Reply['timing'];
  readonly faults?: Reply['faults'];
}

/**
 * Writes an answer and settles it exactly once: as delivered when the system has accepted its last byte on an
 * open connection, as not delivered when the connection closed before.
 *
 * @param writeAnswer writes `content`, and returns the bytes of the answer that are to be counted
 * @param kept counts the bytes of the answer until the client has received them
 */
export const deliverAs = <A extends Answered, C>(
  writeAnswer: (reply: FastifyReply, result: A, content: C) => number,
  reply: FastifyReply,
  result: A,
  content: C,
  kept: KeptBytes,
): void => {
  const { raw } = reply;
  const { socket } = raw.req;
  if (isGone(raw)) {
    // No answer behind this one can be delivered either.
    socket.destroy();
    result.settle(false);
    return;
  }
  let held: HeldAnswer | undefined;
  // Only the function: the listeners below must not keep the whole result.
  const { settle: settleResult } = result;
  const settle = once((delivered) => {
    held?.release();
    settleResult(delivered);
  });
  // A response also emits `finish` when its last write failed, so the connection is asked as well.
  raw.once('finish', () => settle(!socket.destroyed && socket.errored === null));
  raw.once('close', () => settle(false));
  try {
    held = kept.answer(reply.request, writeAnswer(reply, result, content));
  } catch (error) {
    settle(false);
    throw error;
  }
};

const once = (settle: (delivered: boolean) => void): ((delivered: boolean) => void) => {
  let settled = false;
  return (delivered) => {
    if (settled) return;
    settled = true;
    settle(delivered);
  };
};

/** Writes a JSON text as the answer of one or several calls. Returns the bytes that are to be counted. */
export const writeJson = (reply: FastifyReply, result: Answered, json: string): number => {
  if (hasCommonFieldsOnly(reply, result.faults)) {
    return sendPlainJson(reply, 200, serverTiming(result.timing), json);
  }
  setCallFields(reply, result);
  return sendCountedJson(reply, 200, json);
};

/** Returns the bytes of the answer that are to be counted. */
const write = (reply: FastifyReply, result: Reply, problem: Problem | undefined): number => {
  const { operation, answer, context, created, timing } = result;
  if (answer.ok && isPlain(reply, result)) {
    return sendPlainJson(
      reply,
      successStatusOf(operation),
      serverTiming(timing),
      JSON.stringify(answer.value),
    );
  }
  setCallFields(reply, result);
  if (problem !== undefined) {
    sendProblem(reply, problem);
    return 0;
  }
  if (created) reply.header('location', locationOf(created, context.sessionId));
  return answer.ok ? sendCountedJson(reply, successStatusOf(operation), JSON.stringify(answer.value)) : 0;
};

/** Whether an answer has only the header fields of every answer, as most have. */
const isPlain = (reply: FastifyReply, { operation, created, faults }: Reply): boolean =>
  created === undefined && !operation.rest?.long && hasCommonFieldsOnly(reply, faults);

/** Whether neither armed faults nor the origin or method of the request add or remove something. */
const hasCommonFieldsOnly = (
  { request: { headers, method } }: FastifyReply,
  faults: Reply['faults'] = [],
): boolean => faults.length === 0 && headers.origin === undefined && method !== 'HEAD';

/** Puts on an answer the time of its calls, and the faults that acted on them. */
const setCallFields = (reply: FastifyReply, { timing, faults = [] }: Answered): void => {
  setTiming(reply, timing);
  if (faults.length > 0) reply.header('winsockd-fault', faultHeader(faults));
};
