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
