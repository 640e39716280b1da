import type { FastifyRequest } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { countOf, hasBody } from '../headers.js';
import type { Gate } from './gate.js';
import { mediaTypeOf } from './media-type.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The media type of the body that a route takes; `application/json` unless it says otherwise. */
    mediaType?: string;
  }
}

/**
 * Takes bodies of the one media type of the route. Insisting on application/json is also a defence: a web
 * page cannot send anything else to another origin without asking first; so a body without a type is refused too,
 * whatever the method. Where there is no content, nothing has a type.
 */
export const mediaGate: Gate = (request) => {
  const { headers } = request;
  const judged = hasBody(headers);
  const wanted = wantedBy(request);
  if (judged && isTaken(request, wanted)) {
    // Judged here: its parameters are nothing to Fastify.
    headers['content-type'] = wanted;
    return undefined;
  }
  // Of chunks only reading tells whether there are any: the parser of what has no type looks.
  if (judged && headers['transfer-encoding'] === undefined) return notTaken(request);
  delete headers['content-type'];
  return undefined;
};

/** The refusal of content that is not of the type that the route takes. */
export const notTaken = (request: FastifyRequest): Refusal =>
  isEncoded(request)
    ? refuse('unsupported-media-type', 'Encoded bodies are not taken.')
    : refuse('unsupported-media-type', `This route takes ${wantedBy(request)}, in UTF-8.`);

const isEncoded = ({ headers }: FastifyRequest): boolean => headers['content-encoding'] !== undefined;

const wantedBy = ({ routeOptions }: FastifyRequest): string =>
  routeOptions.config.mediaType ?? 'application/json';

const isTaken = (request: FastifyRequest, wanted: string): boolean => {
  const given = request.headers['content-type'] ?? '';
  return (
    !isEncoded(request) &&
    (given === wanted || isOf(given, wanted)) &&
    countOf(request.raw.rawHeaders, 'content-type') === 1
  );
};

const isOf = (field: string, wanted: string): boolean => {
  const type = mediaTypeOf(field);
  return type?.essence === wanted && (type.charset === undefined || type.charset === 'utf-8');
};
