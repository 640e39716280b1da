import type { IncomingHttpHeaders } from 'node:http';
import type { Timing } from '../operations/dispatch/reply.js';

/**
 * The header fields of every answer; pages have a content security policy of their own. An answer is written
 * in one of four ways: by Fastify, by hijackReply, by sendPlainJson, or by unparsed-requests.ts where
 * Fastify does not see the request.
 */
export const answerFields = (requestId: string, timing: string): Record<string, string> => ({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-request-id': requestId,
  'server-timing': timing,
});

/** The media type of problem documents, with the charset that Fastify adds to its own answers. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The media type of raw bytes. */
export const RAW_TYPE = 'application/octet-stream';

/**
 * Server-Timing: milliseconds in native calls and around them, milliseconds waited, and how long after its
 * instant a call began that had to wait for one.
 */
export const serverTiming = ({ native, wait, late }: Timing): string => {
  const times = `native;dur=${round(native)}, wait;dur=${round(wait)}`;
  return late === undefined ? times : `${times}, late;dur=${round(late)}`;
};

const round = (ms: number): number => Math.round(ms * 100) / 100;

/** The Server-Timing of an answer that comes from the edge, not from an operation. */
export const NO_TIMING = serverTiming({ native: 0, wait: 0 });

/** The most fault ids in a header field; a session may have many more. */
export const MOST_FAULT_IDS = 16;

/** Winsockd-Fault: as many ids as clients accept in a header field, and the number of the others. */
export const faultHeader = (ids: readonly string[]): string => {
  const more = ids.length - MOST_FAULT_IDS;
  return more > 0 ? `${ids.slice(0, MOST_FAULT_IDS).join(', ')}, ${more} more` : ids.join(', ');
};

/** Whether a request has a body, according to its header fields. */
export const hasBody = (headers: IncomingHttpHeaders): boolean => {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
};

/** Whether a header field has this name; the length is compared first, since it mostly decides. */
export const isNamed = (name: string, lowerCaseName: string): boolean =>
  name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName;

/** How many lines of a header have a name; the parsed headers merge repeated lines. */
export const countOf = (rawHeaders: readonly string[], lowerCaseName: string): number => {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name !== undefined && isNamed(name, lowerCaseName)) count++;
  }
  return count;
};
