import type { FastifyInstance } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

const patternOf = (url: string): RegExp => {
  const source = url
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
};

/**
 * Answers 404 for a path without a route, and 405 with Allow for a path whose routes have other methods.
 * Covers the routes that are registered after the gate was made.
 */
export const routeGate = (app: FastifyInstance): Gate => {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  return (request, reply) => {
    if (!request.is404) return undefined;
    const path = request.url.split('?', 1)[0] ?? '';
    const known = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    if (known.length === 0) return refuse('not-found', 'Nothing is at this path; see /openapi.json.');
    const methods = [...new Set(known)].sort().join(', ');
    reply.header('allow', methods);
    return refuse('method-not-allowed', `This path knows ${methods}.`);
  };
};
