import type { RefusalName } from '../../daemon/answers/refusals.js';
import { WSA_ERRORS, type WsaKind, type WsaName } from '../../winsock/errors.js';

/** The status of a problem by the kind of its code. */
const STATUS_OF_KIND: Readonly<Record<WsaKind, number>> = {
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
  // An operation that answers such a code as a failure has a bug.
  indication: 500,
};

/** The status of codes whose status is not that of their kind. */
const STATUS_OF_CODE: Readonly<Partial<Record<WsaName, number>>> = { WSAESTALE: 410 };

const STATUS_OF_REFUSAL: Readonly<Record<RefusalName, number>> = {
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
  'key-under-way': 409,
  'in-use': 409,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  misdirected: 421,
  'key-reused': 422,
  'upgrade-required': 426,
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
 * @param gone the id was issued, and what it named no longer exists
 */
export const statusOfCode = (name: WsaName, gone = false): number =>
  name === 'WSAENOTSOCK' && gone ? 410 : (STATUS_OF_CODE[name] ?? STATUS_OF_KIND[WSA_ERRORS[name].kind]);

/** The HTTP statuses that a code can have. An unknown id has two: it was never issued, or it is gone. */
export const statusesOfCode = (name: WsaName): readonly number[] => [
  ...new Set([statusOfCode(name), statusOfCode(name, true)]),
];

/** The HTTP status of a refusal. */
export const statusOfRefusal = (name: RefusalName): number => STATUS_OF_REFUSAL[name];
