/** A lesson in the page of a real browser, run by clicking what the page offers. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import type { Lesson } from '../../../src/http/lessons/lesson.js';
import { readLessons } from '../../../src/http/lessons/lessons.js';
import { CHAPTERS } from '../../../src/operations/list.js';
import { ALICE, startDaemon, type TestDaemon } from '../../scenarios/test-daemon.js';
import { type Visit, visit } from '../browser.js';

/** The lessons that ship. */
export const LESSONS = await readLessons('', CHAPTERS, systemClock);

/** The options of a daemon that has them. */
export const SHIPPED = { config: { lessons: '' } } as const;

/** The words of the page for the providers of a lesson. */
const PLACES = { lab: /^lab/, native: /^posix/ } as const;

type LessonProvider = keyof typeof PLACES;

/** One of them. */
export const lessonOf = (id: string): Lesson => {
  const lesson = LESSONS.find((one) => one.id === id);
  assert.ok(lesson, id);
  return lesson;
};

/** The page at a lesson of a daemon of its own, opened as a link with the token does. */
export interface Opened extends Visit {
  readonly daemon: TestDaemon;
}

/** Opens it, and closes it after the test; undefined without a browser. */
export const open = async (t: TestContext, id: string): Promise<Opened | undefined> => {
  const daemon = await startDaemon(t, SHIPPED);
  const visited = await visit(t);
  await visited?.page.goto(`${daemon.url}/#token=${ALICE}&lesson=${id}`);
  return visited && { ...visited, daemon };
};

/** A button of the view. */
export const button = (page: Page, name: string | RegExp): Locator =>
  page.locator('main').getByRole('button', { name });

/** Begins the lesson that is shown. */
export const begin = async (page: Page, provider: LessonProvider): Promise<void> => {
  await page.getByRole('radio', { name: PLACES[provider] }).check();
  await button(page, 'Begin').click();
};

/** Presses a control without the waits of a mouse for frames, of which a lesson has a hundred. */
const press = (control: Locator): Promise<void> => control.dispatchEvent('click');

/** Does what the page offers for a step, the right answer included. @param at the index of the step */
const doStep = async (page: Page, { id, steps }: Lesson, at: number): Promise<void> => {
  await page.getByRole('heading', { name: `Step ${at + 1} of ${steps.length}` }).waitFor();
  const { call, question } = steps[at] ?? {};
  if (call) {
    await press(button(page, `Make the call: ${call.operation}`));
    const came = page.locator('.lesson-came');
    assert.match(await came.innerText(), /^As expected/, `${id}, step ${at + 1}`);
  }
  if (question) {
    const right = question.choices[question.right]?.replaceAll('`', '') ?? '';
    await press(page.getByRole('radio', { name: right, exact: true }));
    await press(button(page, 'Check'));
    assert.equal(await page.locator('.lesson-question > p > strong').innerText(), 'Right.');
  }
  await press(button(page, at === steps.length - 1 ? 'Finish' : 'Go on'));
};

/** Does the steps from one index to before another. */
export const doSteps = async (page: Page, lesson: Lesson, from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at++) await doStep(page, lesson, at);
};

/** The page has asked nobody else, and nothing of it was refused. */
export const checkQuiet = ({ daemon, requests, errors }: Opened): void => {
  for (const asked of requests) assert.equal(new URL(asked).host, new URL(daemon.url).host, asked);
  // A look at a socket may cross its end.
  assert.deepEqual(
    errors.filter((error) => !/\b410 \(Gone\)/.test(error)),
    [],
  );
};
