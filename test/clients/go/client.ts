import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GO_CACHE, goToolchain } from '../../go-toolchain.js';
import { CHECKOUT } from '../../project/checkout.js';
import { Program } from '../../remote/program.js';
import type { Env } from '../user.js';

/** The folder of the module. */
export const CLIENT = join(CHECKOUT, 'clients', 'go');

/** For one command of Go, with all that it compiles, and for those that it waits for. */
const LIMIT_SECONDS = 240;

/** Else each program of the race detector sleeps for a second at its end. */
export const RACE: Env = { GORACE: 'atexit_sleep_ms=0' };

/** How a command of Go has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands of Go, or why there are none. */
export type Go = { readonly command: Command } | { readonly against: string };

/**
 * Runs a program of the toolchain, such as `go`. One runs at a time, so that no two compile the same packages.
 *
 * @param argv the program, and its arguments
 * @param env more of the environment
 */
export type Command = (argv: readonly string[], cwd?: string, env?: Env) => Promise<Ended>;

/**
 * The Go of these tests. All commands compile with the race detector: so they share their compiled packages, of
 * which the standard library alone takes a minute.
 */
export const go = async (): Promise<Go> => {
  const toolchain = await goToolchain(CLIENT);
  if ('against' in toolchain) return toolchain;
  mkdirSync(GO_CACHE, { recursive: true });
  const { root } = toolchain;
  const environment = {
    ...process.env,
    GOROOT: root,
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOFLAGS: '-race',
    ...RACE,
    CGO_ENABLED: '1',
    GOCACHE: join(GO_CACHE, 'build'),
    GOMODCACHE: join(GO_CACHE, 'modules'),
  };
  const lock = ['flock', '--timeout', String(LIMIT_SECONDS), join(GO_CACHE, 'command.lock')];
  const command: Command = async ([name = '', ...args], cwd = CLIENT, env = {}) => {
    const program = new Program([...lock, join(root, 'bin', name), ...args], {
      cwd,
      env: { ...environment, ...env },
    });
    try {
      const code = await program.exit(LIMIT_SECONDS * 1000);
      return { code, stdout: program.stdout, stderr: program.stderr };
    } finally {
      await program.stop();
    }
  };
  // -modcacherw: else npm cannot remove the checkout.
  const modules = await command(['go', 'mod', 'download', '-modcacherw']);
  return modules.code === 0 ? { command } : { against: `Go's modules cannot be fetched: ${modules.stderr}` };
};

/** Runs a command, which must succeed. Returns its standard output. */
export const succeed = async (command: Command, ...args: Parameters<Command>): Promise<string> => {
  const { code, stdout, stderr } = await command(...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
};

/**
 * Compiles programs by one command.
 *
 * @param packages those of the programs, from the folder `cwd`
 * @param folder for the programs, which have the last name of their package
 */
export const build = async (
  command: Command,
  packages: readonly string[],
  folder: string,
  cwd?: string,
): Promise<void> => {
  // -w: nobody debugs them, and linking is most of the work.
  await succeed(command, ['go', 'build', '-ldflags=-w', '-o', `${folder}/`, ...packages], cwd);
};
