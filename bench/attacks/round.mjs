import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Daemon, freePort } from './daemon.mjs';

/** How long an attack goes on, unless it says otherwise. */
const SECONDS = 5;
/** More than it takes after that to end. */
const GRACE_SECONDS = 20;
/** Until memory after the start is what an idle daemon has. */
const SETTLE_MS = 300;
/** How long the daemon has, when the attacker has gone, to answer again. */
const RECOVERY_MS = 10_000;

/**
 * @typedef {object} Round what one attack did to one daemon
 * @property {number} idleMiB
 * @property {number} peakMiB
 * @property {number} byClockMs the longest time in which nobody who asked /health/live had an answer
 * @property {number} stallMs the same without the time for which the daemon waited for a processor
 * @property {number} asked how often it was asked
 * @property {number} unanswered how many of these questions had no answer
 * @property {string} meanwhile whether another owner was served while the attacker held what it had
 * @property {string} after whether another owner was served once the attacker had gone
 * @property {Record<string, number>} answers what the attacker was answered
 * @property {string} [died] how the daemon ended
 * @property {string} [failed] why the attack itself could not be made as meant
 */

/**
 * One attack on a new daemon.
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
 * @param {import('node:child_process').ChildProcess[]} children where it is noted
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
 * What the probe has seen, until the daemon answers again or is given up.
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
