import type { Gate } from './gate.js';

/** Fields of an answer that a page may read beside those that any page may. */
const EXPOSED = 'Location, Server-Timing, X-Request-Id, Winsockd-Fault, Retry-After';

/** What a preflight is answered with: every method and every field that a route takes. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
  'access-control-max-age': '600',
};

/**
 * Lets pages of the allowed origins read answers, and answers their preflights, which carry no token. To be run when
 * the Host and Origin gates have passed. Says exactly the one origin; never allows credentials (the token goes in
 * Authorization), nor a page of the Internet to reach a private network.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const crossOrigin = (allowedOrigins: readonly string[]): Gate => {
  const allowed = new Set(allowedOrigins);
  return ({ method, headers }, reply) => {
    const { origin } = headers;
    if (origin === undefined || !allowed.has(origin)) return undefined;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
      vary: 'Origin',
    });
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
    reply.code(204).headers(PREFLIGHT).send();
    return 'answered';
  };
};
