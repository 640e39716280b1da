/** The C# client: its own tests, which are C#, and the examples of its README.md. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { blockIn, examplesIn } from '../../docs/markdown.js';
import { Program } from '../../remote/program.js';
import { canRun } from '../../remote/requirements.js';
import type { HasAfter } from '../../scenarios/test-daemon.js';
import { conversationIn, PRINTED as PRINTED_BY_ALL } from '../conversation.js';
import { DAEMON, type Env, inNewHome, run, startDaemon, userEnv } from '../user.js';
import { makeCertificates } from './certificates.js';
import { againstMono, CLIENT, compileClient, compileProgram } from './mono.js';

/** For all tests of C# together; each has its own limit, too. */
const LIMIT_MS = 200_000;

/** Stands behind what an example has printed. */
const SEPARATOR = '--';

const README = readFileSync(join(CLIENT, 'README.md'), 'utf8');

/** What the examples of README.md print. */
const PRINTED: Readonly<Record<string, string>> = {
  'csharp client': '10058 WSAESHUTDOWN\nreply\n',
  'csharp errors': '10061 WSAECONNREFUSED\ndestination-denied\n',
  'csharp time-outs': 'TimedOut\nTrue\n',
  'csharp sessions': '1.1 fresh\nTrue\n',
  'csharp unchanged': 'HELLO\n',
  'csharp faults': 'WSAENETDOWN 1\nok failed\nTrue\n',
  'csharp batch': 'completed expected\n2\n',
};

/** The program of docs/clients.md runs with them. */
const CONVERSATION = 'csharp conversation';

/** The outcome of a test of C#. text: how it failed. */
interface Ended {
  readonly name: string;
  readonly failed: boolean;
  readonly text: string;
}

/** What the program of the tests, and each example, has printed. */
interface Run {
  readonly tests: readonly Ended[];
  readonly complaint: string | undefined;
  readonly examples: Readonly<Record<string, string>>;
}

const runAll = (): Promise<Run> =>
  inNewHome(async (home, t) => {
    makeCertificates(home, home);
    const env = userEnv(home);
    const tls = {
      WINSOCKD_TLS_CERT_FILE: join(home, 'server.pem'),
      WINSOCKD_TLS_KEY_FILE: join(home, 'server.key'),
    };
    // The limit is there so that a test can see what comes after the longest wait.
    const [WINSOCKD_URL] = await Promise.all([
      startDaemon(t, { ...env, WINSOCKD_LIMITS_WAIT_SECONDS: '1' }),
      compileClient(t, home, env),
    ]);
    // The first daemon has made the token file, which this one reads.
    const TESTS_TLS_URL = await startDaemon(t, { ...env, ...tls });
    const ready = { ...env, WINSOCKD_URL };
    const argv = await compileProgram(t, home, env, 'tests');
    // A proxy that nobody may use.
    const proxy = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
    // Of the daemon that a test starts by itself.
    const own = { WINSOCKD_PORT: '0', WINSOCKD_LIMITS_WEB_SOCKETS_PER_OWNER: '1' };
    const places = { TESTS_TLS_URL, TESTS_FOLDER: home, TESTS_DAEMON: DAEMON[1] };
    const program = new Program(argv, { env: { ...ready, ...proxy, ...own, ...places } });
    t.after(() => program.stop());
    const code = await program.exit(LIMIT_MS).catch((error: Error) => error.message);
    const tests = endedIn(program.stdout);
    // 1 says that tests have failed.
    const isWhole = planOf(program.stdout) === tests.length && (code === 0 || code === 1);
    const complaint = isWhole ? undefined : `${code}\n${program.stdout}${program.stderr}`;
    const examples = await runExamples(t, home, env, ready);
    return { tests, complaint, examples };
  });

/**
 * Runs the examples one after another in one process: to begin one takes Mono longer than to run them all.
 *
 * @returns what each has printed
 */
const runExamples = async (
  t: HasAfter,
  home: string,
  env: Env,
  ready: Env,
): Promise<Record<string, string>> => {
  const names = [...Object.keys(PRINTED), CONVERSATION];
  const write = (file: string, text: string): string => {
    writeFileSync(join(home, file), text);
    return join(home, file);
  };
  const sources = names.map((name, at) => {
    const text = name === CONVERSATION ? conversationIn('csharp') : blockIn(README, `run: ${name}`);
    assert.match(text, /^static class Program$/m);
    return write(
      `Example${at}.cs`,
      text.replace('static class Program', `static partial class Example${at}`),
    );
  });
  // Their methods Main are private.
  const runs = names.map(
    (_, at) => `static partial class Example${at} { public static void Run() => Main(); }`,
  );
  const calls = names.map((_, at) => `Example${at}.Run(); System.Console.WriteLine("${SEPARATOR}");`);
  const main = `static class Examples { static void Main() { ${calls.join(' ')} } }`;
  const all = [...sources, write('Examples.cs', [...runs, main].join('\n'))];
  const argv = await compileProgram(t, home, env, 'Examples', all, ['-main:Examples']);
  const printed = (await run(t, argv, { env: ready, cwd: home })).split(`${SEPARATOR}\n`);
  return Object.fromEntries(names.map((name, at) => [name, printed[at] ?? '']));
};

/** How many tests there are, as TAP says it first. */
const planOf = (tap: string): number => Number(/^1\.\.(\d+)$/m.exec(tap)?.[1]);

const endedIn = (tap: string): readonly Ended[] =>
  [...tap.matchAll(/^(not )?ok \d+ - (.*)\n((?:# .*\n)*)/gm)].map(([, not, name = '', text = '']) => ({
    name,
    failed: not !== undefined,
    text,
  }));

const against = againstMono();
if (against !== undefined) {
  test('the tests of the C# client', (t) => void canRun(t, against));
} else {
  const { tests, complaint, examples } = await runAll();
  describe('the tests of C#', () => {
    for (const { name, failed, text } of tests) test(name, () => assert.ok(!failed, text));
  });
  test('they have run to their end', () => {
    assert.equal(complaint, undefined);
    assert.ok(tests.length > 0);
  });
  for (const [name, printed] of Object.entries(PRINTED))
    test(`the example of README.md runs: ${name}`, () => assert.equal(examples[name], printed));
  test('the program of docs/clients.md runs', () => assert.equal(examples[CONVERSATION], PRINTED_BY_ALL));
}

test('every example of README.md is marked, and those that are to run do', () => {
  assert.deepEqual(examplesIn(README, 'csharp', 'bash'), Object.keys(PRINTED));
});
