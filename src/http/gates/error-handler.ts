import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { bugProblem } from '../problems/problem.js';
import { sendProblem } from '../problems/send-answer.js';
import { BodyRefused } from './read-body.js';
import type { RefusalLog } from './refusal-log.js';
import { refuseEarly } from './refuse-early.js';
import { JsonRefused } from './strict-json.js';
import type { ThriftyLog } from './thrifty-log.js';

const ENDED_EARLY = refuse('bad-request', 'The body ended early.');

const NOTHING_HERE = refuse('not-found', 'Nothing is at this path.');

/** A file of /docs lacks the range that was asked for, or a condition such as If-Match does not hold. */
const NOT_AS_ASKED = refuse('bad-request', 'The file cannot be given as the header fields ask.');

/** Errors of Fastify and Node that a client can cause, by code. Every other error is a bug. */
const OF_CLIENTS: ReadonlyMap<string, Refusal> = new Map([
  ['FST_ERR_BAD_URL', refuse('bad-request', 'The request target is not a valid path.')],
  ['FST_ERR_MAX_PARAM_LENGTH', refuse('uri-too-long', 'A part of the path is too long.')],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    refuse('unsupported-media-type', 'The media type of the body is not taken.'),
  ],
  // A path that leads out of the folder of /docs, or that no file can have.
  ['FST_STATIC_FORBIDDEN_PATH', NOTHING_HERE],
  // The client disconnected, or sent less than its Content-Length.
  ['ECONNRESET', ENDED_EARLY],
  ['ERR_STREAM_PREMATURE_CLOSE', ENDED_EARLY],
]);

/** The one place where exceptions and Fastify's own errors become problem documents. */
export const errorHandler =
  (lines: ThriftyLog, refusals: RefusalLog) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = refusalOf(error);
    if (refusal === undefined) {
      const line = { err: error, requestId: request.id };
      lines.write('error', request.owner, line, 'request failed by a bug');
      sendProblem(reply, bugProblem({ requestId: request.id }));
      return;
    }
    keepConnection(request, reply);
    refuseEarly(request, reply, refusal, refusals);
  };

/**
 * Fastify closes the connection after a body that its parser refuses. That is not needed once the body has
 * been read. The field is replaced, not removed: without it Node writes none, not even the `close` of the
 * client.
 */
export const keepConnection = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  if (raw.readableEnded) reply.header('connection', connectionAfter(reply.raw));
};

/** The Connection field of an answer: `close` where the server is stopping or the client asked for it. */
const connectionAfter = (raw: ServerResponse): string =>
  raw.hasHeader('connection') || !raw.shouldKeepAlive ? 'close' : 'keep-alive';

const refusalOf = (error: unknown): Refusal | undefined => {
  if (error instanceof BodyRefused) return error.refusal;
  if (error instanceof JsonRefused) return refuse('malformed-json', error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return OF_CLIENTS.get(code) ?? ofHttpErrors(error);
};

/** Errors of the package http-errors, made for files of /docs. `expose` marks those that a client caused. */
const ofHttpErrors = (error: unknown): Refusal | undefined => {
  const { expose, status } = Object(error) as { readonly expose?: unknown; readonly status?: unknown };
  if (expose !== true) return undefined;
  return status === 404 ? NOTHING_HERE : NOT_AS_ASKED;
};
