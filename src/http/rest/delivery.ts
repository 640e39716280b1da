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

// The connection is asked, not the response: one that waits behind the responses before it (pipelining) has no
// socket yet. Nor the request: its own close event also comes when its body has been read.
const isGone = ({ destroyed, req: { socket } }: ServerResponse): boolean =>
  destroyed || socket.destroyed || !socket.writable;

/** The client of one request: gone once its connection closed before the reply was written. */
export class RestClient implements Client {
  readonly #raw: ServerResponse;
  readonly #untilEnd: boolean;
  readonly #order: RequestOrder;

  /**
   * @param untilEnd gone also once it has ended its side (FIN): where something would be lost with the answer, since the
   *   system of a client that was killed sends nothing else. A client that only sends no more gets other answers
   * @param order reads the connection while the call waits
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
    this.#order.hear(raw);
    const runIfGone = (): void => {
      if (!raw.writableFinished) run();
    };
    if (raw.closed || raw.destroyed || raw.req.socket.destroyed) runIfGone();
    else if (this.#untilEnd) onceEnded(raw, runIfGone);
    else raw.once('close', runIfGone);
  }
}

/** Runs once when the client has ended its side, or everything has closed. */
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
 * Writes a reply and settles it, exactly once: delivered when the last byte was handed to a live connection,
 * not delivered when the connection closed before.
 *
 * @param problem what an unsuccessful answer makes; undefined for a success
 * @param kept counts the answer as long as its client has not taken it
 */
export const deliver = (
  reply: FastifyReply,
  result: Reply,
  problem: Problem | undefined,
  kept: KeptBytes,
): void => {
  const { raw } = reply;
  const { socket } = raw.req;
  // Who ended his side while the call waited was gone when it took something: see RestClient.
  const wasAbsent = socket.readableEnded && result.timing.wait > 0 && goesBack(result.operation);
  if (isGone(raw) || wasAbsent) {
    // What is owed to it behind this answer cannot come any more.
    socket.destroy();
    result.settle(false);
    return;
  }
  let held: HeldAnswer | undefined;
  // Not the whole result: what it was made of need not wait with the answer.
  const { settle: settleResult } = result;
  const settle = once((delivered) => {
    held?.release();
    settleResult(delivered);
  });
  // A response finishes also when its last write failed, so the connection has to be asked as well.
  raw.once('finish', () => settle(!socket.destroyed && socket.errored === null));
  raw.once('close', () => settle(false));
  try {
    held = kept.answer(reply.request, write(reply, result, problem));
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

/** Gives the bytes that have to be counted. */
const write = (reply: FastifyReply, result: Reply, problem: Problem | undefined): number => {
  const { operation, answer, context, created, timing, faults = [] } = result;
  if (answer.ok && isPlain(reply, result)) {
    return sendPlainJson(reply, successStatusOf(operation), serverTiming(timing), answer.value);
  }
  setTiming(reply, timing);
  if (faults.length > 0) reply.header('winsockd-fault', faultHeader(faults));
  if (problem !== undefined) {
    sendProblem(reply, problem);
    return 0;
  }
  if (created) reply.header('location', locationOf(created, context.sessionId));
  return answer.ok ? sendCountedJson(reply, successStatusOf(operation), answer.value) : 0;
};

/** Whether an answer has no header fields but those of every answer: most have none. */
const isPlain = (
  { request: { headers, method } }: FastifyReply,
  { operation, created, faults = [] }: Reply,
): boolean =>
  created === undefined &&
  faults.length === 0 &&
  headers.origin === undefined &&
  method !== 'HEAD' &&
  !operation.rest?.long;
