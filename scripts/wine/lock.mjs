import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Holds a lock on a file until it is released or this process ends in any way. A child runs flock(1) and
 * waits for the end of its standard input, so a crash also releases the lock.
 *
 * @param {string} file made when missing
 * @param {'exclusive' | 'shared'} mode
 * @returns {Promise<{ release(): Promise<void> }>} settles when the lock is held
 */
export async function hold(file, mode) {
  const child = spawn('flock', [`--${mode}`, file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // a Ctrl-C of the terminal must not end the lock
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  if (child.exitCode !== null) throw new Error(`cannot lock ${file}: flock ended with ${child.exitCode}`);
  return {
    async release() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Runs a command only if the lock is free, and holds it exclusively meanwhile.
 *
 * @param {string} file
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export async function runIfFree(file, command, args, options) {
  await once(spawn('flock', ['--nonblock', file, command, ...args], options), 'exit');
}
