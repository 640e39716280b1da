import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

export const DRAINING = refuse('draining', 'The daemon is stopping and takes no new requests.');

/**
 * Refuses new requests while the daemon stops; requests under way finish. Health probes are still answered.
 * Fastify's own 503 is switched off: it is not a problem document.
 */
export const drainingGate =
  (isDraining: () => boolean): Gate =>
  (request, reply) => {
    if (!isDraining() || request.url.startsWith('/health/')) return undefined;
    reply.header('connection', 'close');
    return DRAINING;
  };
