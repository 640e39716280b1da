import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';

/**
 * One check that a request must pass before anything is done for it: undefined lets it pass, `answered` is a gate's
 * own answer. A gate may set headers on the reply that belong to its refusal. The order of the gates is in server.ts.
 */
export type Gate = (request: FastifyRequest, reply: FastifyReply) => Refusal | 'answered' | undefined;
