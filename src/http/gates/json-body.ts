import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { JsonRefused, parseStrictJson } from './strict-json.js';

export const NOT_UTF8 = 'The body is not UTF-8.';

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
  if (!isUtf8(body)) throw new JsonRefused(NOT_UTF8);
  return parseStrictJson(body.toString());
};
