import { existsSync, readFileSync } from 'node:fs';

/** The goals. */
const STALL_MS = 50;
const BESIDES_MIB = 128;
/** The bounds of a daemon that has no such keys yet. */
const BYTES_PER_OWNER = 256 * 2 ** 20;
const BYTES_TOTAL = 512 * 2 ** 20;

/** @typedef {import('./round.mjs').Round} Round */

/**
 * The limits of memory kept for attackers, in MiB: for one, and for several together.
 *
 * @param {string} file the daemon's defaults
 */
export function boundsOf(file) {
  const { limits = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { bytesPerOwner = BYTES_PER_OWNER, bytesTotal = BYTES_TOTAL } = limits;
  return { one: bytesPerOwner / 2 ** 20, several: bytesTotal / 2 ** 20 };
}

/**
 * Summarizes the rounds of one attack: medians, and the number of failures.
 *
 * @param {import('./list.mjs').Attack} attack
 * @param {readonly Round[]} rounds
 * @param {{ one: number, several: number }} bounds
 */
export function summaryOf({ name, about, owners = 1 }, rounds, bounds) {
  const median = (/** @type {(round: Round) => number} */ of) => middle(rounds.map(of));
  return {
    name,
    about,
    rounds: rounds.length,
    stallMs: median(({ stallMs }) => stallMs),
    byClockMs: median(({ byClockMs }) => byClockMs),
    unanswered: median(({ unanswered }) => unanswered),
    idleMiB: median(({ idleMiB }) => idleMiB),
    peakMiB: median(({ peakMiB }) => peakMiB),
    goalMiB: median(({ idleMiB }) => idleMiB) + (owners > 1 ? bounds.several : bounds.one) + BESIDES_MIB,
    died: rounds.flatMap(({ died }) => died ?? []),
    meanwhile: rounds.map(({ meanwhile }) => meanwhile),
    after: rounds.map(({ after }) => after),
    answers: rounds.map(({ answers }) => answers),
    failed: rounds.flatMap(({ failed }) => failed ?? []),
    each: rounds,
  };
}

/** @typedef {ReturnType<typeof summaryOf>} Row */

/** @param {readonly Row[]} rows */
export function tableOf(rows) {
  return markdown(
    [
      'attack',
      'stall ms',
      'by the clock',
      'peak MiB',
      'goal',
      'another owner: meanwhile',
      'after',
      'answers',
    ],
    rows.map((row) => [
      row.name,
      stallOf(row),
      `${Math.round(row.byClockMs)}`,
      peakOf(row),
      `${Math.round(row.goalMiB)}`,
      commonest(row.meanwhile),
      commonest(row.after),
      [
        ...Object.entries(row.answers[0] ?? {}).map(([status, count]) => `${status} x ${count}`),
        ...row.failed,
      ]
        .join(', ')
        .slice(0, 200),
    ]),
  );
}

/**
 * Compares two runs, for the attacks of the later one.
 *
 * @param {readonly Row[]} before
 * @param {readonly Row[]} after
 */
export function comparison(before, after) {
  return markdown(
    [
      'attack',
      'stall ms: before',
      'after',
      'peak MiB: before',
      'after',
      'goal',
      'another owner: before',
      'after',
    ],
    after.map((row) => {
      const old = before.find(({ name }) => name === row.name);
      const of = (/** @type {(row: Row) => string} */ cell) => [
        old === undefined ? '' : cell(old),
        cell(row),
      ];
      const owner = (/** @type {Row} */ { meanwhile }) => commonest(meanwhile);
      return [row.name, ...of(stallOf), ...of(peakOf), `${Math.round(row.goalMiB)}`, ...of(owner)];
    }),
  );
}

/**
 * @param {readonly string[]} heads
 * @param {readonly string[][]} rows
 */
function markdown(heads, rows) {
  const lines = [heads, heads.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** @param {Row} row */
function stallOf({ rounds, died, stallMs }) {
  if (rounds === 0) return 'not measured';
  if (died.length * 2 > rounds) return `**died: ${died[0]}**`;
  return `${over(stallMs, STALL_MS)}${died.length > 0 ? `, died ${died.length} of ${rounds}` : ''}`;
}

/** @param {Row} row */
function peakOf({ peakMiB, goalMiB }) {
  return over(peakMiB, goalMiB);
}

/**
 * @param {number} value
 * @param {number} goal
 */
function over(value, goal) {
  return value > goal ? `**${Math.round(value)}**` : `${Math.round(value)}`;
}

/** @param {readonly number[]} numbers */
function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length === 0 ? 0 : (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

/**
 * Each text with its number, if they differ.
 *
 * @param {readonly string[]} texts
 */
function commonest(texts) {
  const all = [...new Set(texts)];
  if (all.length === 1) return all[0];
  return all.map((text) => `${text} (${texts.filter((other) => other === text).length})`).join(', ');
}
