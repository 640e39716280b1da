import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import type { Batches } from '../batch/batches.js';
import { keepConnection } from '../gates/error-handler.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { afterCallsOfTurn } from '../gates/request-order.js';
import { JsonRefused } from '../gates/strict-json.js';
import type { TurnLoad } from '../memory/turn-load.js';
import { problemOf } from '../problems/problem.js';
import { sendCountedJson } from '../problems/send-answer.js';
import { CollectedAnswer } from '../rest/collected-answer.js';
import { type Answered, deliverAs, writeJson } from '../rest/delivery.js';
import type { Caller, NamedCalls } from '../rest/named-calls.js';
import { RequestClient } from '../rest/request-client.js';
import type { BeforeReply, RestParts } from '../rest/rest.js';
import { openRpcText } from './open-rpc.js';
import { type RpcAnswer, RpcMethods } from './rpc-methods.js';
import { invalidRequest } from './rpc-request.js';
import { errorText } from './rpc-response.js';

/** The most request objects of one array. */
export const MOST_REQUESTS = 100;

export interface RpcOptions {
  readonly beforeReply?: BeforeReply | undefined;
  /** The operations as the document shows them, with what is beside them. */
  readonly chapters: readonly Chapter<DescribedOperation>[];
  readonly version: string;
}

export interface RpcParts extends RestParts {
  readonly turn: TurnLoad;
  readonly calls: NamedCalls;
  readonly batches: Batches;
  readonly refusals: RefusalLog;
  readonly onError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;
}

/**
 * Registers `POST /v1/rpc`: the operations as methods of JSON-RPC 2.0.
 *
 * @see https://www.jsonrpc.org/specification
 */
export const registerRpc = (app: FastifyInstance, options: RpcOptions, parts: RpcParts): void => {
  const route = new RpcRoute(options, parts);
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
  readonly #options: RpcOptions;
  readonly #parts: RpcParts;
  readonly #methods: RpcMethods;

  constructor(options: RpcOptions, parts: RpcParts) {
    this.#options = options;
    this.#parts = parts;
    const { chapters, version } = options;
    this.#methods = new RpcMethods({ ...parts, openRpc: () => openRpcText(chapters, version) });
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
    const collect = () => new CollectedAnswer(reply, this.#parts);
    const answer = await this.#methods.answer(value, this.#callerOf(reply, request.id), collect);
    const { text, reply: made, collected } = answer;
    try {
      await this.#options.beforeReply?.(request.id, 'rpc');
      if (text === undefined) {
        drop(answer);
        reply.code(204).send();
      } else if (collected) collected.send(text);
      else deliverAs(writeJson, reply, made?.client, made?.result ?? NO_CALL, text, kept);
    } catch (error) {
      drop(answer);
      throw error;
    }
  }

  /** An array: its calls begin in the order of the requests, and may end in any other. */
  async #several(values: readonly unknown[], reply: FastifyReply): Promise<void> {
    const { turn } = this.#parts;
    const { request } = reply;
    const collected = new CollectedAnswer(reply, this.#parts);
    const texts: (string | undefined)[] = [];
    try {
      const caller = this.#callerOf(reply, request.id);
      const collect = () => new CollectedAnswer(reply, this.#parts);
      const calls: Promise<void>[] = [];
      for (const [at, value] of values.entries()) {
        if (turn.isFull) await new Promise<void>((resolve) => turn.wait(request.owner, resolve));
        if (collected.isLost) break;
        turn.addPipelined();
        // Each counts as a request of its own.
        const requestId = `${request.id}.${at + 1}`;
        const answered = this.#methods.answer(value, { ...caller, requestId }, collect);
        calls.push(
          answered.then((answer) => {
            texts[at] = answer.text;
            take(collected, answer);
          }),
        );
        // Also the next call of the same socket finds it as this one left it, unless this one waits.
        await new Promise<void>(afterCallsOfTurn);
      }
      await Promise.all(calls);
      await this.#options.beforeReply?.(request.id, 'rpc');
      const written = texts.filter((text) => text !== undefined);
      if (written.length > 0) collected.send(`[${written.join(',')}]`);
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

/** Takes the answer of one request object of an array. */
const take = (collected: CollectedAnswer, answer: RpcAnswer): void => {
  if (answer.text === undefined) drop(answer);
  else {
    collected.keep(answer.text);
    if (answer.reply) collected.take(answer.reply);
    if (answer.collected) collected.adopt(answer.collected);
  }
};

/** Settles what is not delivered. */
const drop = ({ reply, collected }: RpcAnswer): void => {
  reply?.result.settle(false);
  collected?.settle(false);
};
