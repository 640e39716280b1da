import type { FastifyInstance } from 'fastify';
import type { Refusal } from '../daemon/answers/refusals.js';
import type { Failure } from '../winsock/outcome.js';
import { DRAINING } from './gates/draining-gate.js';
import { problemOf } from './problems/problem.js';
import { sendJson, sendProblem } from './problems/send-answer.js';
import { routeSchema } from './schemas.js';

/** What the edge needs to know of the daemon. */
export interface Health {
  /** Whether the daemon has begun to stop. */
  isDraining(): boolean;
  /** Why it cannot serve now, for example WSASYSNOTREADY of its provider; undefined if it can. */
  notReady(): Failure | Refusal | undefined;
  /** The body of `GET /v1`: version, providers, start, limits, and the owner of the request's token. */
  about(owner: string): object;
  /** Begins to stop, as a signal would. */
  drain(): void;
}

/** Liveness, readiness, `GET /v1` and `POST /v1/drain`. */
export const registerHealth = (app: FastifyInstance, health: Health): void => {
  app.get(
    '/health/live',
    { schema: { ...routeSchema('daemon', 'live', 'The process answers', 'Status'), security: [] } },
    (_request, reply) => sendJson(reply, 200, { status: 'live' }),
  );

  app.get(
    '/health/ready',
    { schema: routeSchema('daemon', 'ready', 'The daemon can serve', 'Status') },
    (request, reply) => {
      const reason = health.isDraining() ? DRAINING : health.notReady();
      if (reason === undefined) sendJson(reply, 200, { status: 'ready' });
      else sendProblem(reply, problemOf(reason, { requestId: request.id }));
    },
  );

  app.get(
    '/v1',
    { schema: routeSchema('daemon', 'about', 'Version, providers, start and limits', 'About') },
    (request, reply) => sendJson(reply, 200, health.about(request.owner)),
  );

  app.post(
    '/v1/drain',
    {
      schema: routeSchema(
        'daemon',
        'drain',
        'Stop: accept nothing new, end waits, close sockets gracefully',
        'Status',
        202,
      ),
    },
    (_request, reply) => {
      // Drains only after the answer, since draining closes connections.
      reply.raw.once('finish', () => health.drain());
      sendJson(reply, 202, { status: 'draining' });
    },
  );
};
