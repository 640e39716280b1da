/**
 * @typedef {{ suite: string, platform: string, name: string, outcome: 'passed' | 'failed' | 'skipped',
 *   reason?: string }} Result suite: a folder of tests, or a part of the run such as `lint`
 */

/**
 * What the tests of one run came to, from the lines of reporter.mjs.
 *
 * @param {string} text
 * @param {string} platform
 * @param {string[]} files the files that should have run, as `test/http/rest.test.js`
 * @returns {Result[]} one for each test, none for a group of tests; one for each file without any
 */
export function resultsOf(text, platform, files) {
  const results = [];
  const parents = new Map(); // file -> names of the open groups, by nesting
  const seen = new Set();
  for (const event of text.split('\n').filter(Boolean).map(parse)) {
    const file = files.find((name) => event.file?.replaceAll('\\', '/').endsWith(`/${name}`));
    if (!file) continue;
    const names = parents.get(file) ?? [];
    parents.set(file, names);
    names.length = event.nesting;
    names[event.nesting] = event.name;
    if (event.type === 'test:start') continue;
    const isFile = isWholeFile(event, file);
    if (isFile && event.type === 'test:pass') continue; // no test in it
    seen.add(file);
    if (isGroup(event)) continue;
    results.push({ ...place(file, platform, isFile ? file : names.join(' > ')), ...outcomeOf(event) });
  }
  const silent = files.filter((file) => !seen.has(file)).map((file) => place(file, platform, file));
  return [...results, ...silent.map((result) => ({ ...result, outcome: 'failed', reason: SILENT }))];
}

const SILENT = 'the file ran no test, or ended before it could say so';

const place = (file, platform, name) => ({ suite: file.slice(0, file.lastIndexOf('/')), platform, name });

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {}; // the last line of a run that was ended
  }
}

/** Node reports a file that crashed, or that has no tests, as if it were one. */
const isWholeFile = (event, file) =>
  event.nesting === 0 && event.name.replaceAll('\\', '/').endsWith(file.slice(file.lastIndexOf('/') + 1));

/** A suite that has nothing to say itself, or a test that failed only because of its subtests. */
const isGroup = ({ type, kind, skip, failure }) =>
  failure === 'subtestsFailed' || (kind === 'suite' && type === 'test:pass' && skip === undefined);

function outcomeOf({ type, skip, todo, error }) {
  if (skip !== undefined) return { outcome: 'skipped', reason: reasonOf(skip) };
  if (todo !== undefined) return { outcome: 'skipped', reason: `to do: ${reasonOf(todo)}` };
  return type === 'test:pass' ? { outcome: 'passed' } : { outcome: 'failed', reason: error };
}

const reasonOf = (mark) => (typeof mark === 'string' && mark !== '' ? mark : 'no reason given');
