import { createHash, timingSafeEqual } from 'node:crypto';
import { refuse } from '../../daemon/answers/refusals.js';
import { countOf } from '../headers.js';
import type { Gate } from './gate.js';
import { isUpgrade, offeredTokens } from './subprotocols.js';

/** A token and its owner. */
export interface NamedToken {
  /** The owner. */
  readonly name: string;
  readonly token: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The owner of the request's token; empty where it has none, or where its page needs none. */
    owner: string;
  }
}

/** Pages without secrets, for browsers and probes that have no token. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set([
  '/',
  '/health/live',
  '/openapi.json',
  '/openrpc.json',
  '/docs',
  '/problems',
]);
const PUBLIC_FOLDERS = ['/console/', '/docs/', '/problems/'];

/** Whether a path needs no token. */
const isPublic = (url: string): boolean => {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return PUBLIC_PATHS.has(path) || PUBLIC_FOLDERS.some((folder) => path.startsWith(folder));
};

const OPEN_URL = 'open the URL that "winsockd url" (npm start -- url) prints';

const NO_TOKEN = refuse(
  'unauthorized',
  'Send the token of this daemon as "Authorization: Bearer <token>" (its start names the file, unless tokens ' +
    `are configured), or in a browser ${OPEN_URL}.`,
);
const OTHER_TOKEN = refuse(
  'unauthorized',
  `The request carries no token that this daemon knows; in a browser ${OPEN_URL}.`,
);

const SEVERAL_TOKENS = refuse('bad-request', 'A WebSocket is opened with one token.');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Finds the owner of the token in an Authorization field, `Bearer <token>`. It compares the digests of all
 * tokens in constant time, so that the time shows neither the length nor a prefix of a token, nor which one
 * matched.
 */
export const ownersOf = (
  tokens: readonly NamedToken[],
): ((authorization: string | undefined) => string | undefined) => {
  const known = tokens.map(({ name, token }) => ({ name, digest: digest(token) }));
  return (authorization) => {
    const token = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    const given = digest(token);
    let owner: string | undefined;
    for (const candidate of known) if (timingSafeEqual(candidate.digest, given)) owner = candidate.name;
    return owner;
  };
};

/**
 * Requires `Authorization: Bearer <token>` or, for a WebSocket, a token among its subprotocols, and stores the
 * token's owner in the request.
 */
export const tokenGate =
  (ownerOf: (authorization: string | undefined) => string | undefined): Gate =>
  (request, reply) => {
    // url, not originalUrl: an absolute-form target has been rewritten to the origin form.
    if (isPublic(request.url)) return undefined;
    const fields = countOf(request.raw.rawHeaders, 'authorization');
    const tokens = isUpgrade(request) ? offeredTokens(request) : [];
    if (tokens.length > 0 && tokens.length + fields > 1) return SEVERAL_TOKENS;
    const authorization = tokens.length > 0 ? `Bearer ${tokens[0]}` : request.headers.authorization;
    const owner = fields < 2 ? ownerOf(authorization) : undefined;
    if (owner !== undefined) {
      request.owner = owner;
      return undefined;
    }
    reply.header('www-authenticate', 'Bearer realm="winsockd"');
    return authorization === undefined ? NO_TOKEN : OTHER_TOKEN;
  };
