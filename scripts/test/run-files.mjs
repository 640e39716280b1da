import { join } from 'node:path';
import { resultsOf } from './results.mjs';
import { runFile } from './run-file.mjs';

/** One file more than our smallest machine has cores, because a fifth of the time they only wait. */
const AT_ONCE = 3;

/**
 * More than any file needs, even under Wine. On Windows there is time for each case of a contract to reach
 * its limit.
 */
const FILE_LIMIT_MS = (process.platform === 'win32' ? 10 : 4) * 60_000;

/**
 * Runs test files, and prints the output of each when it has ended.
 *
 * @param {string[]} files as `test/http/rest/rest.test.js`
 * @param {object} how
 * @param {string} how.platform
 * @param {string} how.checkout
 * @param {string[]} how.node the command before the arguments of node
 * @param {string} how.cwd the folder with the built code in dist/
 * @param {NodeJS.ProcessEnv} how.env
 * @param {number} how.deadline when all must have ended, in ms since the epoch
 * @param {AbortSignal} how.signal stops the run
 * @param {(text: string) => void} [how.print] replaces standard output
 * @returns {Promise<{ results: import('./results.mjs').Result[], output: string }>}
 */
export async function runFiles(files, { platform, checkout, deadline, print = toStandardOutput, ...how }) {
  const results = [];
  let output = '';
  const runOne = async (file) => {
    if (how.signal.aborted) return;
    const began = Date.now();
    const run = await runFile({
      ...how,
      file: `dist/${file}`,
      reporter: join(checkout, 'scripts', 'test', 'reporter.mjs'),
      events: join(checkout, '.cache', 'test-events', platform, `${file.replaceAll('/', '-')}.jsonl`),
      limitMs: Math.min(FILE_LIMIT_MS, Math.max(deadline - began, 1000)),
    });
    results.push(...resultsOf(run, file, platform));
    output += run.output;
    print(`\n== ${platform}: ${file}, ${((Date.now() - began) / 1000).toFixed(1)} s\n${run.output}`);
  };
  await Promise.all(files.map((file) => inTurn(() => runOne(file))));
  return { results: results.sort((a, b) => a.suite.localeCompare(b.suite)), output };
}

const waiting = [];
let running = 0;

/** Runs what came first, of all runs together: when the files of one end, those of the next begin. */
async function inTurn(run) {
  if (running === AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  else running++;
  try {
    await run();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

const toStandardOutput = (text) => process.stdout.write(text);
