import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { CHECKOUT } from '../../project/checkout.js';
import { RECORDING } from '../../recording.js';
import { Program } from '../../remote/program.js';
import { canRun } from '../../remote/requirements.js';
import { DAEMON, inNewHome, run, startDaemon } from '../user.js';
import { CLIENT, environment, userEnv } from './client.js';

/** For all tests of one run; each has its own limits, too. */
const LIMIT_MS = 200_000;
/** After so long with one test, pytest shows the stacks of its threads and ends. */
const TEST_LIMIT_SECONDS = 60;

/** The folder of the tests, which are Python. */
const TESTS = join(CLIENT, 'tests');

/** A test of pytest that has ended. text: how it failed, or why it was skipped. */
interface Ended {
  readonly file: string;
  readonly test: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly text?: string;
}

/** A run of pytest. complaint: why it is no whole run, if it is not. */
interface Run {
  readonly tests: readonly Ended[];
  readonly complaint: string | undefined;
}

/** Test files that have a run of their own, so that both take about the same time. */
export const FRAMEWORKS: readonly string[] = ['test_aio.py', 'test_pytest_plugin.py', 'test_robot.py'];

/** The test files of the client. */
export const testFiles = (): readonly string[] =>
  readdirSync(TESTS).filter((name) => /^test_.*\.py$/.test(name));

/**
 * Runs test files of the client against a daemon of their own, with the configuration of a user, and shows
 * each test of pytest as one of this process.
 *
 * @param files names in TESTS
 */
export const pytestTests = async (files: readonly string[]): Promise<void> => {
  const made = await environment();
  if ('against' in made) {
    test('the tests of the Python client', (t) => void canRun(t, made.against));
    return;
  }
  const { tests, complaint } = await runOf(files, made.bin);
  for (const file of new Set(tests.map((one) => one.file)))
    describe(file, () => {
      for (const one of tests) if (one.file === file) test(one.test, (t) => show(t, one));
    });
  test('pytest has run all files to their end', () => {
    assert.equal(complaint, undefined);
    const seen = new Set(tests.map(({ file }) => file));
    assert.deepEqual(
      files.filter((file) => !seen.has(file)),
      [],
    );
  });
};

const runOf = (files: readonly string[], bin: string): Promise<Run> =>
  inNewHome(async (home, t) => {
    const state = userEnv(home);
    const WINSOCKD_URL = await startDaemon(t, state);
    const results = join(home, 'results');
    const python = join(bin, 'python');
    // Installed, because pytest finds the plugin of a package by what its installation says of it.
    const site = join(home, 'site');
    await run(t, [python, '-m', 'pip', 'install', ...INSTALL, '--target', site, CLIENT], { env: state });
    const pytest = new Program([python, '-m', 'pytest', ...OPTIONS, ...files], {
      cwd: TESTS,
      env: {
        ...userEnv(home, { TMPDIR: home }),
        ...RECORDING,
        WINSOCKD_URL,
        WINSOCKD_TOKEN: readFileSync(join(home, 'state', 'winsockd', 'token'), 'utf8').trim(),
        WINSOCKD_COMMAND: DAEMON.join(' '),
        PYTHONPATH: [site, join(CHECKOUT, 'test', 'clients', 'python')].join(':'),
        PYTEST_RESULTS: results,
        // `all`: with the slow ones of CPython's own tests.
        ...(process.env.CPYTHON_TESTS && { CPYTHON_TESTS: process.env.CPYTHON_TESTS }),
      },
    });
    t.after(() => pytest.stop());
    const code = await pytest.exit(LIMIT_MS).catch((error: Error) => error.message);
    const lines = existsSync(results) ? readFileSync(results, 'utf8').split('\n').filter(Boolean) : [];
    const tests = lines.map((line): Ended => JSON.parse(line));
    // 1 says that tests have failed.
    const isWhole = code === 0 || (code === 1 && tests.some(({ outcome }) => outcome === 'failed'));
    const complaint = isWhole ? undefined : `pytest: ${code}\n${pytest.stdout}${pytest.stderr}`;
    return { tests, complaint };
  });

/** From this machine alone: hatchling is in the environment. */
const INSTALL: readonly string[] = ['--quiet', '--no-index', '--no-deps', '--no-build-isolation'];

const OPTIONS: readonly string[] = [
  ...['-p', 'no:cacheprovider', '-p', 'report_results', '--no-header', '--tb=short', '--color=no'],
  ...['-o', `faulthandler_timeout=${TEST_LIMIT_SECONDS}`, '-o', 'faulthandler_exit_on_timeout=true'],
];

const show = (t: TestContext, { outcome, text = '' }: Ended): void => {
  if (outcome === 'failed') assert.fail(text);
  if (outcome === 'passed') return;
  assert.notEqual(text, '', 'it was skipped without a reason');
  assert.notEqual(text, 'unconditional skip', 'it was skipped without a reason');
  // CI has every tool; a system without the subject of a test is another reason.
  if (/^not installed|^could not import/.test(text)) canRun(t, text);
  else t.skip(text);
};
