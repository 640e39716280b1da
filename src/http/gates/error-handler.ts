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

/** Of the files of /docs: a range that they do not have, or a condition (If-Match and its kin) that does not hold. */
const NOT_AS_ASKED = refuse('bad-request', 'The file cannot be given as the header fields ask.');

/** Errors of Fastify and of Node that a client can cause, by their code; every other error is a bug. */
const OF_CLIENTS: ReadonlyMap<string, Refusal> = new Map([
  ['FST_ERR_BAD_URL', refuse('bad-request', 'The request target is not a valid path.')],
  ['FST_ERR_MAX_PARAM_LENGTH', refuse('uri-too-long', 'A part of the path is too long.')],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    refuse('unsupported-media-type', 'The media type of the body is not taken.'),
  ],
  // Of the files of /docs: a path that leads out of their folder, or that no file can have.
  ['FST_STATIC_FORBIDDEN_PATH', NOTHING_HERE],
  // The request stream failed while its body was read: the client went away or sent less than it said.
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
    // Fastify closes after a body that it does not take. One that has been read is in nobody's way, and what was sent
    // behind it has begun. Not removed: Node would then say nothing, not even what the client has asked for.
    if (request.raw.readableEnded) reply.header('connection', connectionAfter(reply.raw));
    refuseEarly(request, reply, refusal, refusals);
  };

/** What becomes of a connection after an answer: as the end of the server wants it, or else the client. */
const connectionAfter = (raw: ServerResponse): string =>
  raw.hasHeader('connection') || !raw.shouldKeepAlive ? 'close' : 'keep-alive';

const refusalOf = (error: unknown): Refusal | undefined => {
  if (error instanceof BodyRefused) return error.refusal;
  if (error instanceof JsonRefused) return refuse('malformed-json', error.message);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return OF_CLIENTS.get(code) ?? ofHttpErrors(error);
};

/** Errors of the package http-errors, by which the files of /docs are refused: `expose` says that it is the client's. */
const ofHttpErrors = (error: unknown): Refusal | undefined => {
  const { expose, status } = Object(error) as { readonly expose?: unknown; readonly status?: unknown };
  if (expose !== true) return undefined;
  return status === 404 ? NOTHING_HERE : NOT_AS_ASKED;
};
