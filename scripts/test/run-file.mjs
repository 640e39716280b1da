import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { endGroup } from './process-group.mjs';

const GRACE_MS = 10_000;

/**
 * Runs one test file in a new process, so that its crash and its remaining child processes belong to that
 * file.
 *
 * @param {object} run
 * @param {string[]} run.node the command before the arguments of node
 * @param {string} run.cwd
 * @param {string} run.file relative to cwd
 * @param {string} run.reporter path of reporter.mjs
 * @param {string} run.events the file for the reporter's lines
 * @param {NodeJS.ProcessEnv} run.env
 * @param {number} run.limitMs
 * @param {AbortSignal} run.signal stops the file
 * @param {number} [run.graceMs] how long it may take to stop before a second signal, and then before it is
 *   killed
 * @returns {Promise<{ output: string, events: string, complaint?: string }>} output: of both streams.
 *   complaint: why it failed as a process, if it did
 */
export async function runFile({
  node,
  cwd,
  file,
  reporter,
  events,
  env,
  limitMs,
  signal,
  graceMs = GRACE_MS,
}) {
  mkdirSync(dirname(events), { recursive: true });
  rmSync(events, { force: true });
  // Relative names, because a Windows Node under Wine has different absolute paths.
  const named = (path) => relative(cwd, path).replaceAll('\\', '/');
  const [command, ...args] = [
    ...node,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=./${named(reporter)}`,
    `--test-reporter-destination=${named(events)}`,
    file,
  ];
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32', // leads a process group, which is ended together
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const closed = once(child, 'close');
  const limit = AbortSignal.timeout(limitMs);
  const release = endOn([signal, limit], child, graceMs);
  const [code, killer] = await once(child, 'exit');
  release();
  const left = endGroup(child.pid);
  await closed;
  return {
    output: Buffer.concat(output).toString(),
    events: existsSync(events) ? readFileSync(events, 'utf8') : '',
    ...complaintOf({ code, killer, left, isStopped: signal.aborted, isLate: limit.aborted, limitMs }),
  };
}

/** Sends the signal twice, as the runner under Wine expects, then kills. */
function endOn(signals, child, graceMs) {
  const steps = [
    () => child.kill('SIGINT'),
    () => child.kill('SIGINT'),
    () => endGroup(child.pid) || child.kill('SIGKILL'),
  ];
  let timer;
  const next = () => {
    clearTimeout(timer);
    steps.shift()?.();
    if (steps.length > 0) timer = setTimeout(next, graceMs);
  };
  for (const signal of signals) signal.addEventListener('abort', next);
  return () => {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', next);
  };
}

function complaintOf({ code, killer, left, isStopped, isLate, limitMs }) {
  if (isStopped) return { complaint: 'the run was stopped' };
  if (isLate) return { complaint: `was ended after ${limitMs / 1000} s` };
  if (code !== 0 && code !== 1) return { complaint: `ended with ${killer ?? code}` };
  if (left) return { complaint: 'left processes behind; they were ended' };
  return {};
}
