/** A real browser: Debian's Chromium, started once for the tests of a file. */
import { after, type TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { needs } from '../programs.js';

/** The package's own start script: its settings, and its libraries. */
const PROGRAM = '/usr/bin/chromium';

/** Containers have little shared memory, and no graphics. */
const ARGS = ['--disable-dev-shm-usage', '--disable-gpu'];

let started: Promise<Browser> | undefined;

after(async () => (await started)?.close());

/** A page with cookies, caches and permissions of its own, and what it has asked for and complained of. */
export interface Visit {
  readonly page: Page;
  /** The URLs of its requests. */
  readonly requests: readonly string[];
  /** Errors on its console, among them violations of the content security policy, and exceptions of its scripts. */
  readonly errors: readonly string[];
}

/**
 * Opens a page, and closes it after the test.
 *
 * @returns undefined where there is no Chromium: the test is skipped with that reason, and fails in CI
 */
export const visit = async (t: TestContext): Promise<Visit | undefined> => {
  if (!needs(t, PROGRAM)) return undefined;
  // No sandbox of its own: root, as in a container, gets none, and the pages are the project's.
  started ??= chromium.launch({ executablePath: PROGRAM, args: ARGS, chromiumSandbox: false });
  const context = await (await started).newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return { page, requests, errors };
};
