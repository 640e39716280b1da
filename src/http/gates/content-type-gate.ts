import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { countOf, hasBody } from '../headers.js';
import type { Gate } from './gate.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The media type of the body that a route takes; `application/json` unless it says otherwise. */
    mediaType?: string;
  }
}

/** A media type, and at most the one charset that is taken. */
const TYPE = /^([^;]*)(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * Takes bodies of the one media type of the route. Insisting on application/json is also a defence: a web
 * page cannot send it to another origin without asking first. A request without a body needs no type.
 */
export const mediaGate: Gate = (request, reply) => {
  const { headers, method } = request;
  const type = headers['content-type'];
  const withBody = hasBody(headers);
  if (!withBody && type === undefined) return undefined;
  if (withBody && (method === 'GET' || method === 'HEAD')) {
    reply.header('connection', 'close');
    return refuse('bad-request', 'A GET has no body; its parameters are in the path and the query.');
  }
  // The parser takes the chunks apart, whatever other codings the bytes in them have (RFC 9112 section 6.1).
  if ((headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase() !== 'chunked') {
    reply.header('connection', 'close');
    return refuse('bad-request', 'The one transfer coding that is taken is chunked.');
  }
  const wanted = request.routeOptions.config.mediaType ?? 'application/json';
  if (headers['content-encoding'] !== undefined) {
    return refuse('unsupported-media-type', 'Encoded bodies are not taken.');
  }
  const essence = TYPE.exec(type ?? '')?.[1]
    ?.trim()
    .toLowerCase();
  return essence === wanted && countOf(request.raw.rawHeaders, 'content-type') === 1
    ? undefined
    : wrongType(wanted);
};

/** The refusal of a body that is not of the type that a route takes. */
export const wrongType = (wanted: string): Refusal =>
  refuse('unsupported-media-type', `This route takes ${wanted}, in UTF-8.`);
