/**
 * Compares the number of passed contract cases of each provider with a committed minimum. Without it, a
 * suite that silently loses cases would pass.
 *
 * @typedef {{ cases: number, skipped: number }} Count
 * @typedef {Record<string, Record<string, { cases: number, mostSkipped: number }>>} Minimum by platform and
 *   provider
 */

/**
 * @param {string} output of a test run
 * @returns {Map<string, Count>} by provider, from lines such as `contract: posix 97 cases, 2 skipped`
 */
export function contractCounts(output) {
  const lines = output.matchAll(/contract: (\w+) (\d+) cases, (\d+) skipped/g);
  return new Map(
    [...lines].map(([, name, cases, skipped]) => [name, { cases: Number(cases), skipped: Number(skipped) }]),
  );
}

/**
 * @param {string} platform
 * @param {Map<string, Count>} counts
 * @param {Minimum} minimum
 * @param {string[]} required the providers that must be among the counts
 * @returns {import('./results.mjs').Result[]} one for each provider
 */
export function contractResults(platform, counts, minimum, required) {
  return [...new Set([...required, ...counts.keys()])].map((provider) => {
    const complaint = complaintOf(counts.get(provider), minimum[platform]?.[provider]);
    const result = { suite: 'contract counts', platform, name: `${provider} keeps its contract` };
    return complaint ? { ...result, outcome: 'failed', reason: complaint } : { ...result, outcome: 'passed' };
  });
}

function complaintOf(count, minimum) {
  if (!count) return 'the contract suite did not run';
  if (!minimum) return 'contract-minimum.json does not name this provider and platform';
  if (count.cases < minimum.cases) {
    return `${count.cases} cases, at least ${minimum.cases} expected: "cases" in contract-minimum.json`;
  }
  if (count.skipped > minimum.mostSkipped) {
    const expected = `at most ${minimum.mostSkipped} expected: "mostSkipped" in contract-minimum.json`;
    return `${count.skipped} cases skipped, ${expected}`;
  }
  return undefined;
}
