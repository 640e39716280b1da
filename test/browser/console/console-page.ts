/** The console in a real browser, as the tests of it drive it. */
import type { TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { ALICE } from '../../scenarios/test-daemon.js';
import { type Looks, type Visit, visit } from '../browser.js';

/** Signs in by the address that `winsockd url` prints, and waits until the page is connected. */
export const signIn = async (page: Page, url: string, token: string = ALICE): Promise<void> => {
  await page.goto(`${url}/#token=${token}`);
  await page.locator('.owner').waitFor();
};

/** A page that is signed in as alice; undefined without a browser, as from `visit`. */
export const openConsole = async (t: TestContext, url: string, looks?: Looks): Promise<Visit | undefined> => {
  const visited = await visit(t, looks);
  if (visited) await signIn(visited.page, url);
  return visited;
};

/** Goes to a place of a page that is signed in, as its own links do. */
export const goTo = async (page: Page, place: string): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
};

/** The rows of the sockets in the rig. */
export const socketRows = (page: Page): Locator => page.locator('table.sockets tbody tr');

/** The button of a call in the view of a socket. Its text may also have the code that the call would give. */
export const callButton = (page: Page, operation: string): Locator =>
  page.locator('.socket-calls').getByRole('button', { name: new RegExp(`^${operation}(\\s|$)`) });

/** The open form of a call. */
export const formOf = (page: Page, operation: string): Locator =>
  page.getByRole('form', { name: operation, exact: true });

/** The button of the form that makes the call. */
export const submitOf = (page: Page, operation: string): Locator =>
  formOf(page, operation).locator('button[type=submit]');

/** What the page shows as the outcome of its last call, if that was a call of this operation. */
const outcomeOf = (page: Page, operation: string, outcome: string): Locator =>
  page
    .getByRole('complementary', { name: 'Last call' })
    .filter({ has: page.locator('strong', { hasText: new RegExp(`^${operation}$`) }) })
    .locator(outcome);

/** The result of the last call. */
export const resultOf = (page: Page, operation: string): Locator =>
  outcomeOf(page, operation, '.last-call-result');

/** The error card of the last call. */
export const errorCardOf = (page: Page, operation: string): Locator =>
  outcomeOf(page, operation, '.error-card');

/** Waits until an element has a text. */
export const shows = (locator: Locator, hasText: string | RegExp): Promise<void> =>
  locator.filter({ hasText }).waitFor();

/**
 * The errors of a page, without those of looks at a socket that another client has just closed (410) or whose
 * session it has just cleaned up (409): a look may cross such a call, and the browser reports its answer.
 */
export const unexpected = (errors: readonly string[]): readonly string[] =>
  errors.filter((text) => !/(410 \(Gone\)|409 \(Conflict\))$/.test(text));
