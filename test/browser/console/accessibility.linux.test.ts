/** Every view of the console, checked by axe in both colour schemes and on two sizes of screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { startDaemon, startSession, type TestDaemon, type TestSession } from '../../scenarios/test-daemon.js';
import { visit } from '../browser.js';
import {
  callButton,
  errorCardOf,
  formOf,
  goTo,
  resultOf,
  signIn,
  socketRows,
  submitOf,
} from './console-page.js';
import { begin, doSteps, lessonOf, SHIPPED } from './lesson-page.js';

/** Brings a page that is signed in to the view, until everything of it is there. */
type Open = (page: Page, daemon: TestDaemon) => Promise<void>;

/** Waits for the title of a view. */
const titled = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor();

/** A session with two ends of a connection, shown in the rig. */
const connected = async (page: Page, daemon: TestDaemon) => {
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await client.ok('send', { data: { text: 'hello' } });
  await server.ok('recv');
  await server.problem('bind', { address: await server.sockName() });
  await socketRows(page).nth(1).waitFor();
  return { session, client, server };
};

const networkOf = async (page: Page, session: TestSession): Promise<void> => {
  await goTo(page, `network=${session.id}`);
  await titled(page, 'Network');
};

const signOut = (page: Page): Promise<void> => page.getByRole('button', { name: 'Sign out' }).click();

/** Waits until the page shows what the calls of a lesson have made. */
const untilDrawn = async (page: Page): Promise<void> => {
  await page.locator('.lesson-sockets').getByRole('link').first().waitFor();
  await page.locator('.lesson-ladder').waitFor();
};

const VIEWS: Readonly<Record<string, Open>> = {
  async 'sign-in'(page) {
    await signOut(page);
    await page.getByLabel('Token').waitFor();
  },
  async 'sign-in after a wrong token'(page) {
    await signOut(page);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
  },
  async 'empty rig'(page) {
    await page.getByText('There is no session yet').waitFor();
  },
  async 'rig with sockets and an open form'(page, daemon) {
    await connected(page, daemon);
    await page.getByRole('button', { name: 'New socket' }).click();
    await formOf(page, 'socket').getByText('More parameters').click();
  },
  async 'question about another token'(page, daemon) {
    await page.goto(`${daemon.url}/#token=another-token-0123456789`);
    await page.getByRole('alert').waitFor();
  },
  async 'socket with a result'(page, daemon) {
    const { client } = await connected(page, daemon);
    await goTo(page, `socket=${client.id}`);
    await callButton(page, 'send').click();
    await submitOf(page, 'send').click();
    await resultOf(page, 'send').waitFor();
  },
  async 'socket with a form and an error card'(page, daemon) {
    const { client } = await connected(page, daemon);
    await goTo(page, `socket=${client.id}`);
    await callButton(page, 'bind').click();
    await formOf(page, 'bind').getByLabel('Numeric address').fill('nowhere');
    await submitOf(page, 'bind').click();
    await errorCardOf(page, 'bind').waitFor();
  },
  async 'datagram socket'(page, daemon) {
    const { id } = await (await startSession(daemon, 'posix')).datagram();
    await goTo(page, `socket=${id}`);
    await callButton(page, 'sendTo').click();
    await formOf(page, 'sendTo').waitFor();
  },
  async 'socket that is gone'(page) {
    await goTo(page, 'socket=sock-of-nobody');
    await page.locator('main .error-card').waitFor();
  },
  async 'empty conversation'(page) {
    await goTo(page, 'conversation=');
    await titled(page, 'Conversation');
  },
  async 'conversation with a call'(page, daemon) {
    const { client, server } = await connected(page, daemon);
    await goTo(page, `conversation=${client.id},${server.id}`);
    await page.locator('.ladder-row').filter({ hasText: 'recv' }).getByRole('button').click();
    await page.locator('#row-details').waitFor();
  },
  async 'network of no session'(page) {
    await goTo(page, 'network');
    await titled(page, 'Network');
  },
  async network(page, daemon) {
    const { session, client } = await connected(page, daemon);
    await session.arm({ socketId: client.id, operation: 'send', effect: 'fail', code: 'WSAENETDOWN' });
    await networkOf(page, session);
    await page.getByText('WSAENETDOWN').first().waitFor();
  },
  async 'network with the usual faults'(page, daemon) {
    const { session } = await connected(page, daemon);
    await networkOf(page, session);
    await page.getByRole('button', { name: 'Arm a fault' }).click();
  },
  async lessons(page) {
    await goTo(page, 'lessons');
    await titled(page, 'Lessons');
  },
  async 'lesson before its beginning'(page) {
    await goTo(page, 'lesson=first-conversation');
    await page.getByRole('button', { name: 'Begin' }).waitFor();
  },
  async 'lesson with a call that was made'(page) {
    const lesson = lessonOf('first-conversation');
    await goTo(page, `lesson=${lesson.id}`);
    await begin(page, 'lab');
    const at = lesson.steps.findIndex(({ call }) => call !== undefined);
    await doSteps(page, lesson, 0, at);
    await page.getByRole('button', { name: 'Make the call' }).click();
    await page.locator('.lesson-came').waitFor();
    await untilDrawn(page);
  },
  async 'lesson with a question'(page) {
    const lesson = lessonOf('half-close');
    await goTo(page, `lesson=${lesson.id}`);
    await begin(page, 'lab');
    const at = lesson.steps.findIndex(({ question }) => question !== undefined);
    await doSteps(page, lesson, 0, at);
    if (lesson.steps[at]?.call) await page.getByRole('button', { name: 'Make the call' }).click();
    await page.locator('.lesson-question').waitFor();
    await untilDrawn(page);
  },
  async 'lesson at its end'(page) {
    const lesson = lessonOf('first-conversation');
    await goTo(page, `lesson=${lesson.id}`);
    await begin(page, 'lab');
    await doSteps(page, lesson, 0, lesson.steps.length);
    await page.getByRole('button', { name: 'Finish' }).waitFor({ state: 'detached' });
  },
  // The last one: it ends the daemon.
  async 'rig after a lost connection'(page, daemon) {
    await connected(page, daemon);
    await daemon.app.drain();
    await page.locator('.banner').waitFor();
  },
};

/** Each size and each scheme once: colours do not depend on the size, and places not on the colours. */
const LOOKS = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { viewport: { width: 768, height: 1024 }, colorScheme: 'dark' },
] as const;

/** What axe finds wrong with the page as it is: the rules, and the elements. */
const violations = async (page: Page): Promise<readonly string[]> => {
  const found: axe.Result[] = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target} ${failureSummary.split('\n')[1]}`),
  );
};

/** Signs in anew, to a daemon without sessions: nothing is left of the view before, not even a last call. */
const startAnew = async (page: Page, { api, url }: TestDaemon): Promise<void> => {
  if (await page.getByRole('button', { name: 'Sign out' }).isVisible()) await signOut(page);
  const { sessions } = await api.ok.get('/v1/sessions');
  for (const { sessionId } of sessions) await api.ok.delete(`/v1/sessions/${sessionId}`);
  await signIn(page, url);
};

test('axe finds nothing wrong with any view', async (t) => {
  const daemon = await startDaemon(t, SHIPPED);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(daemon.url);
  await page.evaluate(axe.source);
  for (const [name, open] of Object.entries(VIEWS)) {
    await t.test(name, async () => {
      await startAnew(page, daemon);
      await open(page, daemon);
      const found: string[] = [];
      for (const { viewport, colorScheme } of LOOKS) {
        await page.setViewportSize(viewport);
        // Without motion, so that no colour is on its way to another one.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        found.push(
          ...(await violations(page)).map((text) => `${viewport.width} wide, ${colorScheme}: ${text}`),
        );
      }
      assert.deepEqual(found, []);
    });
  }
});
