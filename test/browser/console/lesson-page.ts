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

/** What is pressed in a step, by the texts that the page shows. */
interface Presses {
  readonly heading: string;
  readonly call: string | undefined;
  /** The right answer of its question. */
  readonly right: string | undefined;
  readonly next: string;
}

const pressesOf = ({ steps }: Lesson, at: number): Presses => {
  const { call, question } = steps[at] ?? {};
  return {
    heading: `Step ${at + 1} of ${steps.length}`,
    call: call && `Make the call: ${call.operation}`,
    right: question?.choices[question.right]?.replaceAll('`', ''),
    next: at === steps.length - 1 ? 'Finish' : 'Go on',
  };
};

/** What a step has come to, as the page says it. */
interface Came {
  readonly call?: string;
  readonly answer?: string;
}

/**
 * Does the steps in the page itself, since all lessons have hundreds of them: a step is some presses, and each
 * one from outside costs more than what it does. A control is pressed when the page shows it and it is enabled.
 */
const press = (main: Locator, steps: readonly Presses[]): Promise<Came[]> =>
  main.evaluate(async (element, all) => {
    const shown = async (selector: string, text?: string) => {
      for (const began = performance.now(); performance.now() - began < 30_000; ) {
        const found = [...element.querySelectorAll<typeof element>(selector)].find(
          (one) =>
            one.checkVisibility() &&
            one.ariaDisabled !== 'true' &&
            (text === undefined || one.innerText.trim() === text),
        );
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`${selector} never came: ${text} in ${element.innerText}`);
    };
    const came: Came[] = [];
    for (const { heading, call, right, next } of all) {
      await shown('h2', heading);
      const step: { call?: string; answer?: string } = {};
      if (call !== undefined) {
        (await shown('button', call)).click();
        step.call = (await shown('.lesson-came')).innerText;
      }
      if (right !== undefined) {
        (await shown('.lesson-question label', right)).click();
        (await shown('button', 'Check')).click();
        step.answer = (await shown('.lesson-question > p > strong')).innerText;
      }
      (await shown('button', next)).click();
      came.push(step);
    }
    return came;
  }, steps);

/** Does the steps from one index to before another, the right answers included. */
export const doSteps = async (page: Page, lesson: Lesson, from: number, to: number): Promise<void> => {
  const steps = lesson.steps.slice(from, to);
  const presses = steps.map((_step, n) => pressesOf(lesson, from + n));
  const came = await press(page.locator('main'), presses);
  for (const [n, { call, question }] of steps.entries()) {
    const what = `${lesson.id}, step ${from + n + 1}`;
    if (call) assert.match(came[n]?.call ?? '', /^As expected/, what);
    if (question) assert.equal(came[n]?.answer, 'Right.', what);
  }
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
