/** Pages that show the same sessions, and a page whose daemon is started again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';
import {
  callButton,
  errorCardOf,
  goTo,
  openConsole,
  resultOf,
  shows,
  socketRows,
  submitOf,
  unexpected,
} from './console-page.js';
import { assertFocused } from './hands.js';

/** Makes a call in the view of a socket. */
const call = async (page: Page, operation: string): Promise<void> => {
  await callButton(page, operation).click();
  await submitOf(page, operation).click();
};

test('what one page does, another one shows by itself', async (t) => {
  const daemon = await startDaemon(t);
  const [acting, watching] = [await openConsole(t, daemon.url), await openConsole(t, daemon.url)];
  if (acting === undefined || watching === undefined) return;
  const session = await startSession(daemon, 'posix');
  const [client] = await session.pair();
  const own = socketRows(watching.page).filter({ has: watching.page.getByTitle(client.id) });
  await own.waitFor();
  await watching.page.evaluate('document.body.dataset.loaded = "once"');
  await goTo(acting.page, `socket=${client.id}`);

  await call(acting.page, 'send');
  await resultOf(acting.page, 'send').waitFor();
  await shows(own.locator('td:nth-child(6)'), /^5$/);
  await call(acting.page, 'bind');
  await errorCardOf(acting.page, 'bind').waitFor();
  await own.getByRole('link', { name: 'WSAEINVAL' }).waitFor();
  await call(acting.page, 'sendDisconnect');
  await resultOf(acting.page, 'sendDisconnect').waitFor();
  await own.getByText('sending ended').waitFor();
  await acting.page.getByRole('link', { name: 'Rig' }).click();
  await socketRows(acting.page)
    .filter({ has: acting.page.getByTitle(client.id) })
    .getByRole('button', { name: 'Abort' })
    .click();
  await own.waitFor({ state: 'detached' });
  await acting.page.getByRole('button', { name: 'End session' }).click();
  await watching.page.getByText('There is no session yet').waitFor();

  assert.equal(await watching.page.evaluate('document.body.dataset.loaded'), 'once');
  assert.deepEqual(unexpected([...acting.errors, ...watching.errors]), []);
});

test('a reload shows the same place', async (t) => {
  const daemon = await startDaemon(t);
  const visited = await openConsole(t, daemon.url);
  if (visited === undefined) return;
  const { page, errors } = visited;
  const session = await startSession(daemon, 'lab');
  const { id } = await session.stream();
  const places = {
    [`#socket=${id}`]: 'Socket',
    [`#conversation=${id}`]: 'Conversation',
    [`#network=${session.id}`]: 'Network',
  };
  for (const [place, heading] of Object.entries(places)) {
    await goTo(page, place);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    assert.equal(page.url(), `${daemon.url}/${place}`);
  }
  assert.deepEqual(errors, []);
});

test('a conversation says how many sockets of its link the page does not know', async (t) => {
  const daemon = await startDaemon(t);
  const [client, server] = await (await startSession(daemon, 'lab')).pair();
  await server.ok('close');
  const visited = await openConsole(t, daemon.url);
  if (visited === undefined) return;
  await goTo(visited.page, `conversation=${client.id},${server.id}`);
  await visited.page.getByText('1 socket of this link is not known here').waitFor();
});

/** What Chromium says when nobody listens, or the daemon ends the WebSocket. */
const CONNECTION_LOST = /ERR_CONNECTION_(REFUSED|RESET)|^WebSocket connection to /;

test('a daemon that is started again: the page says so, and begins anew', async (t) => {
  const first = await startDaemon(t);
  const visited = await openConsole(t, first.url);
  if (visited === undefined) return;
  const { page, errors } = visited;
  const { id } = await (await startSession(first, 'posix')).stream();
  await goTo(page, `socket=${id}`);
  await callButton(page, 'send').waitFor();

  await first.app.drain();
  await page.getByText('The page tries again until it does').waitFor();
  const second = await startDaemon(t, { config: { port: first.port } });
  await page.getByText('The daemon was started again at').waitFor();
  await page.locator('.owner').waitFor();
  // The socket of the earlier run: the daemon says why it is gone.
  await shows(page.locator('main .error-card'), /earlier/);
  await page.getByRole('button', { name: 'Understood' }).click();
  await assertFocused(page, 'the banner');
  assert.equal(await page.locator('.banner').count(), 0);

  await page.getByRole('link', { name: 'Rig' }).click();
  await page.getByText('There is no session yet').waitFor();
  await page.getByRole('button', { name: 'New session' }).click();
  await page.getByRole('heading', { name: /^Session/ }).waitFor();
  assert.equal(second.app.daemon.sessions.size, 1);
  assert.deepEqual(
    unexpected(errors).filter((text) => !CONNECTION_LOST.test(text)),
    [],
  );
});
