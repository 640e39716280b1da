/** A tab of a real browser with the page in it, and what is measured there. */
import { chromium } from 'playwright-core';

/** The start script of Debian's package, with its settings and libraries. */
const PROGRAM = '/usr/bin/chromium';

/** Containers have little shared memory and no graphics, and their root cannot have a sandbox. */
const LAUNCH = {
  executablePath: PROGRAM,
  args: ['--disable-dev-shm-usage', '--disable-gpu'],
  chromiumSandbox: false,
};

const WAIT_MS = 30_000;

/**
 * @typedef {object} Effect what a click changes in the page
 * @property {string} selector of an element that is there then
 * @property {string} [text] a regular expression that its text then matches
 * @property {boolean} [isGone] there is no such element then
 */

export class Tab {
  #browser;
  #devTools;
  #page;

  constructor(browser, page, devTools) {
    this.#browser = browser;
    this.#page = page;
    this.#devTools = devTools;
  }

  /** Opens the page of a daemon, and waits until it has read the whole rig. */
  static async open({ port, token }) {
    const browser = await chromium.launch(LAUNCH);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', (error) => process.stderr.write(`bench: the page: ${error}\n`));
    await page.addInitScript(observeLongTasks);
    const devTools = await page.context().newCDPSession(page);
    await page.goto(`http://127.0.0.1:${port}/#token=${token}`);
    await page.locator('.owner').waitFor();
    return new Tab(browser, page, devTools);
  }

  locator(selector, options) {
    return this.#page.locator(selector, options);
  }

  /**
   * Clicks, and measures until the frame after the one in which the page shows the effect.
   *
   * The time begins with the timestamp of the event, which the browser gives before the page can take it: that
   * it waits for a busy page counts. It ends by requestAnimationFrame, twice: the first sees the effect in the
   * document, the second comes when that frame was made. PerformanceEventTiming would end too early: a link
   * changes the place in a later task, and many buttons show their effect only when the daemon has answered.
   *
   * @param {import('playwright-core').Locator} target
   * @param {Effect} effect
   * @param {object} [options] of the click; `from`: the event that begins the time
   * @returns {Promise<number>} milliseconds
   */
  async click(target, effect, { from = 'click', ...options } = {}) {
    await target.scrollIntoViewIfNeeded();
    await this.#page.evaluate(armMeasurement, { ...effect, from });
    await target.click(options);
    return await this.#page.evaluate('globalThis.measuredClick');
  }

  /** @returns {Promise<number>} milliseconds of the longest task since this was last asked */
  async longestTask() {
    return await this.#page.evaluate(takeLongestTask);
  }

  /** Memory after a garbage collection. */
  async memory() {
    await this.#devTools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.#devTools.send('Runtime.getHeapUsage');
    const { nodes } = await this.#devTools.send('Memory.getDOMCounters');
    return { heapMiB: usedSize / 1024 / 1024, nodes };
  }

  /** Takes a CPU profile of the page. @returns {Promise<() => Promise<object>>} ends and gives it */
  async profile() {
    await this.#devTools.send('Profiler.enable');
    await this.#devTools.send('Profiler.start');
    return async () => (await this.#devTools.send('Profiler.stop')).profile;
  }

  close() {
    return this.#browser.close();
  }
}

// What follows runs in the page.

function observeLongTasks() {
  globalThis.longestTask = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      globalThis.longestTask = Math.max(globalThis.longestTask, duration);
    }
  }).observe({ type: 'longtask' });
}

function takeLongestTask() {
  const longest = globalThis.longestTask;
  globalThis.longestTask = 0;
  return longest;
}

function armMeasurement({ selector, text, isGone = false, from }) {
  const { document, requestAnimationFrame } = globalThis;
  const isShown = () =>
    [...document.querySelectorAll(selector)].some(
      ({ textContent }) => text === undefined || new RegExp(text).test(textContent),
    ) !== isGone;
  if (isShown()) throw new Error(`the page shows ${selector} ${text ?? ''} before the click`);
  globalThis.measuredClick = new Promise((resolve) => {
    const begin = ({ timeStamp }) => {
      const look = () => {
        if (isShown()) requestAnimationFrame(() => resolve(performance.now() - timeStamp));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    document.addEventListener(from, begin, { capture: true, once: true });
  });
}
