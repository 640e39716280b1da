import type { Gate } from './gate.js';

/** Header fields that a page may read, beside the CORS-safelisted ones. */
const EXPOSED =
  'Location, Server-Timing, X-Request-Id, Winsockd-Fault, Winsockd-Replayed, Retry-After, ' +
  'Winsock-Bytes, Winsock-Eof, Winsock-Truncated';

/** The answer to a preflight: every method and every header field that a route uses. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Last-Event-ID, Idempotency-Key, Winsockd-Not-Before',
  'access-control-max-age': '600',
};

/** The CORS fields of an answer to a page of that origin; undefined for an origin that is not allowed. */
export type FieldsForOrigin = (origin: string | undefined) => Readonly<Record<string, string>> | undefined;

/**
 * The CORS fields that let pages of the allowed origins read answers, early refusals included. They name
 * exactly one origin. They never allow credentials (the token is in Authorization), nor access to a private
 * network from the Internet.
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
 * Answers preflights of pages of the allowed origins, which carry no token. Runs after the Host and Origin
 * gates.
 */
export const answerPreflights =
  (fieldsFor: FieldsForOrigin): Gate =>
  ({ method, headers }, reply) => {
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
    if (fieldsFor(headers.origin) === undefined) return undefined;
    reply.code(204).headers(PREFLIGHT).send();
    return 'answered';
  };
