import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { keepConnection } from '../gates/error-handler.js';
import { afterCallsOfTurn } from '../gates/request-order.js';
import { JsonRefused } from '../gates/strict-json.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { sendCountedJson } from '../problems/send-answer.js';
import { CollectedAnswer, receiverOf, sendCollected } from '../rest/collected-answer.js';
import { deliverAs, NO_CALL, writeJson } from '../rest/delivery.js';
import type { Caller } from '../rest/named-calls.js';
import { RequestClient } from '../rest/request-client.js';
import type { BeforeReply, RestParts } from '../rest/rest.js';
import { answerArray, type RpcAnswer, settleAnswer } from './rpc-answer.js';
import type { RpcMethods } from './rpc-methods.js';
import { wrongArray } from './rpc-request.js';

export interface RpcParts extends RestParts {
  readonly methods: RpcMethods;
  readonly turn: TurnLoad;
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
      else if (Array.isArray(body)) await this.#array(body, reply);
      else await this.#one(body, reply);
    } finally {
      account.release(bodyBytes);
    }
  }

  /** Answers a text that is not JSON, or JSON that the daemon refuses. */
  refuseText(request: FastifyRequest, reply: FastifyReply, detail: string): void {
    keepConnection(request, reply);
    this.#refuse(reply, refuse('malformed-json', detail));
  }

  #refuse(reply: FastifyReply, refusal: Refusal): void {
    const { id: requestId, owner } = reply.request;
    sendCountedJson(reply, 200, this.#parts.methods.refused(null, refusal, { owner, requestId }));
  }

  #collect(reply: FastifyReply): CollectedAnswer {
    return new CollectedAnswer(receiverOf(reply), this.#parts);
  }

  /** One request object: its answer is delivered as that of a REST call. */
  async #one(value: unknown, reply: FastifyReply): Promise<void> {
    const { kept } = this.#parts;
    const { request } = reply;
    const caller = this.#callerOf(reply, request.id);
    const answer = await this.#parts.methods.answer(value, caller, () => this.#collect(reply));
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

  async #array(values: readonly unknown[], reply: FastifyReply): Promise<void> {
    const refusal = wrongArray(values);
    if (refusal) this.#refuse(reply, refusal);
    else await this.#several(values, reply);
  }

  async #several(values: readonly unknown[], reply: FastifyReply): Promise<void> {
    const { turn, kept } = this.#parts;
    const { request } = reply;
    const collected = this.#collect(reply);
    try {
      const caller = this.#callerOf(reply, request.id);
      const collect = () => this.#collect(reply);
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
