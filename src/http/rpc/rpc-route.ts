import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { keepConnection } from '../gates/error-handler.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { afterCallsOfTurn } from '../gates/request-order.js';
import { JsonRefused } from '../gates/strict-json.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { problemOf } from '../problems/problem.js';
import { sendCountedJson } from '../problems/send-answer.js';
import { CollectedAnswer, receiverOf, sendCollected } from '../rest/collected-answer.js';
import { type Answered, deliverAs, writeJson } from '../rest/delivery.js';
import type { Caller } from '../rest/named-calls.js';
import { RequestClient } from '../rest/request-client.js';
import type { BeforeReply, RestParts } from '../rest/rest.js';
import { answerArray, type RpcAnswer, settleAnswer } from './rpc-answer.js';
import type { RpcMethods } from './rpc-methods.js';
import { invalidRequest, MOST_REQUESTS } from './rpc-request.js';
import { errorText } from './rpc-response.js';

export interface RpcParts extends RestParts {
  readonly methods: RpcMethods;
  readonly turn: TurnLoad;
  readonly refusals: RefusalLog;
  readonly beforeReply?: BeforeReply | undefined;
  readonly onError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

/**
 * Registers `POST /v1/rpc`: the operations as methods of JSON-RPC 2.0.
 *
 * @see https://www.jsonrpc.org/specification
 */
export const registerRpc = (app: FastifyInstance, parts: RpcParts): void => {
  const route = new RpcRoute(parts);
  app.route({
    method: 'POST',
    url: '/v1/rpc',
    // The OpenRPC document describes it.
    schema: { hide: true },
    bodyLimit: parts.bodyBytes,
    errorHandler: (error, request, reply) => {
      if (error instanceof JsonRefused) route.refuseText(request, reply, error.message);
      else parts.onError(error, request, reply);
    },
    // Not async: Fastify would send an answer of its own when none was written because the client is gone.
    handler: (request, reply) => {
      route.handle(request, reply).catch((error: unknown) => reply.send(error));
    },
  });
};

/** The answer of a request that made no call. */
const NO_CALL: Answered = { settle: () => undefined, timing: { native: 0, wait: 0 } };

class RpcRoute {
  readonly #parts: RpcParts;

  constructor(parts: RpcParts) {
    this.#parts = parts;
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { body, owner, bodyBytes } = request;
    // The parameters refer to the body; the request must not keep it while calls are pending.
    request.body = undefined;
    const { account } = this.#parts.kept.of(owner);
    account.count(bodyBytes);
    try {
      if (body === undefined) this.refuseText(request, reply, 'The request has no body.');
      else if (!Array.isArray(body)) await this.#one(body, reply);
      else if (body.length === 0) this.#refuse(request, reply, invalidRequest('The array is empty.'));
      else if (body.length > MOST_REQUESTS) {
        const detail = `The array has more than ${MOST_REQUESTS} requests.`;
        this.#refuse(request, reply, invalidRequest(detail));
      } else await this.#several(body, reply);
    } finally {
      account.release(bodyBytes);
    }
  }

  /** Answers a text that is not JSON, or JSON that the daemon refuses. */
  refuseText(request: FastifyRequest, reply: FastifyReply, detail: string): void {
    keepConnection(request, reply);
    this.#refuse(request, reply, refuse('malformed-json', detail));
  }

  #refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): void {
    const problem = problemOf(refusal, { requestId: request.id });
    this.#parts.refusals.note(problem, request);
    sendCountedJson(reply, 200, errorText(null, problem));
  }

  /** One request object: its answer is delivered as that of a REST call. */
  async #one(value: unknown, reply: FastifyReply): Promise<void> {
    const { kept } = this.#parts;
    const { request } = reply;
    const collect = () => new CollectedAnswer(receiverOf(reply), this.#parts);
    const answer = await this.#parts.methods.answer(value, this.#callerOf(reply, request.id), collect);
    const { text, reply: made, collected } = answer;
    try {
      await this.#parts.beforeReply?.(request.id, 'rpc');
      if (text === undefined) {
        settleAnswer(answer, false);
        reply.code(204).send();
      } else if (collected) sendCollected(reply, collected, text, kept);
      else deliverAs(writeJson, reply, made?.client, made?.result ?? NO_CALL, text, kept);
    } catch (error) {
      settleAnswer(answer, false);
      throw error;
    }
  }

  async #several(values: readonly unknown[], reply: FastifyReply): Promise<void> {
    const { turn, kept } = this.#parts;
    const { request } = reply;
    const collected = new CollectedAnswer(receiverOf(reply), this.#parts);
    try {
      const caller = this.#callerOf(reply, request.id);
      const collect = () => new CollectedAnswer(receiverOf(reply), this.#parts);
      let begun = 0;
      const begin = (value: unknown): Promise<RpcAnswer> => {
        turn.addPipelined();
        // Each counts as a request of its own.
        const requestId = `${request.id}.${++begun}`;
        return this.#parts.methods.answer(value, { ...caller, requestId }, collect);
      };
      const pace = async (): Promise<void> => {
        // Also the next call of the same socket finds it as this one left it, unless this one waits.
        if (begun > 0) await new Promise<void>(afterCallsOfTurn);
        if (turn.isFull) await new Promise<void>((resolve) => turn.wait(request.owner, resolve));
      };
      const { answered } = await answerArray(values, begin, pace, collected);
      const text = await answered;
      await this.#parts.beforeReply?.(request.id, 'rpc');
      if (text !== undefined) sendCollected(reply, collected, text, kept);
      else {
        collected.settle(true);
        reply.code(204).send();
      }
    } catch (error) {
      collected.settle(false);
      throw error;
    }
  }

  #callerOf(reply: FastifyReply, requestId: string): Caller {
    const { kept, order } = this.#parts;
    const { owner } = reply.request;
    return { owner, requestId, bytes: kept.of(owner), client: new RequestClient(reply.raw, order) };
  }
}
