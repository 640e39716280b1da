/** What the console loads, from where, and under which policy. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { ALICE, startDaemon, startSession } from '../../scenarios/test-daemon.js';
import { visit } from '../browser.js';
import { callButton, goTo, resultOf, signIn, submitOf } from './console-page.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

test('everything comes from the daemon, under the policy, and nothing violates it', async (t) => {
  const daemon = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, requests, errors } = visited;
  const policies = new Map<string, (string | undefined)[]>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    const fields = response.headers();
    policies.set(pathname, [fields['content-security-policy'], fields['referrer-policy']]);
  });
  const webSockets: string[] = [];
  page.on('websocket', (socket) => webSockets.push(socket.url()));

  // Before the page can look at them: `pair` closes its listener, and the browser reports a look that finds it gone.
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await signIn(page, daemon.url);
  await goTo(page, `socket=${client.id}`);
  await callButton(page, 'send').click();
  await submitOf(page, 'send').click();
  await resultOf(page, 'send').waitFor();
  for (const [place, heading] of [
    [`conversation=${client.id},${server.id}`, 'Conversation'],
    [`network=${session.id}`, 'Network'],
    ['lessons', 'Lessons'],
    ['rig', 'Rig'],
  ] as const) {
    await goTo(page, place);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
  assert.ok(requests.length > 5);
  for (const asked of requests) assert.equal(new URL(asked).origin, daemon.url, asked);
  assert.deepEqual(webSockets, [`${daemon.url.replace('http', 'ws')}/v1/rpc`]);
  const own = [...policies].filter(([path]) => path === '/' || path.startsWith('/console/'));
  assert.ok(own.length >= 3, 'the page, its script and its style');
  for (const [path, fields] of own) assert.deepEqual(fields, [POLICY, 'no-referrer'], path);
  assert.deepEqual(errors, []);
});

test('a violation would be seen', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors } = visited;
  await signIn(page, url, ALICE);
  const seen = page.waitForEvent('console', (message) => message.text().startsWith('violation of'));
  await page.evaluate("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.2:9/' }))");
  await seen;
  assert.ok(
    errors.some((text) => text === 'violation of img-src by http://127.0.0.2:9/'),
    errors.join('\n'),
  );
  await assert.rejects(page.evaluate("document.body.innerHTML = '<b>text</b>'"), /TrustedHTML/);
});

/** As much as a page may have that loads at once. */
const MOST_BYTES = 150_000;

test('all files of the console together are small, compressed as they are served', () => {
  const folder = new URL('../../../console/', import.meta.url);
  const sizes = readdirSync(fileURLToPath(folder)).map((name) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
    return brotliCompressSync(readFileSync(new URL(name, folder)), { params }).length;
  });
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(sizes.length >= 4 && whole < MOST_BYTES, `${whole} bytes`);
});
