import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Daemon, freePort } from './daemon.mjs';

/** How long an attack runs by default. */
const SECONDS = 5;
/** More than it needs to end after that. */
const GRACE_SECONDS = 20;
/** The time until the memory after the start is that of an idle daemon. */
const SETTLE_MS = 300;
/** How long the daemon may take to answer again after the end of the attacker. */
const RECOVERY_MS = 10_000;

/**
 * @typedef {object} Round the effect of one attack on one daemon
 * @property {number} idleMiB
 * @property {number} peakMiB
 * @property {number} byClockMs the longest time without an answer from /health/live
 * @property {number} stallMs the same without the time for which the daemon waited for a processor
 * @property {number} asked the number of requests
 * @property {number} unanswered how many of these had no answer
 * @property {string} meanwhile whether another owner was served while the attacker kept its connections
 * @property {string} after whether another owner was served after the end of the attacker
 * @property {Record<string, number>} answers the answers to the attacker
 * @property {string} [died] how the daemon ended
 * @property {string} [failed] why the attack itself failed
 */

/**
 * Runs one attack on a new daemon.
 *
 * @param {{ checkout: string, heapMiB: number }} which daemon
 * @param {import('./list.mjs').Attack} attack
 * @returns {Promise<Round>}
 */
export async function round(which, attack) {
  const daemon = new Daemon(which, await freePort(), attack.daemon);
  const children = /** @type {import('node:child_process').ChildProcess[]} */ ([]);
  try {
    await daemon.serving();
    await sleep(SETTLE_MS);
    const idleMiB = daemon.residentMiB ?? 0;
    const probe = child('probe.mjs', [`${daemon.port}`, `${daemon.pid}`], children);
    await once(probe, 'message');
    const attacker = child('attacker.mjs', [attack.name], children);
    const { answers = {}, failed } = await attacked(attacker, daemon, attack.seconds ?? SECONDS);
    const meanwhile = await daemon.bystander();
    end(attacker);
    const seen = await last(probe, daemon.died === undefined ? RECOVERY_MS : 0);
    const after = await daemon.bystander();
    return {
      idleMiB,
      peakMiB: daemon.peakMiB,
      ...seen,
      meanwhile,
      after,
      answers,
      failed,
      died: daemon.died,
    };
  } finally {
    for (const one of children) end(one);
    await daemon.end();
  }
}

/**
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').ChildProcess[]} children the list to which it is added
 */
function child(file, args, children) {
  const made = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
  children.push(made);
  return made;
}

/** @param {import('node:child_process').ChildProcess} one */
function end(one) {
  one.kill('SIGKILL');
}

/**
 * @param {import('node:child_process').ChildProcess} attacker
 * @param {Daemon} daemon
 * @param {number} seconds
 * @returns {Promise<{ answers?: Record<string, number>, failed?: string }>}
 */
async function attacked(attacker, { port, tokens, ended }, seconds) {
  const done = once(attacker, 'message').then(([result]) => result);
  attacker.send({ port, tokens, seconds });
  const tooLong = sleep((seconds + GRACE_SECONDS) * 1000, { failed: 'had no end' }, { ref: false });
  return Promise.race([
    done,
    tooLong,
    ended.then(() => ({})),
    once(attacker, 'exit').then(() => ({ failed: 'the attacker ended' })),
  ]);
}

/**
 * The results of the probe, when the daemon answers again or the time limit ends.
 *
 * @param {import('node:child_process').ChildProcess} probe
 * @param {number} recoveryMs
 * @returns {Promise<Pick<Round, 'stallMs' | 'byClockMs' | 'asked' | 'unanswered'>>}
 */
async function last(probe, recoveryMs) {
  const seen = once(probe, 'message').then(([message]) => message);
  probe.send(recoveryMs);
  const gone = once(probe, 'exit').then(() => Promise.reject(new Error('the probe has ended')));
  return Promise.race([seen, gone]);
}
