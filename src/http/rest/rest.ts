import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import { type AnyOperation, goesBack } from '../../operations/operation.js';
import type { RequestOrder } from '../gates/request-order.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { Keys } from '../keys/keys.js';
import type { KeyPlace } from '../keys/owner-keys.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import type { Problem } from '../problems/problem.js';
import { sendProblem } from '../problems/send-answer.js';
import { failedCall, idsIn, logSuccess } from './call-log.js';
import { deliver, RestClient } from './delivery.js';
import { beginKeyed, deliverKeyed, KEPT_CLIENT } from './keyed-answer.js';
import { answersMuch, takesMuch } from './long-bodies.js';
import { longestAnswer } from './longest-answer.js';
import { parameterReader } from './parameters.js';
import { aliasRoutesOf, fastifyPath, type RestRoute, restRouteOf } from './rest-route.js';

/** Runs after dispatch and before the reply is written; tests close the client there. */
export type BeforeReply = (requestId: string, operation: string) => Promise<void> | void;

export interface RestOptions {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  readonly beforeReply?: BeforeReply | undefined;
}

/** Parts that the routes share with the rest of the edge. */
export interface RestParts {
  /** The largest body of an operation that takes data or a long list; others have the server's limit. */
  readonly bodyBytes: number;
  readonly lines: ThriftyLog;
  readonly kept: KeptBytes;
  readonly order: RequestOrder;
  readonly keys: Keys;
}

/** Registers the documented route and the aliases of every operation. */
export const registerRest = (app: FastifyInstance, options: RestOptions, parts: RestParts): void => {
  for (const op of options.operations) {
    for (const route of [restRouteOf(op), ...aliasRoutesOf(op)]) {
      app.route({
        method: route.method,
        url: fastifyPath(route.path),
        // The OpenAPI document is made from the operations, not from Fastify's schemas.
        schema: { hide: true },
        ...(takesMuch(op) && { bodyLimit: parts.bodyBytes }),
        config: {
          takesInstant: op.effect === 'change' || op.blocking === true,
          takesKey: op.effect === 'change',
        },
        handler: handlerOf(op, route, options, parts),
      });
    }
  }
};

const handlerOf = (op: AnyOperation, route: RestRoute, options: RestOptions, parts: RestParts) => {
  const { lines, kept, order } = parts;
  const readParameters = parameterReader(op, route);
  const mayGoBack = goesBack(op);
  const mayBeLong = answersMuch(op);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { id: requestId, owner, bodyBytes, notBefore, idempotencyKey } = request;
    const call = { operation: op, requestId, owner, started: performance.now() };
    const bytes = kept.of(owner);
    const params = (mayBeLong ? bytes.refuseLongAnswer() : undefined) ?? readParameters(request);
    // The parameters refer to the body; the request must not keep it while the call is pending.
    request.body = undefined;
    if (!params.ok) {
      sendProblem(reply, failedCall(lines, call, idsIn(request.params), params));
      return;
    }
    let place: KeyPlace | undefined;
    if (idempotencyKey !== undefined) {
      const ids = idsIn(params.value);
      place = beginKeyed(reply, idempotencyKey, parts, (refusal) => failedCall(lines, call, ids, refusal));
      if (!place) return;
      const full = place.reserve(longestAnswer(op, params.value));
      if (full) {
        sendProblem(reply, failedCall(lines, call, ids, full));
        return;
      }
    }
    // A call that is held for its instant must not begin for a killed client.
    const untilEnd = mayGoBack || notBefore !== undefined;
    const client = place ? KEPT_CLIENT : new RestClient(reply.raw, untilEnd, order);
    bytes.account.count(bodyBytes);
    let result: Reply;
    try {
      result = await options.dispatch(op, { owner, params: params.value, client, requestId, notBefore });
    } catch (error) {
      place?.free();
      throw error;
    } finally {
      bytes.account.release(bodyBytes);
    }
    try {
      if (options.beforeReply) await options.beforeReply(requestId, op.name);
      let problem: Problem | undefined;
      if (result.answer.ok) logSuccess(lines, call, params.value, result);
      else problem = failedCall(lines, call, { ...idsIn(params.value), ...result.context }, result.answer);
      if (place) deliverKeyed(place, reply, result, problem, kept);
      else deliver(reply, client, result, problem, kept);
    } catch (error) {
      place?.free();
      // The answer has not been delivered, whatever the error is.
      result.settle(false);
      throw error;
    }
  };
  // Not async: Fastify would send an answer of its own when none was written because the client is gone.
  return (request: FastifyRequest, reply: FastifyReply): void => {
    answer(request, reply).catch((error: unknown) => reply.send(error));
  };
};
