import type { Gate } from './gate.js';

/** Fields of an answer that a page may read beside those that any page may. */
const EXPOSED = 'Location, Server-Timing, X-Request-Id, Winsockd-Fault, Retry-After';

/** What a preflight is answered with: every method and every field that a route takes. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
  'access-control-max-age': '600',
};

/** The fields with which a page of the origin may read an answer; undefined for every other page. */
export type FieldsForOrigin = (origin: string | undefined) => Readonly<Record<string, string>> | undefined;

/**
 * Lets pages of the allowed origins read answers, the early refusals among them. Says exactly the one origin; never
 * allows credentials (the token goes in Authorization), nor a page of the Internet to reach a private network.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const fieldsForOrigins = (allowedOrigins: readonly string[]): FieldsForOrigin => {
  const fields = new Map(allowedOrigins.map((origin) => [origin, fieldsOf(origin)]));
  return (origin) => (origin === undefined ? undefined : fields.get(origin));
};

const fieldsOf = (origin: string) =>
  Object.freeze({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'Origin',
  });

/**
 * Answers the preflights of pages of the allowed origins, which carry no token. To be run when the Host and Origin
 * gates have passed.
 */
export const answerPreflights =
  (fieldsFor: FieldsForOrigin): Gate =>
  ({ method, headers }, reply) => {
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
    if (fieldsFor(headers.origin) === undefined) return undefined;
    reply.code(204).headers(PREFLIGHT).send();
    return 'answered';
  };
