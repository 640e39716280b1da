import type { FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { countOf, hasBody } from '../headers.js';
import type { Gate } from './gate.js';
import { mediaTypeOf } from './media-type.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The media type of a route's body. Default: `application/json`. */
    mediaType?: string;
  }
}

/**
 * Accepts bodies of the route's media type only. That is also a defence: a web page can send application/json
 * to another origin only after a preflight. So content without a type is refused as well, for every method. A
 * request without content may name any type.
 */
export const mediaGate: Gate = (request) => {
  const { headers } = request;
  const judged = hasBody(headers);
  const wanted = wantedBy(request);
  if (judged && isTaken(request, wanted)) {
    // Without its parameters: Fastify compares the field with the types of its parsers.
    headers['content-type'] = wanted;
    return undefined;
  }
  // Only reading shows whether a chunked body has content: the parser for bodies without a type checks that.
  if (judged && headers['transfer-encoding'] === undefined) return notTaken(request);
  delete headers['content-type'];
  return undefined;
};

/** The refusal of content of another media type than the route's. */
export const notTaken = (request: FastifyRequest): Refusal =>
  isEncoded(request)
    ? refuse('unsupported-media-type', 'Encoded bodies are not taken.')
    : refuse('unsupported-media-type', `This route takes ${asAsked(wantedBy(request))}.`);

const asAsked = (wanted: string): string => (wanted === JSON_BODY ? `${wanted}, in UTF-8` : wanted);

const JSON_BODY = 'application/json';

const isEncoded = ({ headers }: FastifyRequest): boolean => headers['content-encoding'] !== undefined;

const wantedBy = ({ routeOptions }: FastifyRequest): string => routeOptions.config.mediaType ?? JSON_BODY;

const isTaken = (request: FastifyRequest, wanted: string): boolean => {
  const given = request.headers['content-type'] ?? '';
  return (
    !isEncoded(request) &&
    // Most clients write exactly the wanted type: then there is nothing to parse.
    (given === wanted || isOf(given, wanted)) &&
    countOf(request.raw.rawHeaders, 'content-type') === 1
  );
};

const isOf = (field: string, wanted: string): boolean => {
  const type = mediaTypeOf(field);
  return type?.essence === wanted && (type.charset === undefined || type.charset === 'utf-8');
};
