/**
 * Runs requests that schemathesis makes from the OpenAPI document against a daemon with the default policy.
 */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../../../places.js';
import { CHECKOUT, script } from '../../../project/checkout.js';
import { pythonEnvironment } from '../../../python-environment.js';
import { Program } from '../../../remote/program.js';
import { canRun } from '../../../remote/requirements.js';

interface Answered {
  readonly operation: string;
  readonly status: number;
  readonly name: string;
}
interface Recording {
  readonly folder: string;
  readonly hook: string;
}

const { compareAnswers, recordedIn, recordingEnv, startRecording, statedAnswers } = await script<{
  compareAnswers(stated: Answered[], seen: Answered[]): { absent: Answered[] };
  recordedIn(folder: string): Answered[];
  recordingEnv(recording: Recording, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  startRecording(checkout: string, folder: string): Promise<Recording>;
  statedAnswers(checkout: string): Answered[];
}>('test/answers.mjs');

/** The source folder of this test: tsc does not copy its Python files. */
const SOURCES = join(CHECKOUT, 'test', 'http', 'openapi', 'schemathesis');

/** The duration; it can be set: `SCHEMATHESIS_SECONDS=600 node --test dist/test/http/openapi/schemathesis/`. */
const SECONDS = Number(process.env.SCHEMATHESIS_SECONDS ?? 60);
const LIMIT_MS = (SECONDS + 60) * 1000;
const SEED = 10_093;
const TOKEN = 'token-of-schemathesis-0123456789';
const { PATH, HOME } = process.env;
const ENV = { PATH, HOME };

/**
 * Without `use_after_free`, because the journal of a deleted session stays readable. Without the check for
 * 5xx, because each operation states those that it can answer; the comparison below finds others.
 */
const CHECKS = [
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];

test('the answers that schemathesis gets are those of the document', { timeout: 2 * LIMIT_MS }, async (t) => {
  const made = await pythonEnvironment('schemathesis', join(SOURCES, 'requirements.txt'));
  if ('against' in made) return void canRun(t, made.against);
  const root = folder(t);
  const recording = await startRecording(CHECKOUT, join(root, 'answers'));
  const daemon = startDaemon(t, root, recording);
  const [, url = ''] = await daemon.line(/listening on (http:\/\/127\.0\.0\.1:\d+) /);

  const schemathesis = new Program([join(made.bin, 'st'), ...argumentsFor(url)], {
    cwd: root,
    env: { ...ENV, PYTHONPATH: SOURCES, SCHEMATHESIS_HOOKS: 'hooks', DAEMON_URL: url, DAEMON_TOKEN: TOKEN },
  });
  t.after(() => schemathesis.stop());
  const code = await schemathesis.exit(LIMIT_MS);
  const report = schemathesis.stdout + schemathesis.stderr;
  assert.equal(code, 0, `${findingsOf(report)}\n${report}`);

  daemon.signal('SIGTERM');
  assert.equal(await daemon.exit(), 0, daemon.stderr);
  const seen = recordedIn(recording.folder);
  assert.deepEqual(compareAnswers(statedAnswers(CHECKOUT), seen).absent, []);
  const successes = seen.filter(({ status }) => status < 300).length;
  assert.ok(successes > 30, `only ${successes} operations have succeeded:\n${report}`);
  t.diagnostic(`${/\d+ generated, .*/.exec(report)?.[0]}; ${seen.length} distinct answers`);
  addTo(process.env.TEST_ANSWERS, recording.folder);
});

const startDaemon = (t: TestContext, root: string, recording: Recording): Program => {
  const config = join(root, 'config.json');
  // Without the first limit, waits would take most of the time; without the second, sessions would fill the
  // quota.
  const limits = { waitSeconds: 1, sessionsPerOwner: 1000 };
  writeFileSync(config, JSON.stringify({ host: '127.0.0.1', port: 0, limits }));
  const main = join(CHECKOUT, 'dist', 'src', 'main.js');
  const daemon = new Program([process.execPath, main, '--config', config], {
    env: { ...ENV, WINSOCKD_TOKEN: TOKEN, ...recordingEnv(recording, ENV) },
  });
  t.after(() => daemon.stop());
  return daemon;
};

const argumentsFor = (url: string): string[] => [
  ...['run', join(CHECKOUT, 'openapi', 'openapi.json'), '--url', url, '--no-color'],
  ...['--header', `Authorization: Bearer ${TOKEN}`, '--header', 'Accept-Encoding: identity'],
  // A stream of events does not end, and after a drain the daemon stops.
  ...['--exclude-operation-id', 'events', '--exclude-operation-id', 'drain'],
  ...['--checks', CHECKS.join(',')],
  ...['--seed', String(SEED), '--generation-database', 'none', '--max-time', String(SECONDS)],
  ...['--request-timeout', '30', '--continue-on-failure', '--warnings', 'off'],
];

/** The findings in one line, because a log may shorten long output. */
const findingsOf = (report: string): string =>
  report
    .split('\n')
    .filter((line) => /^_+ .* _+$|^\s*- |^\s*\[\d+\]|[Ee]rror|[Tt]imeout/.test(line))
    .map((line) => line.replaceAll('_', '').trim())
    .join('; ')
    .slice(0, 1000);

/** Adds the recorded answers to those of the whole test run, which compares them too. */
const addTo = (whole: string | undefined, own: string): void => {
  if (whole === undefined) return;
  for (const name of readdirSync(own)) {
    if (name.endsWith('.answers')) cpSync(join(own, name), join(whole, `schemathesis-${name}`));
  }
};
