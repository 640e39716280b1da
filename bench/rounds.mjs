/**
 * Measures every subject once per round in random order, so that other work of the machine affects all
 * alike. An uncounted first round is the warm-up, unless a measurement starts its own programs.
 *
 * @template T
 * @param {Record<string, () => Promise<T>>} subjects
 * @param {{ rounds: number, isCold?: boolean }} how
 * @param {(text: string) => void} say
 * @returns {Promise<Record<string, T>[]>} of each round what was measured, by the names of the subjects
 */
export async function inRounds(subjects, { rounds, isCold = false }, say) {
  if (!isCold) for (const measure of Object.values(subjects)) await measure();
  const measured = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    const results = {};
    for (const name of shuffled(Object.keys(subjects))) results[name] = await subjects[name]();
    measured.push(results);
  }
  return measured;
}

function shuffled(names) {
  return names
    .map((name) => ({ name, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ name }) => name);
}
