/** A real browser: Debian's Chromium, started once for the tests of a file. */
import { after, type TestContext } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { needs } from '../programs.js';

/** The start script of Debian's package, with its settings and libraries. */
const PROGRAM = '/usr/bin/chromium';

/** A name of this machine that no daemon knows by itself. */
export const OTHER_NAME = 'console.example';

/**
 * Features that are off. Chromium takes only the last list, so those that Playwright turns off are named again;
 * some of them ask other machines. Then those that draw the window of the browser with web pages: a third of the time of a test.
 */
const OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'PreloadTopChromeWebUI',
  // A process kept ready for a next page, which most tests do not open.
  'SpareRendererForSitePerProcess',
];

/** Containers have little shared memory, and no graphics. */
const ARGS = [
  '--disable-dev-shm-usage',
  '--disable-gpu',
  `--disable-features=${OFF.join()}`,
  `--host-resolver-rules=MAP ${OTHER_NAME} 127.0.0.1`,
];

/** Chromium also reports the violations of a policy on the console, but not all of them there. */
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', (event) =>
  console.error('violation of ' + event.effectiveDirective + ' by ' + event.blockedURI))`;

let started: Promise<Browser> | undefined;

after(async () => (await started)?.close());

/** A page with its own cookies, caches and permissions; its requests and its errors. */
export interface Visit {
  readonly page: Page;
  /** The URLs of its requests. */
  readonly requests: readonly string[];
  /**
   * Errors on its console, including violations of the content security policy, and exceptions of its
   * scripts.
   */
  readonly errors: readonly string[];
}

/** How the browser shows the page. */
export type Looks = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'ignoreHTTPSErrors'>;

/**
 * Opens a page, and closes it after the test.
 *
 * @returns undefined without Chromium: the test is skipped with that reason, and fails in CI
 */
export const visit = async (t: TestContext, looks: Looks = {}): Promise<Visit | undefined> => {
  if (started === undefined && !needs(t, PROGRAM)) return undefined;
  // Without a sandbox: root, as in a container, cannot have one, and the pages are the project's own.
  started ??= chromium.launch({ executablePath: PROGRAM, args: ARGS, chromiumSandbox: false });
  const context = await (await started).newContext(looks);
  t.after(() => context.close());
  await context.addInitScript(REPORT_VIOLATIONS);
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
