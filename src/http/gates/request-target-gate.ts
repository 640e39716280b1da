import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

/** The most characters of a request target. */
export const MAX_TARGET = 8192;
const DOT_SEGMENT = /(?:\/|%2f)(?:\.|%2e){1,2}(?:[/?]|%2f|$)/i;

/**
 * Refuses targets that parsers read differently (fragments, dot segments, backslashes), and over-long ones.
 */
export const targetGate: Gate = (request) => {
  const target = request.originalUrl;
  if (target.length > MAX_TARGET) {
    return refuse('uri-too-long', `The request target is longer than ${MAX_TARGET} characters.`);
  }
  if (target.includes('#')) return refuse('bad-request', 'The request target has a fragment.');
  if (target.includes('\\')) return refuse('bad-request', 'The request target has a backslash.');
  if (DOT_SEGMENT.test(target)) return refuse('bad-request', 'The request target has a dot segment.');
  return undefined;
};

/**
 * The origin form of an absolute-form target (`GET http://host/path`), for the router. The Host gate
 * checks the authority. Source: https://www.rfc-editor.org/rfc/rfc9112 section 3.2.2
 */
export const originForm = (target: string): string => {
  if (target.startsWith('/')) return target;
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(target);
  if (!absolute) return target;
  const rest = absolute[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
};
