/** The page at /docs in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { CHAPTERS } from '../../src/operations/list.js';
import { ALICE, startDaemon } from '../scenarios/test-daemon.js';
import { visit } from './browser.js';

const CHAPTER_NAMES = CHAPTERS.map(({ name }) => name);

const namesIn = (chapter: string): string[] | undefined =>
  CHAPTERS.find(({ name }) => name === chapter)?.operations.map(({ name }) => name);

/** The names of the operations on the page, in their order there. */
const shownIn = async (page: Page): Promise<string[]> => {
  const ids = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id));
  return ids.map((id) => id.split('-').at(-1) ?? '');
};

const operation = (page: Page, operationId: string): Locator =>
  page.locator(`.opblock[id$="-${operationId}"]`);

/** Opens an operation, and its form to try it out. */
const open = async (page: Page, operationId: string): Promise<Locator> => {
  const block = operation(page, operationId);
  await block.locator('.opblock-summary-control').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  return block;
};

/** Sends the request as it is; returns the status and the body that the page shows. */
const execute = async (block: Locator): Promise<{ status: string; body: Record<string, unknown> }> => {
  await block.getByRole('button', { name: 'Execute' }).click();
  const answer = block.locator('.live-responses-table tbody');
  const status = await answer.locator('.response-col_status').first().innerText();
  return { status: status.trim(), body: JSON.parse(await answer.locator('.microlight').first().innerText()) };
};

test('the page at /docs, in the order of a person who reads it', async (t) => {
  const { url, app } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, requests, errors } = visited;
  await page.goto(`${url}/docs`);
  t.afterEach(() => {
    for (const asked of requests) assert.equal(new URL(asked).origin, url, asked);
    assert.deepEqual(errors, []);
  });

  await t.test('it has the title of the product, no other logo, and operations to filter', async () => {
    await page.locator('.opblock').first().waitFor();
    assert.equal(await page.title(), 'winsockd');
    assert.match(await page.locator('.info .title').innerText(), /^winsockd\b/);
    assert.equal(await page.locator('img, .topbar').count(), 0);
    assert.equal(await page.locator('link[rel=icon]').count(), 1);
    assert.doesNotMatch(await page.locator('body').innerText(), /swagger|smartbear/i);

    const shown = await shownIn(page);
    const listed = CHAPTERS.flatMap(({ operations }) => operations.map(({ name }) => name));
    assert.deepEqual(
      shown.filter((name) => listed.includes(name)),
      listed,
    );
    assert.equal(shown[0], 'startup');
    const headings = await page.locator('.opblock-tag').evaluateAll((tags) => tags.map(({ id }) => id));
    assert.deepEqual(
      headings.map((id) => id.replace('operations-tag-', '')),
      [...CHAPTER_NAMES, 'batch', 'rawBytes', 'problems', 'daemon'],
    );

    const box = page.locator('.filter input');
    await box.fill('sendDisconnect');
    await operation(page, 'startup').waitFor({ state: 'detached' });
    assert.deepEqual(await shownIn(page), ['sendDisconnect']);
    await box.fill('resolver');
    await operation(page, 'getNameInfo').waitFor();
    assert.deepEqual(await shownIn(page), namesIn('resolver'));
    await box.fill('');
    await operation(page, 'startup').waitFor();
  });

  await t.test('it sends examples, and shows their answers', async () => {
    await page.getByRole('button', { name: 'Authorize' }).click();
    const dialog = page.locator('.dialog-ux');
    await dialog.locator('input').fill(ALICE);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    const begun = await execute(await open(page, 'startup'));
    assert.equal(begun.body.version, '2.2', JSON.stringify(begun));
    const sessionId = String(begun.body.sessionId);

    const socket = await open(page, 'socket');
    await socket.getByPlaceholder('sessionId').fill(sessionId);
    const opened = await execute(socket);
    assert.deepEqual([opened.status, opened.body.state], ['201', 'fresh'], JSON.stringify(opened));

    const bind = await open(page, 'bind');
    await bind.getByPlaceholder('socketId').fill(String(opened.body.socketId));
    const bound = await execute(bind);
    assert.equal(bound.status, '200', JSON.stringify(bound));
    const [kept] = app.daemon.sessions.list('alice');
    assert.equal(kept?.id, sessionId);
    assert.equal(Object(bound.body.localAddress).address, '127.0.0.1');
    assert.ok(Object(bound.body.localAddress).port > 0);
  });

  await t.test('it leads to the page of all methods of JSON-RPC, which has no script', async () => {
    const link = page.locator('.info a[href="/docs/rpc"]');
    await link.waitFor();
    await page.goto(String(new URL(String(await link.getAttribute('href')), url)));
    assert.equal(await page.title(), 'Methods of JSON-RPC - winsockd');
    await page.locator('table').first().getByRole('link', { name: 'recv', exact: true }).click();
    assert.equal(new URL(page.url()).hash, '#recv');
    assert.equal(await page.locator('script').count(), 0);
    const recv = await page.locator('section#recv').innerText();
    for (const text of [
      /^recv\b/,
      /socketId\s+required/,
      /maxBytes\s/,
      /Result: RecvResult/,
      /10057 WSAENOTCONN/,
    ]) {
      assert.match(recv, text);
    }
  });
});
