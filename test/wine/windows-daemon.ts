import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { OPERATIONS } from '../../src/operations/list.js';
import { client, type TestClient } from '../http/client.js';
import { CHECKOUT } from '../project/checkout.js';
import { Program } from '../remote/program.js';

const TOKEN = 'token-of-the-wine-test-0123';
const SCRIPT = join(CHECKOUT, 'scripts', 'wine.mjs');
const PREPARE_MS = 200_000;
/** Includes the start of Wine's own services, which is slow on a busy machine. */
const START_MS = 60_000;
const STOP_MS = 30_000;

/** Why Wine cannot be used; undefined once Wine and the installation for it are ready. */
export const noWine = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'Wine runs the Windows build on Linux only';
  const preparing = new Program([process.execPath, SCRIPT, 'prepare'], { env: environment() });
  try {
    // The first time it installs a system; later it only finds that.
    if ((await preparing.exit(PREPARE_MS)) !== 0) return preparing.stderr.trim();
    await staged();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await preparing.stop();
  }
};

/** The folder with the installation for Windows, as `scripts/wine.mjs start` lays it out. */
const staged = async (): Promise<string> => {
  // The type is stated by its JSDoc; the compiler does not read scripts.
  const { stage } = (await import(pathToFileURL(SCRIPT).href)) as {
    stage(checkout: string): Promise<string>;
  };
  return stage(CHECKOUT);
};

/**
 * A folder with the files of a container: the built daemon, its configuration and the production packages.
 */
export const production = async (t: TestContext): Promise<string> => {
  const app = await staged();
  // In the checkout, because programs under Wine can see only that.
  const folder = mkdtempSync(join(CHECKOUT, '.cache', 'wine-production-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'config',
    'lessons',
    'node_modules',
    'dist/src',
    'dist/console',
  ]) {
    cpSync(join(app, name), join(folder, name), { recursive: true });
  }
  const flags = ['--omit=dev', '--os=win32', '--cpu=x64', '--ignore-scripts', '--offline'];
  const pruning = new Program(['npm', 'prune', ...flags], { cwd: folder, env: environment() });
  t.after(() => pruning.stop());
  assert.equal(await pruning.exit(60_000), 0, pruning.stderr);
  assert.ok(!existsSync(join(folder, 'node_modules', 'typescript')), 'development packages are removed');
  return folder;
};

/** The daemon as a Windows program. */
export interface WindowsDaemon {
  readonly url: string;
  readonly token: string;
  readonly api: TestClient;
  /** Sends SIGINT to the script that started it; resolves with the exit code. */
  interrupt(): Promise<number | null>;
  /** Resolves with the exit code when it has ended by itself. */
  exit(): Promise<number | null>;
}

/**
 * Starts the daemon as a user does, and waits until it listens.
 *
 * @param args of scripts/wine.mjs
 */
export const windowsDaemon = async (
  t: TestContext,
  args: readonly string[],
  cwd = CHECKOUT,
): Promise<WindowsDaemon> => {
  const env = { ...environment(), WINSOCKD_PORT: '0', WINSOCKD_TOKEN: TOKEN };
  const program = new Program([process.execPath, SCRIPT, ...args], { cwd, env });
  t.after(() => program.stop());
  const [, url = ''] = await program.line(/listening on (http:\/\/127\.0\.0\.1:\d+)/, START_MS);
  const exit = async (): Promise<number | null> => {
    const code = await program.exit(STOP_MS);
    assert.equal(program.stderr, '');
    assert.ok(!program.stdout.includes(TOKEN), 'the log does not contain the token');
    return code;
  };
  return {
    url,
    token: TOKEN,
    api: client(url, TOKEN, { operations: OPERATIONS }),
    interrupt() {
      program.signal('SIGINT');
      return exit();
    },
    exit,
  };
};

/** The environment of this machine, without variables of this daemon and of the test runner. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WINSOCKD_.*|NODE_TEST_CONTEXT)$/.test(name)),
  );
