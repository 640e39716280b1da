import type { FastifyReply } from 'fastify';
import { isRefusal } from '../../daemon/answers/answer.js';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import type { AnyOperation } from '../../operations/operation.js';
import { faultHeader, PROBLEM_TYPE, serverTiming } from '../headers.js';
import { fingerprintOf } from '../keys/key-gate.js';
import type { Keys } from '../keys/keys.js';
import type { KeyPlace, StoredAnswer } from '../keys/owner-keys.js';
import type { KeptBytes } from '../memory/kept-bytes.js';
import type { Problem } from '../problems/problem.js';
import { JSON_TYPE, sendProblem } from '../problems/send-answer.js';
import { type Answered, deliver, deliverAs, NO_CALL } from './delivery.js';
import type { CallerClient, OperationClient } from './named-calls.js';
import { locationOf, successStatusOf } from './rest-route.js';

/** The parts of the edge that requests with a key use. */
export interface KeyedParts {
  readonly keys: Keys;
  readonly kept: KeptBytes;
}

/** The client of a request with a key: its answer is kept, so it does not matter whether it is there. */
export const KEPT_CLIENT: OperationClient & CallerClient = {
  gone: false,
  leftWhilePending: false,
  onGone: () => undefined,
  for: (_op: AnyOperation) => KEPT_CLIENT,
};

/**
 * Begins a request with a key. Returns undefined if it has been answered: refused, or with the answer to an
 * earlier one.
 *
 * @param refused makes the problem of a refusal
 */
export const beginKeyed = (
  reply: FastifyReply,
  key: string,
  { keys, kept }: KeyedParts,
  refused: (refusal: Refusal) => Problem,
): KeyPlace | undefined => {
  const { request } = reply;
  const begun = keys.of(request.owner).begin(key, fingerprintOf(request));
  if (!begun.ok) sendProblem(reply, refused(begun));
  else if (begun.stored) {
    reply.header('winsockd-replayed', 'true');
    deliverAs(write, reply, undefined, NO_CALL, replayOf(begun.stored), kept);
  } else return begun.place;
  return undefined;
};

/**
 * Answers one call of a request with a key. What the operation answered is stored, be it a result or a
 * Winsock failure, since the call has been made. After a refusal the same request may be made again.
 *
 * @param problem the problem document of a failure; undefined for a success
 */
export const deliverKeyed = (
  place: KeyPlace,
  reply: FastifyReply,
  result: Reply,
  problem: Problem | undefined,
  kept: KeptBytes,
): void => {
  const { operation, answer, context, created } = result;
  if (!answer.ok && isRefusal(answer)) {
    place.free();
    deliver(reply, KEPT_CLIENT, result, problem, kept);
    return;
  }
  const location = created && locationOf(created, context.sessionId);
  const stored: StoredAnswer = {
    status: problem?.status ?? successStatusOf(operation),
    fields: {
      ...callFields(result),
      ...(problem?.headers ?? (location !== undefined && { location })),
      'content-type': problem ? PROBLEM_TYPE : JSON_TYPE,
    },
    body: Buffer.from(JSON.stringify(answer.ok ? answer.value : problem?.document)),
  };
  storeAndSend(place, reply, result, stored, kept);
};

/** Answers several calls of a request with a key by one JSON text, which is stored. */
export const deliverKeyedJson = (
  place: KeyPlace,
  reply: FastifyReply,
  result: Answered,
  json: string,
  kept: KeptBytes,
): void => {
  const fields = { ...callFields(result), 'content-type': JSON_TYPE };
  storeAndSend(place, reply, result, { status: 200, fields, body: Buffer.from(json) }, kept);
};

/** Settled as soon as it is stored. It is sent if the client is still there. */
const storeAndSend = (
  place: KeyPlace,
  reply: FastifyReply,
  result: Answered,
  stored: StoredAnswer,
  kept: KeptBytes,
): void => {
  place.store(stored);
  result.settle(true);
  // Nothing is left to be settled.
  deliverAs(write, reply, undefined, NO_CALL, stored, kept);
};

/** Without Retry-After: the same request will get the same answer, so there is nothing to wait for. */
const replayOf = ({ status, fields: { 'retry-after': _, ...fields }, body }: StoredAnswer): StoredAnswer => ({
  status,
  fields,
  body,
});

const callFields = ({ timing, faults = [] }: Answered): Readonly<Record<string, string>> => ({
  'server-timing': serverTiming(timing),
  ...(faults.length > 0 && { 'winsockd-fault': faultHeader(faults) }),
});

/** Returns the bytes of the answer that are to be counted. */
const write = (reply: FastifyReply, _result: Answered, { status, fields, body }: StoredAnswer): number => {
  reply.code(status).headers(fields).send(body);
  return body.length;
};
