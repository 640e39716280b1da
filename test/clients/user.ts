import assert from 'node:assert/strict';
import { join } from 'node:path';
import { newFolder, removeFolder } from '../places.js';
import { CHECKOUT } from '../project/checkout.js';
import { RECORDING } from '../recording.js';
import { Program, type ProgramOptions } from '../remote/program.js';
import type { HasAfter } from '../scenarios/test-daemon.js';

/** The command of a daemon. */
export const DAEMON = [process.execPath, join(CHECKOUT, 'dist', 'src', 'main.js')] as const;

/** How long one program of these tests may take. */
const LIMIT_MS = 100_000;

export type Env = Readonly<Record<string, string>>;

/** The environment of a user without settings: an own home folder, no proxy, no variables of this daemon. */
export const userEnv = (home: string, more: Env = {}): Env => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  XDG_STATE_HOME: join(home, 'state'),
  ...more,
});

/** Runs something in a new home folder. What it starts ends after it, the last first, and then the folder goes. */
export const inNewHome = async <T>(use: (home: string, t: HasAfter) => Promise<T>): Promise<T> => {
  const home = newFolder();
  const ends: (() => unknown)[] = [() => removeFolder(home)];
  try {
    return await use(home, { after: (end) => void ends.unshift(end) });
  } finally {
    for (const end of ends) await end();
  }
};

/** A daemon of the user as `npm start` starts it, on a free port. */
export const daemonOf = (env: Env, args: readonly string[] = []): Program =>
  new Program([...DAEMON, ...args], { env: { WINSOCKD_PORT: '0', ...RECORDING, ...env } });

/** The URL of a daemon, when it listens. */
export const urlOf = async (daemon: Program): Promise<string> => {
  const [, url = ''] = await daemon.line(/winsockd \S+ listening on (https?:\/\/[^"\s]+)/);
  return url;
};

/**
 * Starts a daemon of the test's own.
 *
 * @returns its URL
 */
export const startDaemon = (t: HasAfter, env: Env, args: readonly string[] = []): Promise<string> => {
  const daemon = daemonOf(env, args);
  t.after(() => daemon.stop());
  return urlOf(daemon);
};

/** Runs a program to its end, which must be with exit code 0. Returns its standard output. */
export const run = async (t: HasAfter, argv: readonly string[], options: ProgramOptions): Promise<string> => {
  const program = new Program(argv, options);
  t.after(() => program.stop());
  assert.equal(await program.exit(LIMIT_MS), 0, program.stdout + program.stderr);
  return program.stdout;
};
