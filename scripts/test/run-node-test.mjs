import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/** How long a run may take that was asked to end, before it is asked again, and then killed. */
const GRACE_MS = 10_000;

/**
 * Runs `node --test` with its usual output here, and its events in a file for results.mjs.
 *
 * @param {object} run
 * @param {string[]} run.node the command before the arguments of node
 * @param {string} run.cwd
 * @param {string[]} run.options of node --test
 * @param {string[]} run.files relative to cwd
 * @param {string} run.reporter path of reporter.mjs
 * @param {string} run.events where the events go
 * @param {NodeJS.ProcessEnv} run.env
 * @param {number} run.limitMs
 * @returns {Promise<{ output: string, events: string, complaint?: string }>} complaint: it did not end by itself
 *   with 0 or with failed tests, or left processes behind
 */
export async function runNodeTest({ node, cwd, options, files, reporter, events, env, limitMs }) {
  mkdirSync(dirname(events), { recursive: true });
  rmSync(events, { force: true });
  // Relative names: a Windows Node under Wine has other names for the folders of this machine.
  const named = (path) => relative(cwd, path).replaceAll('\\', '/');
  const [file, ...args] = [
    ...node,
    '--test',
    ...options,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=./${named(reporter)}`,
    `--test-reporter-destination=${named(events)}`,
    ...files,
  ];
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, so that whatever the tests leave behind can be found and ended.
    detached: process.platform !== 'win32',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  const closed = once(child, 'close');
  const supervision = supervise(child, limitMs);
  const [code, signal] = await once(child, 'exit');
  const complaint =
    supervision.finish() ?? (code === 0 || code === 1 ? undefined : `ended with ${signal ?? code}`);
  await closed;
  return {
    output,
    events: existsSync(events) ? readFileSync(events, 'utf8') : '',
    ...(complaint && { complaint }),
  };
}

/** Passes our signals on, ends a run that takes too long, and at last what it has left behind. */
function supervise(child, limitMs) {
  let late = false;
  let timer = setTimeout(() => {
    late = true;
    stop();
  }, limitMs);
  const steps = ['SIGINT', 'SIGINT', 'SIGKILL'];
  const stop = () => {
    const step = steps.shift();
    if (!step) return;
    step === 'SIGKILL' ? killGroup(child.pid) : child.kill(step);
    clearTimeout(timer);
    timer = setTimeout(stop, GRACE_MS);
  };
  let asked = false;
  const onSignal = () => {
    asked = true;
    stop();
  };
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, onSignal);
  return {
    finish() {
      clearTimeout(timer);
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, onSignal);
      const left = killGroup(child.pid);
      if (asked) return 'ended by a signal';
      if (late) return `ended after ${limitMs / 1000} s`;
      return left ? 'left processes behind; they were ended' : undefined;
    },
  };
}

/** @returns {boolean} whether anything of the group was still running */
function killGroup(pid) {
  if (process.platform === 'win32') return false; // no groups: node --test ends its children
  const left = isRunning(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody is left
  }
  return left;
}

/** Whether a process group has members other than dead ones that nobody has waited for. */
function isRunning(group) {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
        return Number(pgrp) === group && state !== 'Z';
      } catch {
        return false; // ended meanwhile
      }
    });
}
