import type { Step } from '../steps.js';

/** Words of the four languages, and names that the programs use themselves. */
const RESERVED = new Set(
  `and answer args arguments as assert async await body break call case catch class const continue data def del
  default delete direct do elif else enum env error eval event except exec expected export extends false
  fetch finally for from function global headers home host if implements import in input instanceof interface is
  iscoreclr islinux ismacos iswindows console process globalthis undefined told each executioncontext shellid open
  json lambda let map matches member method new nonlocal not null or os outcome package params pass pid print
  private profile protected public pwd raise read result return rpc sender sessions static state step super
  switch sys this throw token true try type typeof unset until url urllib var void while with yield`.split(
    /\s+/,
  ),
);

/** The variable for the result of each step that another one refers to, by the id of the step. */
export type Variables = ReadonlyMap<string, string>;

/**
 * Variables named after the ids, where these are names in every language. Names in PowerShell are the same in
 * any case.
 */
export const variablesOf = (steps: readonly Step[]): Variables => {
  const used = referredIn(steps);
  const taken = new Set(RESERVED);
  const variables = new Map<string, string>();
  for (const [i, { id }] of steps.entries()) {
    if (id === undefined || !used.has(id)) continue;
    const isName = /^[a-z][A-Za-z0-9]*$/.test(id) && !/^step\d/.test(id) && !taken.has(id.toLowerCase());
    const variable = isName ? id : `step${i + 1}`;
    taken.add(variable.toLowerCase());
    variables.set(id, variable);
  }
  return variables;
};

/** The ids that references name. */
const referredIn = (steps: readonly Step[]): ReadonlySet<string> => {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('$result' in value && typeof value.$result === 'string') found.add(value.$result.split('/')[1] ?? '');
    for (const member of Object.values(value)) look(member);
  };
  for (const { params } of steps) look(params);
  return found;
};
