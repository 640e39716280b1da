import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * Runs a command to its end, with its output in a log file.
 *
 * @param {string} log the output is appended; its last lines become part of the error
 * @param {string[]} argv
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function sh(log, argv, options = {}) {
  const out = openSync(log, 'a');
  try {
    const [file = '', ...args] = argv;
    const [code, signal] = await once(spawn(file, args, { ...options, stdio: ['ignore', out, out] }), 'exit');
    if (code === 0) return;
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n  ');
    throw new Error(`${argv.join(' ')} ended with ${signal ?? code}; ${log} says\n  ${tail}`);
  } finally {
    closeSync(out);
  }
}
