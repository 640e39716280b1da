import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

/** Supported versions; Node's parser accepts others too. */
const VERSIONS: ReadonlySet<string> = new Set(['1.0', '1.1']);

export const NOT_CHUNKED = refuse(
  'bad-request',
  'A request body has a Content-Length, or chunked as its last transfer coding, not both.',
);

const OTHER_CODING = refuse('not-implemented', 'The one transfer coding that is taken is chunked.');

const CODING_IN_HTTP_1_0 = refuse('bad-request', 'HTTP/1.0 has no transfer codings.');

export const OTHER_VERSION = refuse('http-version', 'This daemon speaks HTTP/1.1 and HTTP/1.0.');

/**
 * Refuses what Node's parser accepts and the daemon does not support: another HTTP version, a transfer coding
 * other than chunked, and any in HTTP/1.0.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.1
 */
export const protocolGate: Gate = ({ raw, headers }, reply) => {
  const refusal = refusalOf(raw.httpVersion, headers['transfer-encoding']);
  if (refusal) reply.header('connection', 'close');
  return refusal;
};

const refusalOf = (version: string, coding: string | undefined): Refusal | undefined => {
  if (!VERSIONS.has(version)) return OTHER_VERSION;
  if (coding === undefined) return undefined;
  return version === '1.0' ? CODING_IN_HTTP_1_0 : codingRefused(coding);
};

const codingRefused = (field: string): Refusal | undefined => {
  const codings = field
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '');
  if (codings.at(-1) !== 'chunked') return NOT_CHUNKED;
  return codings.length > 1 ? OTHER_CODING : undefined;
};
