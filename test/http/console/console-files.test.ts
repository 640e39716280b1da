/** The files of the console as the daemon serves them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Fastify from 'fastify';
import { registerConsole } from '../../../src/http/console/console-files.js';
import { build } from '../build.js';

/** As decided for this page; no directive may be added or left out. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

test('/ and its files come without a token, with the strict policy, and the files are kept for ever', async (t) => {
  const { api } = await build(t);
  const nobody = api.as(undefined);
  const page = await nobody.get('/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.equal(page.headers['content-security-policy'], CSP);
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  const html: string = page.body;
  const files = [...html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path = '']) => path);
  assert.ok(files.some((path) => path.endsWith('.js')) && files.some((path) => path.endsWith('.svg')), html);
  for (const path of files) {
    assert.match(path, /-[A-Za-z0-9_-]{8}\.(js|css|svg)$/, 'a name with a hash');
    const file = await nobody.get(path);
    assert.equal(file.status, 200, path);
    assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(file.headers['content-security-policy'], CSP);
    assert.equal(file.headers['x-content-type-options'], 'nosniff');
  }
  assert.equal((await nobody.get('/console/missing.js')).status, 404);
  assert.equal((await nobody.get('/console/index.html')).status, 404);
});

test('the HTML has no script and no style inside', async (t) => {
  const { api } = await build(t);
  const html: string = (await api.get('/')).body;
  for (const [tag] of html.matchAll(/<script[^>]*>/g)) assert.match(tag, / src="/);
  assert.doesNotMatch(html, /<style|style=|javascript:|\son\w+=/i);
});

test('a daemon that was compiled without the console leads to the reference', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const app = Fastify();
  t.after(() => app.close());
  registerConsole(app, folder);
  const { statusCode, headers } = await app.inject('/');
  assert.deepEqual([statusCode, headers.location], [302, '/docs']);
});
