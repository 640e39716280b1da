import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Timing } from '../../operations/dispatch/reply.js';
import { answerFields, NO_TIMING, PROBLEM_TYPE, serverTiming } from '../headers.js';
import { type Problem, problemOf } from './problem.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Adds the header fields of every answer, except those that the answer has already. */
export const completeHeaders = (reply: FastifyReply): void => {
  for (const [name, value] of Object.entries(answerFields(reply.request.id, NO_TIMING))) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
};

/** Sends a JSON body. It returns nothing, since Fastify would send what a handler returns. */
export const sendJson = (reply: FastifyReply, status: number, body: unknown): void => {
  sendCountedJson(reply, status, JSON.stringify(body));
};

/** Sends a JSON text. Returns its bytes. */
export const sendCountedJson = (reply: FastifyReply, status: number, json: string): number => {
  const payload = payloadOf(json);
  reply.code(status).header('content-type', JSON_TYPE).send(payload);
  return Buffer.byteLength(payload);
};

/**
 * As sendCountedJson, but bypasses Fastify: for an answer with the header fields of every answer, and no
 * others but Location.
 */
export const sendPlainJson = (
  reply: FastifyReply,
  status: number,
  json: string,
  timing: string,
  location?: string,
): number => {
  // Before hijack: an error after it would leave the request without an answer.
  const payload = payloadOf(json);
  const bytes = Buffer.byteLength(payload);
  // Members are added: Node writes an object of always the same members several times as fast as a spread
  // one.
  const fields: OutgoingHttpHeaders = answerFields(reply.request.id, timing);
  fields['content-type'] = JSON_TYPE;
  fields['content-length'] = bytes;
  if (location !== undefined) fields.location = location;
  reply.hijack();
  reply.raw.writeHead(status, fields).end(payload);
  return bytes;
};

/** Sends a problem document. */
export const sendProblem = (reply: FastifyReply, problem: Problem): void => {
  reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(problem.document));
};

/** Longer texts are sent as bytes: a string takes up to twice its length, and as much again to be sent. */
const MOST_TEXT_LENGTH = 65_536;

/** The text, or its bytes if it is long. */
export const payloadOf = (text: string): string | Buffer => {
  if (text.length <= MOST_TEXT_LENGTH) return text;
  // Buffer.from gives the same bytes, but takes more than twice as long.
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
};

/**
 * Begins an answer that bypasses Fastify, with the header fields of every answer and those that the reply
 * has. The caller writes and ends it.
 */
export const hijackReply = (
  reply: FastifyReply,
  status: number,
  headers: Readonly<Record<string, string>>,
): ServerResponse => {
  reply.hijack();
  completeHeaders(reply);
  // Fastify's type is wider; all values that are set here are texts or lists of texts.
  const common = reply.getHeaders() as Record<string, string | string[]>;
  return reply.raw.writeHead(status, { ...common, ...headers });
};

/** Sends the problem document of a refusal that comes from the edge, not from an operation. */
export const sendRefusal = (reply: FastifyReply, refusal: Refusal): void =>
  sendProblem(reply, problemOf(refusal, { requestId: reply.request.id }));

/** Sets Server-Timing: the time that an operation took. */
export const setTiming = (reply: FastifyReply, timing: Timing): void => {
  reply.header('server-timing', serverTiming(timing));
};
