/**
 * @typedef {{ suite: string, platform: string, name: string, outcome: 'passed' | 'failed' | 'skipped',
 *   reason?: string }} Result suite: a folder of tests, or a part of the run such as `lint`
 */

/**
 * The results of the tests of one file.
 *
 * @param {{ events: string, complaint?: string }} run events: the lines of reporter.mjs
 * @param {string} file as `test/http/rest/rest.test.js`
 * @param {string} platform
 * @returns {Result[]} one for each test, none for a group; one for the file itself when it ran no test or
 *   failed as a process
 */
export function resultsOf({ events, complaint }, file, platform) {
  const suite = file.slice(0, file.lastIndexOf('/'));
  const results = [];
  const names = []; // of the open groups and their test, by nesting
  for (const event of events.split('\n').filter(Boolean).map(parse)) {
    names.length = event.nesting ?? 0;
    names.push(event.name);
    if (event.type !== 'test:start' && !isGroup(event)) {
      results.push({ suite, platform, name: names.join(' > '), ...outcomeOf(event) });
    }
  }
  const reason = complaint ?? (results.length === 0 ? 'the file ran no test' : undefined);
  return reason ? [...results, { suite, platform, name: file, outcome: 'failed', reason }] : results;
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { type: 'test:start' }; // the incomplete last line of a file that was killed
  }
}

/** A suite without a result of its own, or a test that failed only because of its subtests. */
const isGroup = ({ type, kind, skip, failure }) =>
  failure === 'subtestsFailed' || (kind === 'suite' && type === 'test:pass' && skip === undefined);

function outcomeOf({ type, skip, todo, error }) {
  if (skip !== undefined) return { outcome: 'skipped', reason: reasonOf(skip) };
  if (todo !== undefined) return { outcome: 'skipped', reason: `to do: ${reasonOf(todo)}` };
  return type === 'test:pass' ? { outcome: 'passed' } : { outcome: 'failed', reason: error };
}

const reasonOf = (mark) => (typeof mark === 'string' && mark !== '' ? mark : 'no reason given');
