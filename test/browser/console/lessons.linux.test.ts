/** The lessons that ship, in a real browser: each to its end, by clicking what the page offers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo } from './console-page.js';
import { begin, checkQuiet, doSteps, LESSONS, open } from './lesson-page.js';

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
