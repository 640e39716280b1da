import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from '../gates/gate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of Idempotency-Key. */
    idempotencyKey: string | undefined;
  }
  interface FastifyContextConfig {
    /** Whether a route takes Idempotency-Key. */
    takesKey?: boolean;
  }
}

/** The most characters of a key. */
export const MOST_OF_KEY = 64;

const BARE = /^[\x21\x23-\x7e][\x21-\x7e]*$/;

/** A string of structured fields: https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3 */
const QUOTED = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;

/**
 * The key of a field, of 1 to MOST_OF_KEY visible ASCII characters, quoted or bare; undefined for what is none. Node
 * joins several fields with a comma and a space, which no key has.
 */
export const keyOf = (field: string): string | undefined => {
  const key = BARE.test(field) ? field : QUOTED.exec(field)?.[1]?.replace(/\\(.)/g, '$1');
  return key !== undefined && key.length <= MOST_OF_KEY ? key : undefined;
};

const NOT_TAKEN = refuse(
  'bad-request',
  'Idempotency-Key is for operations that change something, by POST, PUT or DELETE, and for POST /v1/batch.',
);

const NO_KEY = refuse(
  'bad-request',
  `Idempotency-Key must be one key of 1 to ${MOST_OF_KEY} visible ASCII characters, bare or in double quotes.`,
);

/** Reads Idempotency-Key, and has the body of such a request hashed. Most routes take no key. */
export const keyGate: Gate = (request) => {
  const field = request.headers['idempotency-key'];
  if (field === undefined) return undefined;
  if (!request.routeOptions.config.takesKey) return NOT_TAKEN;
  const key = keyOf(String(field));
  if (key === undefined) return NO_KEY;
  request.idempotencyKey = key;
  request.bodyHash = createHash('sha256');
  return undefined;
};

/** What two requests must have in common to be the same one: method, path, query and body. */
export const fingerprintOf = ({
  method,
  url,
  bodyHash,
}: Pick<FastifyRequest, 'method' | 'url' | 'bodyHash'>): string =>
  `${method} ${url} ${bodyHash?.digest('base64')}`;
