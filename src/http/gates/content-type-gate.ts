import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { countOf } from '../headers.js';
import type { Gate } from './gate.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The media type of the body that a route takes; `application/json` unless it says otherwise. */
    mediaType?: string;
  }
}

const PARAMETERS = /^(?:\s*;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * Takes bodies of the one media type of the route. Insisting on application/json is also a defence: a web
 * page cannot send it to another origin without asking first. A request without a body needs no type.
 */
export const mediaGate: Gate = (request, reply) => {
  const length = request.headers['content-length'];
  const transferEncoding = request.headers['transfer-encoding'];
  const hasBody = transferEncoding !== undefined || (length !== undefined && length !== '0');
  const type = request.headers['content-type'];
  if (!hasBody && type === undefined) return undefined;
  if (hasBody && (request.method === 'GET' || request.method === 'HEAD')) {
    reply.header('connection', 'close');
    return refuse('bad-request', 'A GET has no body; its parameters are in the path and the query.');
  }
  // The parser takes the chunks apart, whatever other codings the bytes in them have (RFC 9112 section 6.1).
  if (transferEncoding !== undefined && transferEncoding.trim().toLowerCase() !== 'chunked') {
    reply.header('connection', 'close');
    return refuse('bad-request', 'The one transfer coding that is taken is chunked.');
  }
  const wanted = request.routeOptions.config.mediaType ?? 'application/json';
  const [essence = '', parameters] = splitType(type ?? '');
  const fits = essence.toLowerCase() === wanted && PARAMETERS.test(parameters);
  const encoding = request.headers['content-encoding'];
  if (fits && encoding === undefined && countOf(request.raw.rawHeaders, 'content-type') === 1)
    return undefined;
  return encoding === undefined
    ? wrongType(wanted)
    : refuse('unsupported-media-type', 'Encoded bodies are not taken.');
};

/** The refusal of a body that is not of the type that a route takes. */
export const wrongType = (wanted: string): Refusal =>
  refuse('unsupported-media-type', `This route takes ${wanted}, in UTF-8.`);

const splitType = (type: string): readonly [string, string] => {
  const semicolon = type.indexOf(';');
  return semicolon < 0 ? [type.trim(), ''] : [type.slice(0, semicolon).trim(), type.slice(semicolon)];
};
