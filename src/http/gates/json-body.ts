import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { JsonRefused, parseStrictJson } from './strict-json.js';

/** Carries a refusal through Fastify's error path, from where only errors can come. */
export class RefusalError extends Error {
  override name = 'RefusalError';
  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
  }
}

export const NOT_UTF8 = refuse('malformed-json', 'The body is not UTF-8.');

/** Reads JSON bodies strictly, in place of Fastify's own parsers. An empty body is the empty object. */
export const registerBodyParser = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseBody(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
};

const parseBody = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw new RefusalError(NOT_UTF8);
  try {
    return parseStrictJson(body.toString());
  } catch (error) {
    if (error instanceof JsonRefused) throw new RefusalError(refuse('malformed-json', error.message));
    throw error;
  }
};
