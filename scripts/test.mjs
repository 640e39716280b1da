#!/usr/bin/env node
/**
 * npm test: runs every check that this machine can run.
 *
 *   npm test
 *   node scripts/test.mjs --only lint|linux|windows|wine [part of a file name...]
 *
 * With CI=true a part that this machine cannot run is a failure; otherwise it is reported, and the others
 * run.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkout } from './ensure/checkout.mjs';
import { ensure } from './ensure.mjs';
import { lintChecks, passes } from './lint/checks.mjs';
import {
  answersResult,
  compareAnswers,
  recordedIn,
  recordingEnv,
  startRecording,
  statedAnswers,
  unseenLines,
} from './test/answers.mjs';
import { contractCounts, contractResults } from './test/contract.mjs';
import { ensureDebianPackages } from './test/debian-packages.mjs';
import { writeModuleArchive } from './test/module-archive.mjs';
import { filesFor, PROVIDERS, testFiles } from './test/places.mjs';
import { runFiles } from './test/run-files.mjs';
import { summary } from './test/summary.mjs';

/** Twice the time of a quiet machine with two cores, for busy machines. Programs start slowly on Windows. */
const LIMIT_MS = (process.platform === 'win32' ? 50 : 40) * 60_000;
const deadline = Date.now() + LIMIT_MS;

const native = process.platform === 'win32' ? 'windows' : 'linux';
const isDecisive = process.env.CI === 'true';

const { only, wanted } = readArguments(process.argv.slice(2));
const results = [];
const counts = [];
const missing = [];
let unseen = [];
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.on(name, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));

try {
  await ensure();
  // Wine before the first suite, because some tests on Linux also use a Windows program; beside the lint, because
  // downloads take longer than work. One after the other, because one program at a time can install packages.
  const prepare = async () => {
    const app = await stageForWine();
    await prepareHere();
    return app;
  };
  const [app] = await Promise.all([prepare(), lint()]);
  const recording = await startRecording(checkout, join(checkout, '.cache', 'test-answers'));
  await Promise.all([
    isWanted(native) && runHere(recording),
    app && isWanted('wine') && runUnderWine(app, recording),
  ]);
  if (!stop.signal.aborted && only !== 'lint') judgeAnswers(recording);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  results.push({
    suite: 'run',
    platform: native,
    name: 'npm test',
    outcome: 'failed',
    reason: error.message,
  });
}
process.stdout.write(summary(results, { counts, missing, unseen }));
process.exitCode = results.length > 0 && results.every(({ outcome }) => outcome !== 'failed') ? 0 : 1;

function readArguments(args) {
  if (args[0] !== '--only') return { only: undefined, wanted: args };
  if (['lint', 'linux', 'windows', 'wine'].includes(args[1])) return { only: args[1], wanted: args.slice(2) };
  process.stderr.write(
    'usage: node scripts/test.mjs [--only lint|linux|windows|wine] [part of a file name...]\n',
  );
  process.exit(2);
}

function isWanted(part) {
  return !stop.signal.aborted && (only === undefined || only === part);
}

async function lint() {
  if (!isWanted('lint') || wanted.length > 0) return;
  for (const check of lintChecks(checkout)) {
    process.stdout.write(`\n== lint: ${check.name}\n`);
    const result = { suite: 'lint', platform: native, name: check.name };
    const isInOrder = await passes(checkout, check);
    results.push({
      ...result,
      ...(isInOrder ? { outcome: 'passed' } : { outcome: 'failed', reason: check.advice ?? 'see above' }),
    });
  }
}

async function prepareHere() {
  if (native !== 'linux' || !isWanted('linux')) return;
  for (const name of await ensureDebianPackages()) leaveOut(`the package ${name} is missing`);
}

async function runHere(recording) {
  const env = { ...process.env, ...recordingEnv(recording) };
  delete env.NODE_TEST_CONTEXT; // set by a test that runs this script
  await runOn(native, { node: [process.execPath], cwd: checkout, env });
}

async function runUnderWine(app, { folder, hook }) {
  writeModuleArchive(app);
  // A relative name, as in run-file.mjs, so that only the tests record, not programs that they start in
  // other folders.
  const hooks = [hook, join(checkout, 'scripts', 'test', 'known-modules.mjs')];
  const importing = hooks.map((path) => `--import=./${relative(app, path)}`);
  const node = [process.execPath, join(checkout, 'scripts', 'wine.mjs'), 'exec', ...importing];
  const env = { ...process.env, TEST_ANSWERS: relative(app, folder) };
  await runOn('wine', { node, cwd: app, env });
}

function judgeAnswers({ folder }) {
  const stated = statedAnswers(checkout);
  const compared = compareAnswers(stated, recordedIn(folder));
  results.push(answersResult(only ?? 'all', compared.absent));
  // A selection of tests sees only some of the answers.
  if (wanted.length === 0) unseen = unseenLines(compared.unseen, stated);
}

async function runOn(platform, how) {
  const files = filesFor(testFiles(join(checkout, 'dist')), platform, wanted);
  const run = await runFiles(files, { platform, checkout, deadline, signal: stop.signal, ...how });
  results.push(...run.results);
  countContracts(platform, run.output);
}

/** @returns {Promise<string | undefined>} the folder of the staged installation, if Wine is wanted */
async function stageForWine() {
  if (native !== 'linux' || !isWanted('wine')) return undefined;
  process.stdout.write('\n== preparing Wine\n');
  try {
    const { prepare, stage } = await import('./wine.mjs');
    await prepare();
    return await stage(checkout);
  } catch (error) {
    leaveOut(`the Windows provider under Wine: ${error.message}`);
    return undefined;
  }
}

function countContracts(platform, output) {
  const minimum = JSON.parse(readFileSync(join(checkout, 'test/providers/contract-minimum.json'), 'utf8'));
  const found = contractCounts(output);
  const required = wanted.length === 0 ? PROVIDERS[platform] : [];
  results.push(...contractResults(platform, found, minimum, required));
  for (const [provider, { cases, skipped }] of found) {
    const { cases: least = '?' } = minimum[platform]?.[provider] ?? {};
    counts.push(
      `contract on ${platform}: ${provider} ${cases} cases (at least ${least}), ${skipped} skipped`,
    );
  }
}

function leaveOut(part) {
  process.stderr.write(`winsockd: ${part}\n`);
  missing.push(part);
  if (isDecisive)
    results.push({
      suite: 'run',
      platform: native,
      name: part,
      outcome: 'failed',
      reason: 'missing, and CI=true',
    });
}
