/**
 * What a daemon that is started with an environment of its own takes from that of the test, so that its answers are
 * recorded: see scripts/test/answers.mjs. Empty where no run asks for that.
 */
export const RECORDING: Readonly<Record<string, string>> = Object.fromEntries(
  ['NODE_OPTIONS', 'TEST_ANSWERS'].flatMap((name) => {
    const value = process.env[name];
    return process.env.TEST_ANSWERS === undefined || value === undefined ? [] : [[name, value]];
  }),
);
