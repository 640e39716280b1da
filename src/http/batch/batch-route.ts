import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestOrder } from '../gates/request-order.js';
import type { KeyPlace } from '../keys/owner-keys.js';
import { sendProblem } from '../problems/send-answer.js';
import {
  CollectedAnswer,
  type CollectingParts,
  receiverOf,
  sendCollected,
} from '../rest/collected-answer.js';
import { beginKeyed, deliverKeyedJson, KEPT_CLIENT, type KeyedParts } from '../rest/keyed-answer.js';
import { parameterReader } from '../rest/parameters.js';
import { RequestClient } from '../rest/request-client.js';
import type { BeforeReply } from '../rest/rest.js';
import { restRouteOf } from '../rest/rest-route.js';
import { BATCH } from './batch-definition.js';
import type { Batches } from './batches.js';

export interface BatchRouteParts extends CollectingParts, KeyedParts {
  readonly batches: Batches;
  readonly order: RequestOrder;
  /** The largest body. */
  readonly bodyBytes: number;
  readonly beforeReply?: BeforeReply | undefined;
}

/** Registers `POST /v1/batch`. */
export const registerBatch = (app: FastifyInstance, parts: BatchRouteParts): void => {
  const route = restRouteOf(BATCH);
  const readParameters = parameterReader(BATCH, route);
  const { batches, kept, order } = parts;
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { id: requestId, owner, bodyBytes } = request;
    const bytes = kept.of(owner);
    const key = request.idempotencyKey;
    const client = key === undefined ? new RequestClient(reply.raw, order) : KEPT_CLIENT;
    const caller = { owner, requestId, bytes, client };
    const params = readParameters(request);
    // The parameters refer to the body; the request must not keep it while the batch runs.
    request.body = undefined;
    if (!params.ok) {
      sendProblem(reply, batches.refused(params, caller));
      return;
    }
    let place: KeyPlace | undefined;
    if (key !== undefined) {
      place = beginKeyed(reply, key, parts, (refusal) => batches.refused(refusal, caller));
      if (!place) return;
      const full = place.reserve(batches.longestAnswer(params.value));
      if (full) {
        sendProblem(reply, batches.refused(full, caller));
        return;
      }
    }
    const collected = new CollectedAnswer(receiverOf(reply, place !== undefined), parts);
    bytes.account.count(bodyBytes);
    try {
      const made = await batches.make(params.value, caller, collected);
      await parts.beforeReply?.(requestId, BATCH.name);
      if (made.problem === undefined) {
        if (place) deliverKeyedJson(place, reply, collected, made.text, kept);
        else sendCollected(reply, collected, made.text, kept);
      } else {
        place?.free();
        collected.settle(false);
        sendProblem(reply, made.problem);
      }
    } catch (error) {
      place?.free();
      collected.settle(false);
      throw error;
    } finally {
      bytes.account.release(bodyBytes);
    }
  };
  app.route({
    method: route.method,
    url: route.path,
    config: { takesKey: true },
    bodyLimit: parts.bodyBytes,
    // Not async: Fastify would send an answer of its own when none was written because the client is gone.
    handler: (request, reply) => {
      answer(request, reply).catch((error: unknown) => reply.send(error));
    },
  });
};
