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
 * page cannot send it to another origin without asking first. Where there is no body, nothing has a type.
 */
export const mediaGate: Gate = (request) => {
  const { headers } = request;
  if (!hasBody(headers)) {
    // Fastify would look for a parser of it.
    delete headers['content-type'];
    return undefined;
  }
  const wanted = request.routeOptions.config.mediaType ?? 'application/json';
  if (headers['content-encoding'] !== undefined) {
    return refuse('unsupported-media-type', 'Encoded bodies are not taken.');
  }
  const given = headers['content-type'] ?? '';
  if (!(given === wanted || isOf(given, wanted)) || countOf(request.raw.rawHeaders, 'content-type') !== 1) {
    return wrongType(wanted);
  }
  // Judged here: its parameters are nothing to Fastify.
  headers['content-type'] = wanted;
  return undefined;
};

const isOf = (field: string, wanted: string): boolean => {
  const type = mediaTypeOf(field);
  return type?.essence === wanted && (type.charset === undefined || type.charset === 'utf-8');
};

/** The refusal of a body that is not of the type that a route takes. */
export const wrongType = (wanted: string): Refusal =>
  refuse('unsupported-media-type', `This route takes ${wanted}, in UTF-8.`);
