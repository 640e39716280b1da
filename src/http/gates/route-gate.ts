import type { FastifyInstance } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

/** The methods of every route, by its path with placeholders taken out. */
export interface RouteBook {
  /** The methods that a path knows; empty when nothing is there. */
  methodsAt(path: string): readonly string[];
}

/** Records every route that is registered from now on: 405 needs the other methods of a path. */
export const routeBook = (app: FastifyInstance): RouteBook => {
  const byPattern = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = byPattern.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const one of [method].flat()) entry.methods.add(one);
    byPattern.set(url, entry);
  });
  return {
    methodsAt: (path) => {
      const methods = new Set<string>();
      for (const entry of byPattern.values()) {
        if (entry.pattern.test(path)) for (const method of entry.methods) methods.add(method);
      }
      return [...methods].sort();
    },
  };
};

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

/** 404 for a path that nothing is at, 405 with Allow for a method that the path does not know. */
export const routeGate =
  (book: RouteBook): Gate =>
  (request, reply) => {
    if (!request.is404) return undefined;
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = book.methodsAt(path);
    if (methods.length === 0) return refuse('not-found', 'Nothing is at this path; see /openapi.json.');
    reply.header('allow', methods.join(', '));
    return refuse('method-not-allowed', `This path knows ${methods.join(', ')}.`);
  };
