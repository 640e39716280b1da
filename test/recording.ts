/**
 * The variables that record the answers of a daemon with an environment of its own, for
 * scripts/test/answers.mjs. Empty in a run that records nothing.
 */
export const RECORDING: Readonly<Record<string, string>> = Object.fromEntries(
  ['NODE_OPTIONS', 'TEST_ANSWERS'].flatMap((name) => {
    const value = process.env[name];
    return process.env.TEST_ANSWERS === undefined || value === undefined ? [] : [[name, value]];
  }),
);

/**
 * The modules that this process was told to import first, for another Node that it starts: under Wine, one
 * records answers and one finds modules quickly. Their names are relative to the working folder.
 */
export const IMPORTED_FIRST: readonly string[] = process.execArgv.filter((argument) =>
  argument.startsWith('--import='),
);
