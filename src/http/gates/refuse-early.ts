import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import { hasBody, PROBLEM_TYPE } from '../headers.js';
import { type Problem, problemOf } from '../problems/problem.js';
import { hijackReply, sendProblem } from '../problems/send-answer.js';
import type { RefusalLog } from './refusal-log.js';
import { isUpgrade } from './subprotocols.js';

/** How long the rest of a refused body is read and discarded. */
export const LINGER_MS = 2000;

/** Answers a request whose body has not been read, and logs the refusal. */
export const refuseEarly = (
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  log: RefusalLog,
): void => {
  const problem = problemOf(refusal, { requestId: request.id });
  log.note(problem, request);
  answerEarly(request, reply, problem);
};

/**
 * Answers a request whose body has not been read to its end. The answer is written at once; the exchange ends
 * when the rest of the body has been read and discarded, or after two seconds. A close with unread bytes would
 * reset the connection, and the client would lose the answer.
 */
export const answerEarly = (request: FastifyRequest, reply: FastifyReply, problem: Problem): void => {
  // Node reads no body of a request that asks for a WebSocket.
  if (request.raw.complete || !hasBody(request.headers) || isUpgrade(request)) {
    sendProblem(reply, problem);
    return;
  }
  const { status, headers, document } = problem;
  const body = JSON.stringify(document);
  const raw = hijackReply(reply, status, {
    ...headers,
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
  });
  raw.write(body);
  const end = (): void => {
    clearTimeout(timer);
    raw.end();
  };
  const timer = setTimeout(() => {
    raw.end();
    request.raw.destroy();
  }, LINGER_MS);
  timer.unref();
  request.raw.once('end', end).once('close', end).resume();
};
