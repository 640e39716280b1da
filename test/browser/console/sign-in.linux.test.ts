/** How a person signs in to the console, and where the token then is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ALICE, BOB, startDaemon } from '../../scenarios/test-daemon.js';
import { OTHER_NAME, visit } from '../browser.js';
import { openConsole, shows, signIn } from './console-page.js';

/** The subprotocol of a WebSocket that carries the token. */
const SUBPROTOCOL = Buffer.from(ALICE).toString('base64url');

/** Everything that the origin has kept in the browser. */
const kept = (page: Page): Promise<unknown> =>
  page.evaluate('({ tab: { ...sessionStorage }, origin: { ...localStorage }, cookies: document.cookie })');

const NOTHING_KEPT = { tab: {}, origin: {}, cookies: '' };
const KEPT_IN_TAB = { ...NOTHING_KEPT, tab: { 'winsockd.token': ALICE } };

/** Enters a token in the form to sign in. */
const enter = async (page: Page, token: string): Promise<void> => {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

test('without a token the page asks for it, and a wrong one is refused with the reason', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(url);
  await shows(page.locator('main'), /Run winsockd url on the machine of the daemon/);
  await page.getByRole('button', { name: 'Sign in' }).click();
  assert.equal(await page.getByRole('alert').count(), 0, 'no token is no attempt');

  await enter(page, `${ALICE}x`);
  await shows(page.getByRole('alert'), /401/);
  await shows(page.getByRole('alert'), /token/);
  assert.deepEqual(await kept(page), NOTHING_KEPT);

  await enter(page, ALICE);
  await shows(page.locator('.owner'), /^as alice on 127\.0\.0\.1:\d+, version 0\.0\.0$/);
  assert.deepEqual(await kept(page), KEPT_IN_TAB);
});

test('the address that the daemon prints can be pasted as a whole', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(url);
  await enter(page, ` ${url}/#token=${ALICE}\n`);
  await shows(page.locator('.owner'), /^as alice on /);
  assert.deepEqual(await kept(page), KEPT_IN_TAB);
  assert.equal(page.url(), `${url}/`);
});

test('a token in the fragment signs in, and is then only where a token belongs', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, requests, errors } = visited;
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  const fields: [name: string, value: string][] = [];
  const take = ({ headers }: { headers: Record<string, string> }): void => {
    fields.push(...Object.entries(headers));
  };
  devTools.on('Network.requestWillBeSentExtraInfo', take);
  devTools.on('Network.webSocketWillSendHandshakeRequest', ({ request }) => take(request));

  await page.goto(`${url}/problems`);
  await signIn(page, url);
  assert.equal(page.url(), `${url}/`);
  assert.deepEqual(await kept(page), KEPT_IN_TAB);

  const { entries } = await devTools.send('Page.getNavigationHistory');
  assert.ok(entries.length >= 2);
  for (const entry of entries) assert.ok(!entry.url.includes(ALICE), entry.url);
  await page.goBack();
  await page.goForward();
  await page.locator('.owner').waitFor();
  assert.equal(page.url(), `${url}/`);

  for (const asked of requests) assert.ok(!asked.includes(ALICE), asked);
  const carriers = fields.filter(([, value]) => value.includes(ALICE) || value.includes(SUBPROTOCOL));
  assert.deepEqual([...new Set(carriers.map(([name]) => name.toLowerCase()))].sort(), [
    'authorization',
    'sec-websocket-protocol',
  ]);
  assert.deepEqual(
    fields.filter(([name, value]) => /^referer$/i.test(name) && value.includes(ALICE)),
    [],
  );
  assert.deepEqual(errors, []);
});

test('a link with another token changes a tab that is signed in only when the person says so', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await openConsole(t, url);
  if (visited === undefined) return;
  const { page, errors } = visited;
  const question = page.getByRole('alert').filter({ hasText: 'another token' });

  await page.goto(`${url}/#token=${BOB}`);
  await question.waitFor();
  assert.equal(page.url(), `${url}/`);
  await question.getByRole('button', { name: 'Stay signed in as before' }).click();
  await question.waitFor({ state: 'detached' });
  await shows(page.locator('.owner'), /^as alice /);
  assert.deepEqual(await kept(page), KEPT_IN_TAB);

  await page.goto(`${url}/#token=${BOB}`);
  await question.getByRole('button', { name: "Sign in with the link's token" }).click();
  await shows(page.locator('.owner'), /^as bob /);
  await question.waitFor({ state: 'detached' });
  assert.deepEqual(await kept(page), { ...NOTHING_KEPT, tab: { 'winsockd.token': BOB } });

  // A link that is opened anew asks too: it is another document, in the same tab.
  await page.goto('about:blank');
  await page.goto(`${url}/#token=${ALICE}`);
  await question.waitFor();
  await shows(page.locator('.owner'), /^as bob /);
  assert.deepEqual(errors, []);
});

test('a reload stays signed in; another tab and a tab that has signed out are asked', async (t) => {
  const { url } = await startDaemon(t);
  const visited = await openConsole(t, url);
  if (visited === undefined) return;
  const { page, errors } = visited;
  await page.reload();
  await shows(page.locator('.owner'), /^as alice /);

  const second = await page.context().newPage();
  await second.goto(url);
  await second.getByLabel('Token').waitFor();
  assert.deepEqual(await kept(second), NOTHING_KEPT);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  assert.deepEqual(await kept(page), NOTHING_KEPT);
  await page.reload();
  await page.getByLabel('Token').waitFor();
  assert.deepEqual(errors, []);
});

test('under a name that is not allowed, what the daemon answers says what to do', async (t) => {
  const refusing = await startDaemon(t);
  const allowing = await startDaemon(t, { config: { allowedHosts: [OTHER_NAME] } });
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  const answer = await page.goto(`http://${OTHER_NAME}:${refusing.port}/#token=${ALICE}`);
  assert.equal(answer?.status(), 421);
  assert.match(await page.locator('body').innerText(), /add it there or to WINSOCKD_ALLOWED_HOSTS/);

  await signIn(page, `http://${OTHER_NAME}:${allowing.port}`);
  await shows(page.locator('.owner'), new RegExp(`^as alice on ${OTHER_NAME}:`));
});
