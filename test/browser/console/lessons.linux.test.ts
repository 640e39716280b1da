/**
 * The lessons that ship, in a real browser: each to its end, by clicking what the page offers. Then what else a
 * pupil does: reloads, the keyboard, the end of the session, and what is saved.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { ALICE, startDaemon } from '../../scenarios/test-daemon.js';
import { visit } from '../browser.js';
import { goTo } from './console-page.js';
import { begin, button, checkQuiet, doSteps, LESSONS, lessonOf, open, SHIPPED } from './lesson-page.js';

for (const provider of ['lab', 'native'] as const) {
  test(`lessons on ${provider}, one after another in the same page`, async (t) => {
    const visited = await open(t, '');
    if (visited === undefined) return;
    const { page } = visited;
    for (const lesson of LESSONS.filter(({ providers }) => providers.includes(provider))) {
      await t.test(`${lesson.id}: every call ends as it says, up to the summary`, async () => {
        await goTo(page, `lesson=${lesson.id}`);
        await begin(page, provider);
        await doSteps(page, lesson, 0, lesson.steps.length);
        await page.getByRole('heading', { name: 'The lesson is done' }).waitFor();
        const questions = lesson.steps.filter(({ question }) => question).length;
        const main = await page.locator('main').innerText();
        assert.match(main, new RegExp(`Right answers: ${questions} of ${questions}\\.`));
        assert.doesNotMatch(main, /not as expected|ses_|sck_/);
        checkQuiet(visited);
      });
    }
  });
}

test('a reload keeps the place, the answers and the session', async (t) => {
  const visited = await open(t, 'half-close');
  if (visited === undefined) return;
  const { page } = visited;
  const lesson = lessonOf('half-close');
  await begin(page, 'native');
  await doSteps(page, lesson, 0, 7);
  await page.reload();
  await page.getByRole('heading', { name: 'Step 8 of' }).waitFor();
  await page.locator('.lesson-sockets').getByRole('link', { name: 'server' }).waitFor();
  await button(page, 'Back').click();
  await page.getByRole('heading', { name: 'Step 7 of' }).waitFor();
  assert.equal(await button(page, /^(?:Make the call|Again|Go on)/).count(), 0);
  await button(page, 'Forward').click();
  await doSteps(page, lesson, 7, lesson.steps.length);
  await page.getByRole('heading', { name: 'The lesson is done' }).waitFor();
  checkQuiet(visited);
});

test('by the keyboard alone: Enter makes the call, and the focus is on what comes next', async (t) => {
  const visited = await open(t, 'first-conversation');
  if (visited === undefined) return;
  const { page } = visited;
  const { steps } = lessonOf('first-conversation');
  const focused = (): Locator => page.locator(':focus');
  await button(page, 'Begin').press('Enter');
  for (const [at, { call, question }] of steps.entries()) {
    await page.getByRole('heading', { name: `Step ${at + 1} of ` }).waitFor();
    await page.locator('[data-next]:focus').waitFor();
    assert.equal(await focused().innerText(), `Make the call: ${call?.operation}`);
    await page.keyboard.press('Enter');
    if (question) {
      await page.locator('input[data-next]:focus').waitFor();
      await page.keyboard.press('Space');
      for (let down = 0; down < question.right; down++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    }
    const next = at === steps.length - 1 ? 'Finish' : 'Go on';
    await page.locator('button[data-next]:focus', { hasText: next }).waitFor();
    await page.keyboard.press('Enter');
  }
  await page.locator('h2:focus', { hasText: 'The lesson is done' }).waitFor();
  checkQuiet(visited);
});

test('nothing runs before a click; then the page says when the session has ended', async (t) => {
  const visited = await open(t, 'would-block-and-select');
  if (visited === undefined) return;
  const { page, daemon } = visited;
  const { app, api } = daemon;
  await button(page, 'Begin').waitFor();
  assert.equal(app.daemon.sessions.size, 0);
  await begin(page, 'lab');
  await doSteps(page, lessonOf('would-block-and-select'), 0, 2);
  const { sessions } = await api.ok.get('/v1/sessions');
  await api.ok.delete(`/v1/sessions/${sessions[0].sessionId}`);
  await page.getByText('The session of this lesson has ended').waitFor();
  assert.equal(await button(page, /^Make the call/).count(), 0);
  await button(page, 'Start again').click();
  await begin(page, 'lab');
  await page.getByRole('heading', { name: 'Step 1 of' }).waitFor();
  await button(page, 'Start again').click();
  await button(page, 'Begin').waitFor();
  assert.equal(app.daemon.sessions.size, 0);
  checkQuiet(visited);
});

test('a wrong answer is said to be wrong, and is in the files that are saved', async (t) => {
  const visited = await open(t, 'first-conversation');
  if (visited === undefined) return;
  const { page } = visited;
  const { steps, title } = lessonOf('first-conversation');
  const at = steps.findIndex(({ question }) => question);
  const question = steps[at]?.question;
  assert.ok(question);
  await begin(page, 'lab');
  await doSteps(page, lessonOf('first-conversation'), 0, at);
  await button(page, /^Make the call/).click();
  const wrong = question.choices[question.right === 0 ? 1 : 0] ?? '';
  await page.getByRole('radio', { name: wrong, exact: true }).check();
  await button(page, 'Check').click();
  await page.getByText(`Wrong. ${question.why}`).waitFor();
  await button(page, 'End').click();
  await page.getByRole('heading', { name: 'The lesson was ended' }).waitFor();

  const text = await saved(page, 'Answers as text');
  assert.ok(text.startsWith(`${title} (first-conversation)\n`), text);
  assert.ok(text.includes(`   Answer: ${wrong} (wrong)\n`), text);
  const sheet = JSON.parse(await saved(page, 'Answers as JSON'));
  assert.deepEqual([sheet.provider, sheet.stepsDone, sheet.rightAnswers], ['lab', at, 0]);
  assert.deepEqual(sheet.steps[at].question, { text: question.text, choice: wrong, isRight: false });
  assert.doesNotMatch(text + JSON.stringify(sheet), /ses_|sck_|token/);
  checkQuiet(visited);
});

/** What a button of the page saves. */
const saved = async (page: Page, name: string): Promise<string> => {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
  return readFileSync(await download.path(), 'utf8');
};

test('a link to a lesson that the daemon does not have leads to those that it has', async (t) => {
  const visited = await open(t, 'no-such-lesson');
  if (visited === undefined) return;
  const { page } = visited;
  await page.getByRole('heading', { name: 'No such lesson' }).waitFor();
  await page.getByRole('link', { name: lessonOf('half-close').title }).click();
  await page.getByRole('heading', { name: lessonOf('half-close').title, level: 1 }).waitFor();
  checkQuiet(visited);
});

test('who signs out leaves no progress behind', async (t) => {
  const visited = await open(t, 'first-conversation');
  if (visited === undefined) return;
  const { page, daemon } = visited;
  await begin(page, 'lab');
  await doSteps(page, lessonOf('first-conversation'), 0, 1);
  const keys = await page.evaluate<string[]>('Object.keys(sessionStorage)');
  assert.deepEqual(keys.sort(), ['winsockd.lesson.first-conversation', 'winsockd.token']);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate('sessionStorage.length'), 0);
  await page.goto(`${daemon.url}/#lessons`);
  checkQuiet(visited);
});

test('a refusal that is no JSON is said, and the lessons can be loaded again', async (t) => {
  const daemon = await startDaemon(t, SHIPPED);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  const crashes: Error[] = [];
  page.on('pageerror', (error) => crashes.push(error));
  await page.route('**/v1/lessons', (route) => route.fulfill({ status: 502, body: '<h1>Bad gateway</h1>' }));
  await page.goto(`${daemon.url}/#token=${ALICE}&lesson=half-close`);
  await page.getByText('Something between this page and the daemon has answered.').waitFor();
  await page.unroute('**/v1/lessons');
  await button(page, 'Load them again').click();
  await button(page, 'Begin').waitFor();
  assert.deepEqual(crashes, []);
});

test('two presses are one: a lesson begins one session, and ends it once', async (t) => {
  const visited = await open(t, 'first-conversation');
  if (visited === undefined) return;
  const { page, daemon } = visited;
  const asked: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => asked.push(String(payload))));
  await page.reload();
  await button(page, 'Begin').evaluate((begin: { click: () => void }) => {
    begin.click();
    begin.click();
  });
  await page.getByRole('heading', { name: 'Step 1 of' }).waitFor();
  assert.equal(daemon.app.daemon.sessions.size, 1);
  await button(page, 'End').evaluate((end: { click: () => void }) => {
    end.click();
    end.click();
  });
  await page.getByRole('heading', { name: 'The lesson was ended' }).waitFor();
  const times = (method: string): number => asked.filter((text) => text.includes(`"${method}"`)).length;
  assert.deepEqual([times('startup'), times('endSession')], [1, 1]);
  checkQuiet(visited);
});

test('a call that ends after its view was left counts, and is not made twice meanwhile', async (t) => {
  const daemon = await startDaemon(t, SHIPPED);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  const held: (() => void)[] = [];
  await page.routeWebSocket(/\/v1\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      if (String(text).includes('"batch"')) held.push(() => server.send(text));
      else server.send(text);
    });
  });
  await page.goto(`${daemon.url}/#token=${ALICE}&lesson=first-conversation`);
  await begin(page, 'lab');
  await button(page, /^Make the call/).click();
  await page.getByText('The call is being made').waitFor();
  await page.getByRole('link', { name: 'Lessons', exact: true }).click();
  await page.getByRole('link', { name: lessonOf('first-conversation').title }).click();
  await page.getByText('The call is being made').waitFor();
  await button(page, /^Make the call/).dispatchEvent('click');
  await page.getByRole('link', { name: 'Lessons', exact: true }).click();
  await page.getByRole('heading', { name: 'Lessons', exact: true }).waitFor();
  assert.equal(held.length, 1);
  await page.getByRole('link', { name: lessonOf('first-conversation').title }).click();
  await page.getByText('The call is being made').waitFor();
  held[0]?.();
  await page.locator('.lesson-came', { hasText: 'As expected' }).waitFor();
  await button(page, 'Go on').click();
  await page.reload();
  await page.getByRole('heading', { name: 'Step 2 of' }).waitFor();
  checkQuiet({ ...visited, daemon });
});
