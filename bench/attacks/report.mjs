import { existsSync, readFileSync } from 'node:fs';

/** The goals. */
const STALL_MS = 50;
const BESIDES_MIB = 128;
/** The bounds of a daemon that has no such keys yet. */
const BYTES_PER_OWNER = 256 * 2 ** 20;
const BYTES_TOTAL = 512 * 2 ** 20;

/** @typedef {import('./round.mjs').Round} Round */

/**
 * The most that attackers may have kept for them, in MiB: one, and several together.
 *
 * @param {string} file the daemon's defaults
 */
export function boundsOf(file) {
  const { limits = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { bytesPerOwner = BYTES_PER_OWNER, bytesTotal = BYTES_TOTAL } = limits;
  return { one: bytesPerOwner / 2 ** 20, several: bytesTotal / 2 ** 20 };
}

/**
 * The rounds of one attack together: medians, and how often it went wrong.
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

/** @param {readonly ReturnType<typeof summaryOf>[]} rows */
export function tableOf(rows) {
  const heads = [
    'attack',
    'stall ms',
    'by the clock',
    'peak MiB',
    'goal MiB',
    'died',
    'another owner: meanwhile',
    'after',
    'answers',
  ];
  const lines = [heads, heads.map(() => '---'), ...rows.map(cellsOf)];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** @param {ReturnType<typeof summaryOf>} row */
function cellsOf(row) {
  if (row.rounds === 0) return [row.name, 'not measured', '', '', '', '', '', '', ''];
  const over = (/** @type {number} */ value, /** @type {number} */ goal) =>
    value > goal ? `**${Math.round(value)}**` : `${Math.round(value)}`;
  return [
    row.name,
    row.died.length * 2 > row.rounds ? '**died**' : over(row.stallMs, STALL_MS),
    `${Math.round(row.byClockMs)}`,
    over(row.peakMiB, row.goalMiB),
    `${Math.round(row.goalMiB)}`,
    row.died.length === 0 ? '' : `${row.died.length} of ${row.rounds}: ${row.died[0]}`,
    commonest(row.meanwhile),
    commonest(row.after),
    [
      ...Object.entries(row.answers[0] ?? {}).map(([status, count]) => `${status} x ${count}`),
      ...row.failed.slice(0, 1),
    ].join(', '),
  ];
}

/** @param {readonly number[]} numbers */
function middle(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length === 0 ? 0 : (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

/**
 * Each with how often it was, where they differ.
 *
 * @param {readonly string[]} texts
 */
function commonest(texts) {
  const all = [...new Set(texts)];
  if (all.length === 1) return all[0];
  return all.map((text) => `${text} (${texts.filter((other) => other === text).length})`).join(', ');
}
