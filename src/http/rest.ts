import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AnyOperation } from '../operations/operation.js';
import type { Client, Reply } from '../operations/reply.js';
import { clientOf, deliver } from './delivery.js';
import { parameterReader } from './parameters.js';
import { problemOf } from './problem.js';
import { aliasRoutesOf, fastifyPath, type RestRoute, restRouteOf } from './rest-route.js';
import { sendProblem } from './send.js';

/** The only way into the operations: validates the merged parameters and answers, or throws when it has a bug. */
export type Dispatch = (
  op: AnyOperation,
  request: {
    readonly owner: string;
    readonly params: Record<string, unknown>;
    readonly client: Client;
    readonly requestId: string;
  },
) => Reply | Promise<Reply>;

/** Runs between dispatch's reply and its writing, so that a test can close the client there. */
export type BeforeReply = (requestId: string, operation: string) => Promise<void> | void;

export interface RestOptions {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  readonly log: FastifyBaseLogger;
  readonly beforeReply?: BeforeReply | undefined;
}

/** Serves every operation of the list: its documented route and its aliases. */
export const registerRest = (app: FastifyInstance, options: RestOptions): void => {
  for (const op of options.operations) {
    for (const route of [restRouteOf(op), ...aliasRoutesOf(op)]) {
      app.route({
        method: route.method,
        url: fastifyPath(route.path),
        // The document describes operations from their definitions, not from Fastify's schemas.
        schema: { hide: true },
        handler: handlerOf(op, route, options),
      });
    }
  }
};

const handlerOf = (op: AnyOperation, route: RestRoute, options: RestOptions) => {
  const readParameters = parameterReader(op, route);
  // Not an async function: most calls answer at once and then cost no promise.
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const started = performance.now();
    const params = readParameters(request);
    if (!params.ok) {
      sendProblem(reply, problemOf(params, { requestId: request.id, operation: op }));
      return;
    }
    const answer = (result: Reply): void => {
      logCall(options.log, result, request.id, performance.now() - started);
      deliver(reply, result);
    };
    const answerAfterPause = async (result: Reply, pause: BeforeReply): Promise<void> => {
      try {
        await pause(request.id, op.name);
      } catch (error) {
        result.settle(false);
        throw error;
      }
      answer(result);
    };
    const { beforeReply } = options;
    const proceed = (result: Reply): void | Promise<void> =>
      beforeReply === undefined ? answer(result) : answerAfterPause(result, beforeReply);
    const failed = (error: unknown): void => {
      reply.send(error);
    };
    const result = options.dispatch(op, {
      owner: request.owner,
      params: params.value,
      client: clientOf(request.raw, reply.raw),
      requestId: request.id,
    });
    if (result instanceof Promise) result.then(proceed).catch(failed);
    else proceed(result)?.catch(failed);
  };
};

/** One line a call, never a payload. */
const logCall = (log: FastifyBaseLogger, result: Reply, requestId: string, ms: number): void => {
  const { answer, operation } = result;
  const outcome = answer.ok ? 'ok' : 'refusal' in answer ? answer.refusal : answer.code;
  log.debug({ requestId, operation: operation.name, outcome, ms: Math.round(ms * 100) / 100 }, 'call');
};
