import assert from 'node:assert/strict';
import { join } from 'node:path';
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

/**
 * Starts a daemon of the user as `npm start` does, on a free port.
 *
 * @returns its URL
 */
export const startDaemon = async (t: HasAfter, env: Env): Promise<string> => {
  const daemon = new Program(DAEMON, { env: { WINSOCKD_PORT: '0', ...RECORDING, ...env } });
  t.after(() => daemon.stop());
  const [, url = ''] = await daemon.line(/winsockd \S+ listening on (https?:\/\/[^"\s]+)/);
  return url;
};

/** Runs a program to its end, which must be with exit code 0. Returns its standard output. */
export const run = async (t: HasAfter, argv: readonly string[], options: ProgramOptions): Promise<string> => {
  const program = new Program(argv, options);
  t.after(() => program.stop());
  assert.equal(await program.exit(LIMIT_MS), 0, program.stdout + program.stderr);
  return program.stdout;
};
