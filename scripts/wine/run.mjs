import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, seen, wineEnv } from './environment.mjs';
import { hold, runIfFree } from './lock.mjs';

/**
 * Runs the Windows Node under Wine until it ends.
 *
 * Its standard input is empty and its output goes to files, which are followed: Wine's helper processes keep
 * an inherited pipe open long after the program, and a terminal may not work. SIGINT and SIGTERM become
 * SIGINT, the only signal that Wine turns into an event of the program (Node's SIGINT handlers run). A second
 * signal kills.
 *
 * @param {import('./environment.mjs').Environment} environment
 * @param {string[]} args arguments of node.exe
 * @param {{ cwd: string, env?: Record<string, string>, stdout?: string, stderr?: string,
 *   signal?: AbortSignal }} options stdout, stderr: files to write instead of following the output; an
 *   AbortSignal asks it to end as SIGINT does
 * @returns {Promise<number>} the exit code; 128 + n after signal n
 */
export async function run(environment, args, options) {
  const { cwd, env, signal } = options;
  const user = await hold(environment.users, 'shared');
  const scratch = mkdtempSync(join(tmpdir(), 'winsockd-wine-'));
  const outputs = [
    follow(options.stdout ?? join(scratch, 'stdout'), options.stdout ? undefined : process.stdout),
    follow(options.stderr ?? join(scratch, 'stderr'), options.stderr ? undefined : process.stderr),
  ];
  const line = command(environment, cwd, ['wine', seen(environment, environment.node), ...args]);
  const child = spawn(line[0], line.slice(1), {
    env: wineEnv(environment, env),
    stdio: ['ignore', ...outputs.map((o) => o.fd)],
    detached: true, // otherwise it would get a Ctrl-C twice: from the terminal and from this process
  });
  let asked = 0;
  const stop = () => child.kill(asked++ === 0 ? 'SIGINT' : 'SIGKILL');
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, stop);
  signal?.addEventListener('abort', stop);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killer) => resolve(code ?? 128 + (killer === 'SIGKILL' ? 9 : 15)));
    });
  } finally {
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
    signal?.removeEventListener('abort', stop);
    for (const output of outputs) output.end();
    rmSync(scratch, { recursive: true, force: true });
    await user.release();
    await endServer(environment);
  }
}

/** Ends Wine's server if no other run uses it, so that no process remains. */
async function endServer(environment) {
  if (!existsSync(environment.prefix)) return;
  const [file, ...args] = command(environment, '/', ['wineserver', '-k']);
  await runIfFree(environment.users, file, args, { env: wineEnv(environment), stdio: 'ignore' });
}

/** Makes an output file whose new content is copied to a stream every 50 ms and once at the end. */
function follow(path, to) {
  const fd = openSync(path, 'w');
  if (!to) return { fd, end: () => closeSync(fd) };
  const from = openSync(path, 'r');
  const chunk = Buffer.alloc(65_536);
  const copy = () => {
    for (let n = readSync(from, chunk); n > 0; n = readSync(from, chunk))
      to.write(Buffer.from(chunk.subarray(0, n)));
  };
  const timer = setInterval(copy, 50);
  return {
    fd,
    end() {
      clearInterval(timer);
      copy();
      closeSync(from);
      closeSync(fd);
    },
  };
}
