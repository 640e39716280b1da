/** The forms in which a document lists causes: for programs, as a table, and in a sentence. */
import type { Cause } from './causes.js';

/** The names of each status. */
export const namesByStatus = (causes: readonly Cause[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(grouped(causes, ({ name }) => name));

/**
 * A Markdown table: the names of each status, and when they occur if the operation states it. Statuses with
 * the same names share a row.
 */
export const causesTable = (causes: readonly Cause[]): string => {
  const lines = rowsOf(causes).map(([statuses, problems]) => `| ${statuses} | ${problems} |`);
  return ['| Status | Problems |', '|-|-|', ...lines].join('\n');
};

/** The rows of the table in a line, for texts that have no room for a table. */
export const causesLine = (causes: readonly Cause[]): string =>
  rowsOf(causes)
    .map((row) => row.join(' '))
    .join('; ');

/** For each row of a table its statuses, and their problems. */
const rowsOf = (causes: readonly Cause[]): readonly (readonly [statuses: string, problems: string])[] => {
  const statuses = new Map<string, number[]>();
  for (const [status, texts] of grouped(causes, textOf)) {
    const problems = texts.join(', ');
    statuses.set(problems, [...(statuses.get(problems) ?? []), status]);
  }
  return [...statuses].map(([problems, of]) => [of.join(', '), problems]);
};

const textOf = ({ name, why }: Cause): string => (why === undefined ? name : `${name} (${why})`);

const grouped = (
  causes: readonly Cause[],
  as: (cause: Cause) => string,
): ReadonlyMap<number, readonly string[]> => {
  const byStatus = new Map<number, string[]>();
  for (const cause of causes) byStatus.set(cause.status, [...(byStatus.get(cause.status) ?? []), as(cause)]);
  return byStatus;
};
