import type { FastifyInstance } from 'fastify';
import { CachedPage } from '../cached-page.js';
import { routeSchema } from '../schemas.js';
import type { Lesson } from './lesson.js';

/** Registers `GET /v1/lessons`. */
export const registerLessons = (app: FastifyInstance, lessons: readonly Lesson[]): void => {
  const page = new CachedPage('application/json; charset=utf-8', () =>
    // `$schema` is for the editor of the author.
    JSON.stringify({ lessons: lessons.map(({ $schema: _, ...lesson }) => lesson) }),
  );
  app.get(
    '/v1/lessons',
    { schema: routeSchema('daemon', 'listLessons', 'Every lesson', 'Lessons') },
    (_request, reply) => page.send(reply),
  );
};
