import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

/** Characters of a request target. */
export const MAX_TARGET = 8192;
const DOT_SEGMENT = /(?:\/|%2f)(?:\.|%2e){1,2}(?:[/?]|%2f|$)/i;

/** Refuses request targets that different readers take apart differently: fragments, dot segments, over-long ones. */
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
 * The origin-form of an absolute-form target (`GET http://host/path`), so that it is routed like any other;
 * the Host gate judges its authority. Source: https://www.rfc-editor.org/rfc/rfc9112 section 3.2.2
 */
export const originForm = (target: string): string => {
  if (target.startsWith('/')) return target;
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(target);
  if (!absolute) return target;
  const rest = absolute[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
};
