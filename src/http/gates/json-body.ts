import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import { type KeptBytes, UNCOUNTED_BYTES } from '../memory/kept-bytes.js';
import { notTaken } from './content-type-gate.js';
import { BodyRefused, readBody, readNothing, type Turns } from './read-body.js';
import { JsonRefused, parseStrictJson } from './strict-json.js';

export const NOT_UTF8 = 'The body is not UTF-8.';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of its body that have to be counted as long as it is kept. */
    bodyBytes: number;
  }
}

/** Methods whose parameters are in the path and the query. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

/**
 * Reads JSON bodies strictly, in place of Fastify's own parsers. No body, and `null`, which several clients send for
 * it, are the empty object; of a GET or a DELETE it must be one.
 *
 * @param maxValues most values and names of one body
 * @param turns in which large bodies are read
 */
export const registerBodyParser = (
  app: FastifyInstance,
  maxValues: number,
  kept: KeptBytes,
  turns: Turns,
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
  // Of no type, or of one that the gate has found not to be taken.
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
