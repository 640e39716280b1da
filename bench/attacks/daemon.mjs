import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { conversation } from './conversation.mjs';

/** The daemon is killed above this resident memory, to protect other programs. */
const MOST_MIB = 4096;
const WATCH_MS = 50;
const START_MS = 30_000;

/** The owners: four attackers, and a bystander who must not be affected. */
export const OWNERS = ['attacker', 'second', 'third', 'fourth', 'bystander'];

/**
 * @typedef {object} DaemonOptions
 * @property {boolean} [logUnread] its standard output is an unread pipe
 * @property {number} [descriptors] the system's limit for it
 */

/** A daemon process with the default configuration, a token for each owner, and a free port. */
export class Daemon {
  #folder = mkdtempSync(join(tmpdir(), 'winsockd-attacks-'));
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #watch;
  tokens = OWNERS.map(() => randomBytes(24).toString('base64url'));
  /** Its largest resident memory so far. */
  peakMiB = 0;
  /** Resolves when it has ended. */
  ended;
  /** How it ended, if it ended by itself or was killed. */
  died = /** @type {string | undefined} */ (undefined);

  /**
   * @param {{ checkout: string, heapMiB: number }} which the folder with its dist/src/main.js, and the heap
   *   it may have
   * @param {number} port
   * @param {DaemonOptions} [options]
   */
  constructor({ checkout, heapMiB }, port, { logUnread = false, descriptors } = {}) {
    this.port = port;
    const config = join(this.#folder, 'config.json');
    const tokens = this.tokens.map((token, at) => ({ name: OWNERS[at], token }));
    writeFileSync(config, JSON.stringify({ port, tokens }), { mode: 0o600 });
    const log = logUnread ? unreadPipe(this.#folder) : openSync(join(this.#folder, 'log'), 'w');
    const errors = openSync(join(this.#folder, 'errors'), 'w');
    // Started by a shell, which lowers both limits of descriptors: Node raises its soft limit to the hard
    // one.
    const limits = `ulimit -c 0${descriptors === undefined ? '' : `; ulimit -n ${descriptors}`}; exec "$@"`;
    const main = join(checkout, 'dist', 'src', 'main.js');
    this.#process = spawn(
      'sh',
      ['-c', limits, 'sh', process.execPath, `--max-old-space-size=${heapMiB}`, main, '--config', config],
      { cwd: this.#folder, env: environment(), stdio: ['ignore', log, errors] },
    );
    // The reading end stays open, as otherwise writes to the pipe would fail.
    if (!logUnread) closeSync(log);
    closeSync(errors);
    this.ended = once(this.#process, 'exit').then(([code, signal]) =>
      this.#note(signal ?? `exit code ${code}`),
    );
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  /**
   * Resolves when it serves.
   *
   * @throws an Error when it does not
   */
  async serving() {
    for (const until = performance.now() + START_MS; performance.now() < until; await sleep(20)) {
      if (this.died !== undefined) break;
      if ((await this.bystander()) === 'yes') return;
    }
    throw new Error(`the daemon does not start (${this.died ?? 'no answer'}): ${this.#errors.slice(0, 300)}`);
  }

  /** Whether the harmless owner is served. */
  bystander() {
    return conversation(this.port, this.tokens.at(-1) ?? '');
  }

  get pid() {
    return this.#process.pid;
  }

  /** Its resident memory now, in MiB; undefined when it is gone. */
  get residentMiB() {
    return this.#statusOf('VmRSS');
  }

  /** Ends it, and removes what it left. */
  async end() {
    clearInterval(this.#watch);
    this.#process.kill('SIGKILL');
    await this.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #look() {
    this.peakMiB = Math.max(this.peakMiB, this.#statusOf('VmHWM') ?? 0);
    if ((this.residentMiB ?? 0) <= MOST_MIB) return;
    this.died = `over ${MOST_MIB} MiB`;
    this.#process.kill('SIGKILL');
  }

  /** @param {string} how */
  #note(how) {
    this.died ??= /heap out of memory/.test(this.#errors) ? 'out of heap' : how;
  }

  get #errors() {
    return readFileSync(join(this.#folder, 'errors'), 'utf8');
  }

  /** @param {string} name */
  #statusOf(name) {
    try {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
      const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
      return kib === undefined ? undefined : Number(kib) / 1024;
    } catch {
      return undefined;
    }
  }
}

/** @returns {Promise<number>} a port that is free now */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The environment of this process without what would configure the daemon. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WINSOCKD_')));
}

/**
 * A pipe whose reading end is open and never read. Node would read the ordinary pipe of a child.
 *
 * @param {string} folder
 */
function unreadPipe(folder) {
  const path = join(folder, 'log');
  execFileSync('mkfifo', [path]);
  // Opened for both directions, so that the open does not block.
  return openSync(path, 'r+');
}
