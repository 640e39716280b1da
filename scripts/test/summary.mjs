/**
 * @typedef {import('./results.mjs').Result} Result
 */

/**
 * The summary of a run: a table of suites, the contract counts, skipped and failed tests, and the totals.
 *
 * @param {Result[]} results
 * @param {{ counts?: string[], missing?: string[], unseen?: string[] }} [more] counts: a line for each
 *   contract count. missing: the parts that this machine could not run. unseen: codes that no test has seen
 */
export function summary(results, { counts = [], missing = [], unseen = [] } = {}) {
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  const total = (outcome) => of(outcome).length;
  return [
    '',
    ...table(results),
    '',
    ...counts,
    ...section('Stated, and seen by no test (for information)', unseen),
    ...section('Skipped', of('skipped').map(line)),
    ...section('Failed', of('failed').flatMap(failure)),
    ...section('INCOMPLETE: this run had to leave out', missing),
    '',
    `${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`,
    '',
  ].join('\n');
}

const HEAD = ['suite', 'platform', 'passed', 'failed', 'skipped'];

function table(results) {
  const rows = new Map();
  for (const { suite, platform, outcome } of results) {
    const key = `${suite} ${platform}`;
    const row = rows.get(key) ?? { suite, platform, passed: 0, failed: 0, skipped: 0 };
    row[outcome]++;
    rows.set(key, row);
  }
  const cells = [HEAD, ...[...rows.values()].map((row) => HEAD.map((name) => String(row[name])))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  '),
  );
}

const section = (title, lines) => (lines.length > 0 ? ['', `${title}:`, ...lines.map((l) => `  ${l}`)] : []);

const line = ({ suite, platform, name, reason = 'no reason given' }) =>
  `${suite} (${platform}): ${name}: ${reason.split('\n')[0]}`;

/** How much of a reason is shown: an error with a difference of a few values. */
const MOST_LINES = 20;

/** The line of a failed test, and the other lines of its reason, without the stack of an error. */
const failure = (result) => {
  const more = (result.reason ?? '').split('\n').slice(1, MOST_LINES);
  const stack = more.findIndex((text) => /^\s+at /.test(text));
  return [line(result), ...more.slice(0, stack === -1 ? undefined : stack).map((text) => `  ${text}`)];
};
