import type { RefusalName } from '../../daemon/answers/refusals.js';
import { WSA_ERRORS, type WsaKind, type WsaName } from '../../winsock/errors.js';

/** The status of a problem with a code of that kind. */
const OF_KIND: Readonly<Record<WsaKind, number>> = {
  arguments: 422,
  state: 409,
  busy: 409,
  handle: 404,
  unsupported: 422,
  permission: 403,
  size: 422,
  peer: 502,
  timeout: 504,
  network: 503,
  resources: 503,
  name: 422,
  cancelled: 409,
  fault: 500,
  // An operation that answers an outcome as a failure is wrong.
  indication: 500,
};

/** Codes that have another status than their kind. */
const OF_CODE: Readonly<Partial<Record<WsaName, number>>> = { WSAESTALE: 410 };

const OF_REFUSAL: Readonly<Record<RefusalName, number>> = {
  'bad-request': 400,
  'bad-host': 400,
  'invalid-request': 400,
  'malformed-json': 400,
  validation: 400,
  unauthorized: 401,
  'origin-denied': 403,
  'destination-denied': 403,
  'option-denied': 403,
  'socket-denied': 403,
  'not-found': 404,
  'unknown-method': 404,
  'method-not-allowed': 405,
  'session-ended': 410,
  'lease-expired': 410,
  'earlier-run': 410,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  misdirected: 421,
  quota: 429,
  'header-too-large': 431,
  internal: 500,
  'not-implemented': 501,
  'http-version': 505,
  'wsa-unknown': 500,
  draining: 503,
  overloaded: 503,
  'wait-limit': 504,
  'request-timeout': 408,
};

/**
 * The HTTP status of a problem with this code.
 *
 * @param gone the id that it is about was issued once, and names nothing any more
 */
export const statusOfCode = (name: WsaName, gone = false): number =>
  name === 'WSAENOTSOCK' && gone ? 410 : (OF_CODE[name] ?? OF_KIND[WSA_ERRORS[name].kind]);

/** The HTTP statuses that a code can have. Only an id has more than one: never issued, or issued and gone. */
export const statusesOfCode = (name: WsaName): readonly number[] => [
  ...new Set([statusOfCode(name), statusOfCode(name, true)]),
];

/** The HTTP status of what the daemon itself refuses. */
export const statusOfRefusal = (name: RefusalName): number => OF_REFUSAL[name];
