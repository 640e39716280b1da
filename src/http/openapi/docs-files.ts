import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { CachedPage } from '../cached-page.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** The plugin itself serves this file. */
const SERVED_BY_PLUGIN = 'index.html';

/** Serves the files of the page at /docs from memory, since the plugin would open a file for each request. */
export const serveDocsFiles = (app: FastifyInstance, csp: string): void => {
  const plugin = createRequire(import.meta.url).resolve('@fastify/swagger-ui');
  const folder = join(dirname(plugin), 'static');
  for (const name of readdirSync(folder)) {
    if (name === SERVED_BY_PLUGIN) continue;
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    const page = new CachedPage(type, () => readFileSync(join(folder, name)));
    app.get(`/docs/static/${name}`, { schema: { hide: true } }, (_request, reply) => {
      reply.header('content-security-policy', csp);
      page.send(reply);
    });
  }
};
