import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CachedPage } from '../cached-page.js';

/** What the build of src/console/ has written. */
const BUILT = fileURLToPath(new URL('../../../console', import.meta.url));

/** The folder of the files in URLs; vite.config.ts names it too. Their names have a hash of their content. */
const FOLDER = '/console/';

/** The content security policy of the console: everything from the daemon, nothing in the HTML itself. */
const CONSOLE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file with this name never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * Serves the console at `/` and its files, from memory. A daemon that was compiled without it leads from `/`
 * to the reference.
 *
 * @param folder where its files are
 */
export const registerConsole = (app: FastifyInstance, folder: string = BUILT): void => {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
    return;
  }
  const page = new CachedPage('text/html; charset=utf-8', () => readFileSync(index));
  app.get('/', { schema: { hide: true } }, (_request, reply) => page.send(withFields(reply, 'no-cache')));
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const file = new CachedPage(type, () => readFileSync(join(folder, name)));
    app.get(`${FOLDER}${name}`, { schema: { hide: true } }, (_request, reply) =>
      file.send(withFields(reply, FOR_EVER)),
    );
  }
};

const withFields = (reply: FastifyReply, caching: string): FastifyReply =>
  reply.headers({
    'cache-control': caching,
    'content-security-policy': CONSOLE_CSP,
    'referrer-policy': 'no-referrer',
  });
