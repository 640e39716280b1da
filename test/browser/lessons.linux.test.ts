/** The lessons that ship, in a real browser: each to its end, by clicking what the page offers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begin, checkQuiet, doSteps, LESSONS, open } from './lesson-page.js';

describe('lessons in the page', { concurrency: 3 }, () => {
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
