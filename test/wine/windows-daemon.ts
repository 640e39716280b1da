import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OPERATIONS } from '../../src/operations/list.js';
import { client, type TestClient } from '../http/client.js';
import { Program } from '../remote/program.js';

export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

const TOKEN = 'token-of-the-wine-test-0123';
const SCRIPT = join(CHECKOUT, 'scripts', 'wine.mjs');
/** Wine starts its own services first; on a busy machine that takes a while. */
const START_MS = 60_000;
const STOP_MS = 30_000;

/** Why there is no Wine here, and none can be made; undefined when it is ready. */
export const noWine = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'Wine runs the Windows build on Linux only';
  const preparing = new Program([process.execPath, SCRIPT, 'prepare'], { env: environment() });
  try {
    // The first time it installs a system; afterwards it only looks.
    const code = await preparing.exit(30 * 60_000);
    return code === 0 ? undefined : preparing.stderr.trim();
  } finally {
    await preparing.stop();
  }
};

/** The folder with the installation for Windows, as `scripts/wine.mjs start` lays it out. */
export const staged = async (): Promise<string> => {
  // The type that its JSDoc states; the compiler does not read scripts.
  const { stage } = (await import(pathToFileURL(SCRIPT).href)) as {
    stage(checkout: string): Promise<string>;
  };
  return stage(CHECKOUT);
};

/** The daemon as a Windows program. */
export interface WindowsDaemon {
  readonly api: TestClient;
  /** SIGINT to the script that started it; resolves with the exit code. */
  interrupt(): Promise<number | null>;
  /** The exit code, once it has ended by itself. */
  exit(): Promise<number | null>;
}

/**
 * Starts it as a user would, and waits until it listens.
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
    assert.ok(!program.stdout.includes(TOKEN), 'the log knows no token');
    return code;
  };
  return {
    api: client(url, TOKEN, { operations: OPERATIONS }),
    interrupt() {
      program.signal('SIGINT');
      return exit();
    },
    exit,
  };
};

/** The machine's own settings, for proxies and places, but none of this daemon or of the test runner. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WINSOCKD_.*|NODE_TEST_CONTEXT)$/.test(name)),
  );
