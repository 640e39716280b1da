import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import { ANSWER_HEADERS, serverTiming } from '../headers.js';
import { type Problem, problemOf } from './problem.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends a JSON body. It returns nothing, since Fastify would send what a handler returns. */
export const sendJson = (reply: FastifyReply, status: number, body: unknown): void => {
  sendCountedJson(reply, status, body);
};

/** As sendJson. Returns how many bytes it keeps until they are sent. */
export const sendCountedJson = (reply: FastifyReply, status: number, body: unknown): number => {
  const payload = payloadOf(body);
  reply.code(status).header('content-type', JSON_TYPE).send(payload);
  return payload.length;
};

/** Header fields, with all those that every answer has. */
type AnswerFields = OutgoingHttpHeaders & Record<keyof typeof ANSWER_HEADERS, string>;

/**
 * As sendCountedJson, but bypasses Fastify: for an answer with the header fields of every answer, and no
 * others. They are written out, since Node writes objects with always the same members much faster.
 */
export const sendPlainJson = (reply: FastifyReply, status: number, timing: string, body: unknown): number => {
  const payload = payloadOf(body);
  reply.hijack();
  reply.raw
    .writeHead(status, {
      'cache-control': ANSWER_HEADERS['cache-control'],
      'content-security-policy': ANSWER_HEADERS['content-security-policy'],
      'cross-origin-resource-policy': ANSWER_HEADERS['cross-origin-resource-policy'],
      'x-content-type-options': ANSWER_HEADERS['x-content-type-options'],
      'x-request-id': reply.request.id,
      'server-timing': timing,
      'content-type': JSON_TYPE,
      'content-length': Buffer.byteLength(payload),
    } satisfies AnswerFields)
    .end(payload);
  return payload.length;
};

/** Sends a problem document. */
export const sendProblem = (reply: FastifyReply, problem: Problem): void => {
  reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problem.document));
};

/** Longer texts are sent as bytes: a string takes up to twice its length, and as much again to be sent. */
const MOST_TEXT_LENGTH = 65_536;

const payloadOf = (body: unknown): string | Buffer => {
  const text = JSON.stringify(body);
  if (text.length <= MOST_TEXT_LENGTH) return text;
  // Buffer.from gives the same bytes, but takes more than twice as long.
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
};

/** Begins an answer that bypasses Fastify, with the headers set by hooks. The caller writes and ends it. */
export const hijackReply = (
  reply: FastifyReply,
  status: number,
  headers: Readonly<Record<string, string>>,
): ServerResponse => {
  reply.hijack();
  // Fastify's type is wider; all values that are set here are texts or lists of texts.
  const common = reply.getHeaders() as Record<string, string | string[]>;
  return reply.raw.writeHead(status, { ...common, ...headers });
};

/** Sends the problem document of a refusal that comes from the edge, not from an operation. */
export const sendRefusal = (reply: FastifyReply, refusal: Refusal): void =>
  sendProblem(reply, problemOf(refusal, { requestId: reply.request.id }));

/** Sets Server-Timing: the time that an operation took. */
export const setTiming = (reply: FastifyReply, timing: { native: number; wait: number }): void => {
  reply.header('server-timing', serverTiming(timing));
};
