/** The console in a window that is too narrow for two columns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { startDaemon, startSession } from '../../scenarios/test-daemon.js';
import { callButton, errorCardOf, formOf, goTo, openConsole, submitOf } from './console-page.js';
import { begin, doSteps, lessonOf, SHIPPED } from './lesson-page.js';

/** Whether a person sees the middle of an element: it is in the window, and nothing is before it. */
const isSeen = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const there = element.ownerDocument.elementFromPoint(left + width / 2, top + height / 2);
    return there !== null && (element.contains(there) || there.contains(element));
  });

test('the answer of a call is seen beside its form, and hides nothing that has the focus', async (t) => {
  const daemon = await startDaemon(t, SHIPPED);
  const socket = await (await startSession(daemon, 'lab')).stream();
  const visited = await openConsole(t, daemon.url, { viewport: { width: 390, height: 800 } });
  if (visited === undefined) return;
  const { page } = visited;
  await goTo(page, `socket=${socket.id}`);
  await callButton(page, 'send').click();
  await submitOf(page, 'send').press('Enter');
  const code = errorCardOf(page, 'send').locator('h3');
  await code.waitFor();
  assert.ok(await isSeen(code), 'the code');
  assert.ok(await isSeen(submitOf(page, 'send')), 'the button');

  // Down to the form again, from the top of the page.
  await page.getByRole('link', { name: 'Rig' }).focus();
  const last = formOf(page, 'send').getByRole('button').last();
  while (!(await last.evaluate((element) => element === element.ownerDocument.activeElement))) {
    await page.keyboard.press('Tab');
    assert.ok(await isSeen(page.locator(':focus')), await page.locator(':focus').innerText());
  }

  // A step of a lesson shows what its call has answered: there the last call is below.
  const lesson = lessonOf('first-conversation');
  await goTo(page, `lesson=${lesson.id}`);
  await begin(page, 'lab');
  await doSteps(page, lesson, 0, 1);
  await page.locator('.last-call-made').waitFor();
  assert.equal(
    await page.evaluate("getComputedStyle(document.querySelector('.last-call')).position"),
    'static',
  );
});

test('the state diagram shows the place where the socket is', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [connected] = await session.pair();
  const fresh = await session.stream();
  const visited = await openConsole(t, daemon.url, { viewport: { width: 390, height: 800 } });
  if (visited === undefined) return;
  const { page } = visited;
  const isShown = async (id: string, place: string): Promise<boolean> => {
    await goTo(page, `socket=${id}`);
    await page.locator('main').getByTitle(id).first().waitFor();
    const label = page.locator('.states svg').getByText(place, { exact: true });
    await label.waitFor();
    return isSeen(label);
  };
  assert.ok(await isShown(connected.id, 'connected'));
  assert.ok(!(await isShown(connected.id, 'fresh')), 'the whole drawing has no room');
  assert.ok(await isShown(fresh.id, 'fresh'));
});
