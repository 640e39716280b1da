import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../../daemon/answers/refusals.js';

/**
 * One check that a request must pass before its body is read. Returns undefined when the request passes, its
 * refusal when not, and `answered` when the gate has sent the answer. A gate may set the header fields of its
 * refusal on the reply. server.ts has the order of the gates.
 */
export type Gate = (request: FastifyRequest, reply: FastifyReply) => Refusal | 'answered' | undefined;
