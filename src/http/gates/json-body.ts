import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import { type KeptBytes, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import type { StepScheduler } from '../memory/slices.js';
import { notTaken } from './content-type-gate.js';
import { BodyRefused, readBody, readNothing } from './read-body.js';
import { JsonRefused, parseStrictJson } from './strict-json.js';

const NOT_UTF8 = 'The body is not UTF-8.';

declare module 'fastify' {
  interface FastifyRequest {
    /** The size of a large body: counted as long as the parameters are kept. 0 for small ones. */
    bodyBytes: number;
  }
}

/** Methods whose parameters are in the path and the query. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

/**
 * Replaces Fastify's parsers by one that reads JSON strictly. An absent body and `null`, which several
 * clients send in its place, are read as `{}`. The body of a GET, HEAD or DELETE must be one of these.
 *
 * @param maxValues the most values and names in one body
 * @param turns large bodies are read in these turns
 */
export const registerBodyParser = (
  app: FastifyInstance,
  maxValues: number,
  kept: KeptBytes,
  turns: StepScheduler,
): void => {
  app.removeAllContentTypeParsers();
  app.decorateRequest('bodyBytes', 0);
  app.addContentTypeParser('application/json', (request, payload, done) => {
    readBody(request, payload, kept, turns, (got) => {
      try {
        if (got instanceof Error) throw got;
        const parsed = parseBody(got, maxValues);
        if (WITHOUT_BODY.has(request.method) && !isEmpty(parsed)) {
          throw new BodyRefused(
            refuse(
              'bad-request',
              `A ${request.method} has no body; its parameters are in the path and the query.`,
            ),
          );
        }
        if (got.length > UNCOUNTED_BYTES) request.bodyBytes = got.length;
        done(null, parsed);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
  // A body without a type, or with one that the media gate refuses if there is content.
  app.addContentTypeParser('*', (request, payload, done) => {
    readNothing(
      payload,
      () => notTaken(request),
      (error) => (error === undefined ? done(null, {}) : done(error)),
    );
  });
};

const parseBody = (body: Buffer, maxValues: number): unknown => {
  if (!isUtf8(body)) throw new JsonRefused(NOT_UTF8);
  const text = body.toString();
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  return json === '' ? {} : (parseStrictJson(json, maxValues) ?? {});
};

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
