import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import type { AnyOperation } from '../../operations/operation.js';
import { type ProblemContext, problemOf } from '../problems/problem.js';
import { sendProblem } from '../problems/send-answer.js';
import { logCall } from './call-log.js';
import { clientOf, deliver } from './delivery.js';
import { parameterReader } from './parameters.js';
import { aliasRoutesOf, fastifyPath, type RestRoute, restRouteOf } from './rest-route.js';

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
    const { id: requestId, owner } = request;
    const called = (ids: Ids) => ({
      operation: op,
      requestId,
      owner,
      ids,
      ms: performance.now() - started,
    });
    const params = readParameters(request);
    if (!params.ok) {
      const ids = idsIn(request.params);
      const problem = problemOf(params, { requestId, operation: op, ...ids });
      logCall(options.log, called(ids), problem);
      sendProblem(reply, problem);
      return;
    }
    const ids = idsIn(params.value);
    const answer = (result: Reply): void => {
      const context = { requestId, operation: op, ...ids, ...result.context };
      const problem = result.answer.ok ? undefined : problemOf(result.answer, context);
      logCall(options.log, called(context), problem, result.created);
      deliver(reply, result, problem);
    };
    const answerAfterPause = async (result: Reply, pause: BeforeReply): Promise<void> => {
      try {
        await pause(requestId, op.name);
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
      owner,
      params: params.value,
      client: clientOf(request.raw, reply.raw),
      requestId,
    });
    if (result instanceof Promise) result.then(proceed).catch(failed);
    else proceed(result)?.catch(failed);
  };
};

type Ids = Pick<ProblemContext, 'sessionId' | 'socketId'>;

/** Longer ones are no ids; the router knows the limit for those in the path. */
const MAX_ID_LENGTH = 200;

/** The ids that a request names, also those that turn out to name nothing. */
const idsIn = (params: unknown): Ids => {
  const { sessionId, socketId } = Object(params) as Record<string, unknown>;
  return {
    ...(isId(sessionId) && { sessionId }),
    ...(isId(socketId) && { socketId }),
  };
};

const isId = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_ID_LENGTH;
