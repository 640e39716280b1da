import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { JsonRefused, parseStrictJson } from './strict-json.js';

export const NOT_UTF8 = 'The body is not UTF-8.';

/** A body that is read and not taken. */
export class BodyRefused extends Error {
  override name = 'BodyRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** Methods whose parameters are in the path and the query. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

/**
 * Reads JSON bodies strictly, in place of Fastify's own parsers. No body, and `null`, which several clients send for
 * it, are the empty object; of a GET or a DELETE it must be one.
 *
 * @param maxValues most values and names of one body
 */
export const registerBodyParser = (app: FastifyInstance, maxValues: number): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const parsed = parseBody(body, maxValues);
      if (WITHOUT_BODY.has(request.method) && !isEmpty(parsed)) {
        throw new BodyRefused(
          refuse(
            'bad-request',
            `A ${request.method} has no body; its parameters are in the path and the query.`,
          ),
        );
      }
      done(null, parsed);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
};

const parseBody = (body: Buffer, maxValues: number): unknown => {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw new JsonRefused(NOT_UTF8);
  const text = body.toString();
  return parseStrictJson(text.startsWith('\ufeff') ? text.slice(1) : text, maxValues) ?? {};
};

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
