import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

export const DRAINING = refuse('draining', 'The daemon is stopping and takes no new requests.');

/**
 * Turns new requests away while the daemon stops; running ones finish. Health probes still get their answer.
 * Fastify's own 503 is off, because it is no problem document.
 */
export const drainingGate =
  (isDraining: () => boolean): Gate =>
  (request, reply) => {
    if (!isDraining() || request.url.startsWith('/health/')) return undefined;
    reply.header('connection', 'close');
    return DRAINING;
  };
