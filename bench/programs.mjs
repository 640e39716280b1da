import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that should end by itself counts as stuck after this time. */
const STUCK_MS = 15 * 60_000;

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(130));

/**
 * Starts a program that ends at the latest with this process.
 *
 * @param {string[]} argv
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start([command, ...args], options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', (error) => {
    throw new Error(`${command} cannot be started: ${error.message}`);
  });
  return child;
}

/**
 * Starts a server that prints one line about itself when it is ready.
 *
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, line: string }>}
 */
export async function startServer(argv, options) {
  const child = start(argv, options);
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [])]);
  if (line === undefined) throw new Error(`${argv.join(' ')} ended`);
  return { child, line };
}

/** @param {import('node:child_process').ChildProcess} child */
export async function stop(child) {
  if (!running.has(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** Ends every program that is still running. */
export async function stopAll() {
  await Promise.all([...running].map(stop));
}

/**
 * Runs a program to its end.
 *
 * @param {string[]} argv
 * @param {{ input?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} its standard output
 * @throws an Error when it fails; the program has printed why
 */
export async function run(argv, { input = '', env = process.env } = {}) {
  const child = start(argv, { stdio: ['pipe', 'pipe', 'inherit'], env });
  const stuck = setTimeout(() => child.kill('SIGKILL'), STUCK_MS);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stdin.on('error', () => {}); // it ended before it read everything; its exit code says why
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  clearTimeout(stuck);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  return output;
}
