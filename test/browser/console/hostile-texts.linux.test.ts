/** Texts that others have chosen are shown as text, whatever they contain. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { folder } from '../../places.js';
import { startDaemon, startSession, type TestSocket } from '../../scenarios/test-daemon.js';
import {
  callButton,
  errorCardOf,
  formOf,
  goTo,
  openConsole,
  resultOf,
  shows,
  socketRows,
  submitOf,
} from './console-page.js';

/** Markup with an end tag of its surroundings, control characters, and marks that turn the direction of text. */
const IMAGE = '</code><img src=x onerror=alert(1) id=hostile>';
const MARKUP = `${IMAGE}<a href="javascript:alert(2)" id=hostile>a</a>`;
const HOSTILE = `${MARKUP}\u0000\u0007\u001b[2J\u202e\u2066turned\u200f`;

/** A page that is watched: it opens no dialog, and nothing of a text has become an element. */
const watched = async (t: TestContext, url: string) => {
  const visited = await openConsole(t, url);
  if (visited === undefined) return undefined;
  const dialogs: string[] = [];
  visited.page.on('dialog', async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  /** @param refused the status of looks that the daemon is expected to refuse */
  const assertHarmless = async (refused = /status of 410/): Promise<void> => {
    assert.equal(await visited.page.locator('#hostile, [onerror], a[href^="javascript:"]').count(), 0);
    assert.deepEqual(dialogs, []);
    // The page works: a click leads to another view.
    await visited.page.getByRole('link', { name: 'Lessons' }).click();
    await visited.page.getByRole('heading', { level: 1, name: 'Lessons' }).waitFor();
    assert.deepEqual(
      visited.errors.filter((text) => !refused.test(text)),
      [],
    );
  };
  return { page: visited.page, assertHarmless };
};

/** Receives with the page, in the view of a socket. */
const receive = async (page: Page, socket: TestSocket, maxBytes: string) => {
  await goTo(page, `socket=${socket.id}`);
  await callButton(page, 'recv').click();
  const form = formOf(page, 'recv');
  await form.getByText('More parameters').click();
  await form.getByLabel('maxBytes').fill(maxBytes);
  await submitOf(page, 'recv').click();
  const result = resultOf(page, 'recv');
  await result.waitFor();
  return result;
};

test('payload with markup, control characters and direction marks', async (t) => {
  const daemon = await startDaemon(t);
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  const session = await startSession(daemon, 'lab');
  const listener = await session.listener();
  const client = await session.socket({
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    capture: { maxBytes: 4096 },
  });
  await client.ok('connect', { address: await listener.sockName() });
  const server = await listener.accept({ timeoutMs: 10_000 });
  await server.ok('send', { data: { text: HOSTILE } });

  const result = await receive(page.page, client, '4096');
  await shows(result, IMAGE);
  await goTo(page.page, `conversation=${client.id},${server.id}`);
  await page.page.locator('.ladder-row').filter({ hasText: 'recv' }).getByRole('button').click();
  await shows(page.page.locator('.payload-text'), MARKUP);
  await page.assertHarmless();
});

test('a megabyte of markup is shown in part, and the page goes on', async (t) => {
  const daemon = await startDaemon(t);
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  const [client, server] = await (await startSession(daemon, 'lab')).pair();
  await client.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: 1 << 21 });
  await server.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: 1 << 21 });
  const text = MARKUP.repeat(Math.ceil((1 << 20) / MARKUP.length)).slice(0, 1 << 20);
  const sending = server.ok('send', { data: { text } });
  const result = await receive(page.page, client, String(1 << 20));
  await shows(result, IMAGE);
  assert.ok((await result.innerText()).length < 10_000);
  await client.ok('close');
  await sending.catch(() => undefined);
  await page.assertHarmless();
});

test('a megabyte that is entered is sent, and its call is shown in part', async (t) => {
  const daemon = await startDaemon(t);
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  const [client] = await (await startSession(daemon, 'posix')).pair();
  await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
  await goTo(page.page, `socket=${client.id}`);
  await callButton(page.page, 'send').click();
  const bytes = formOf(page.page, 'send').getByLabel('The bytes', { exact: true });
  await bytes.fill(MARKUP.repeat(10_000));
  await submitOf(page.page, 'send').click();
  await shows(resultOf(page.page, 'send'), /bytesSent\s*\d+/);
  assert.ok((await page.page.getByRole('complementary').innerText()).length < 20_000);
  await page.assertHarmless();
});

test('addresses with markup: paths of AF_UNIX', async (t) => {
  const place = folder(t);
  const daemon = await startDaemon(t, {
    config: { policy: { bind: { unixPaths: [`${place}/`] }, connect: { unixPaths: [`${place}/`] } } },
  });
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  const session = await startSession(daemon, 'posix');
  const socket = await session.socket({ family: 'AF_UNIX', type: 'SOCK_STREAM' });
  const name = `${IMAGE.replace('/', '')}\u001b\u202e`;
  await socket.ok('bind', { address: { family: 'AF_UNIX', path: join(place, name) } });
  await shows(socketRows(page.page).locator('.address').first(), name);
  await goTo(page.page, `socket=${socket.id}`);
  await shows(page.page.locator('main dd').first(), name);
  await goTo(page.page, `conversation=${socket.id}`);
  await page.page.getByRole('heading', { level: 1, name: 'Conversation' }).waitFor();
  await page.assertHarmless();
});

test('parameters with markup in an error card', async (t) => {
  const daemon = await startDaemon(t);
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  const socket = await (await startSession(daemon, 'lab')).stream();
  await goTo(page.page, `socket=${socket.id}`);
  await callButton(page.page, 'bind').click();
  await formOf(page.page, 'bind').getByLabel('Numeric address').fill(MARKUP);
  await submitOf(page.page, 'bind').click();
  await shows(errorCardOf(page.page, 'bind'), '</code><img src=x');
  await page.assertHarmless();
});

test('a fragment with markup, as a link of another page may have it', async (t) => {
  const daemon = await startDaemon(t);
  const page = await watched(t, daemon.url);
  if (page === undefined) return;
  for (const view of ['socket', 'conversation', 'network', 'lesson', MARKUP]) {
    await goTo(page.page, `${view}=${encodeURIComponent(HOSTILE)}`);
    await page.page.getByRole('heading', { level: 1 }).waitFor();
    await goTo(page.page, `${view}=../../v1/startup?x=`);
    await page.page.getByRole('heading', { level: 1 }).waitFor();
  }
  assert.equal(daemon.app.daemon.sessions.size, 0);
  await page.assertHarmless(/status of 40[04]/);
});
