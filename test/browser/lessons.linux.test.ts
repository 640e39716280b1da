/** The lessons that ship, in a real browser: each to its end, by clicking what the page offers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { systemClock } from '../../src/daemon/waiting/clock.js';
import type { Lesson } from '../../src/http/lessons/lesson.js';
import { readLessons } from '../../src/http/lessons/lessons.js';
import { CHAPTERS } from '../../src/operations/list.js';
import { ALICE, startDaemon } from '../scenarios/test-daemon.js';
import { type Visit, visit } from './browser.js';

const LESSONS = await readLessons('', CHAPTERS, systemClock);

const daemon = await startDaemon({ after });

/** The words of the page for the providers of a lesson. */
const PLACES = { lab: /^lab/, native: /^posix/ } as const;

type LessonProvider = keyof typeof PLACES;

const lessonOf = (id: string): Lesson => {
  const lesson = LESSONS.find((one) => one.id === id);
  assert.ok(lesson, id);
  return lesson;
};

/** Opens the page at a lesson, as a link with the token does. */
const open = async (t: TestContext, id: string): Promise<Visit | undefined> => {
  const visited = await visit(t);
  await visited?.page.goto(`${daemon.url}/#token=${ALICE}&lesson=${id}`);
  return visited;
};

const button = (page: Page, name: string | RegExp): Locator =>
  page.locator('main').getByRole('button', { name });

const begin = async (page: Page, provider: LessonProvider): Promise<void> => {
  await page.getByRole('radio', { name: PLACES[provider] }).check();
  await button(page, 'Begin').click();
};

/** Does what the page offers for a step, the right answer included. @param at the index of the step */
const doStep = async (page: Page, { id, steps }: Lesson, at: number): Promise<void> => {
  await page.getByRole('heading', { name: `Step ${at + 1} of ${steps.length}` }).waitFor();
  const { call, question } = steps[at] ?? {};
  if (call) {
    await button(page, `Make the call: ${call.operation}`).click();
    const came = page.locator('.lesson-came');
    assert.match(await came.innerText(), /^As expected/, `${id}, step ${at + 1}`);
  }
  if (question) {
    const right = question.choices[question.right]?.replaceAll('`', '') ?? '';
    await page.getByRole('radio', { name: right, exact: true }).check();
    await button(page, 'Check').click();
    assert.equal(await page.locator('.lesson-question > p > strong').innerText(), 'Right.');
  }
  await button(page, at === steps.length - 1 ? 'Finish' : 'Go on').click();
};

const doSteps = async (page: Page, lesson: Lesson, from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at++) await doStep(page, lesson, at);
};

/** The page has asked nobody else, and nothing of it was refused. */
const checkQuiet = ({ requests, errors }: Visit): void => {
  for (const asked of requests) assert.equal(new URL(asked).host, new URL(daemon.url).host, asked);
  assert.deepEqual(errors, []);
};

describe('lessons in the page', { concurrency: 2 }, () => {
  for (const lesson of LESSONS) {
    for (const provider of lesson.providers) {
      test(`${lesson.id} on ${provider}: every call ends as it says, up to the summary`, async (t) => {
        const visited = await open(t, lesson.id);
        if (visited === undefined) return;
        const { page } = visited;
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
  }
});

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
  const { url, app, api } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors } = visited;
  await page.goto(`${url}/#token=${ALICE}&lesson=would-block-and-select`);
  await button(page, 'Begin').waitFor();
  assert.equal(app.daemon.sessions.size, 0);
  await begin(page, 'lab');
  await doSteps(page, lessonOf('would-block-and-select'), 0, 2);
  const { sessions } = await api.ok.get('/v1/sessions');
  await api.ok.post(`/v1/sessions/${sessions[0].sessionId}/endSession`);
  await page.getByText('The session of this lesson has ended').waitFor();
  assert.equal(await button(page, /^Make the call/).count(), 0);
  await button(page, 'Start again').click();
  await begin(page, 'lab');
  await page.getByRole('heading', { name: 'Step 1 of' }).waitFor();
  await button(page, 'Start again').click();
  await button(page, 'Begin').waitFor();
  assert.equal(app.daemon.sessions.size, 0);
  assert.deepEqual(errors, []);
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

/** What a link of the page saves. */
const saved = async (page: Page, name: string): Promise<string> => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name }).click(),
  ]);
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
