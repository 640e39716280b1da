import assert from 'node:assert/strict';
import { on } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { CHECKOUT, script } from './checkout.js';
import { stagesOfDockerfile } from './dockerfile.js';

type Environment = Readonly<Record<string, unknown>>;
interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly signal?: AbortSignal;
}
interface Wine {
  prepare(): Promise<Environment>;
  stage(checkout: string): Promise<string>;
  run(environment: Environment, args: readonly string[], options: RunOptions): Promise<number>;
}

/** The arguments of node.exe in an exec form of the runtime stage. */
const argumentsOf = (keyword: string): readonly string[] => {
  const steps = stagesOfDockerfile().find(({ name }) => name === 'runtime')?.steps ?? [];
  const [program, ...args] = steps.find((step) => step.keyword === keyword)?.exec ?? [];
  assert.equal(program, 'node.exe');
  return args;
};

/** Makes the content of C:\winsockd in the image: production packages, built code, configuration. */
const layOut = (t: TestContext, staged: string): string => {
  const folder = join(CHECKOUT, '.cache', 'image');
  const clear = () => rmSync(folder, { recursive: true, force: true });
  clear();
  t.after(clear);
  mkdirSync(folder, { recursive: true });
  for (const path of ['package.json', 'config', 'dist/src', ...productionPackages(staged)]) {
    cpSync(join(staged, path), join(folder, path), { recursive: true });
  }
  cpSync(join(CHECKOUT, 'scripts/container/health.mjs'), join(folder, 'health.mjs'));
  return folder;
};

const productionPackages = (staged: string): string[] => {
  const { packages } = JSON.parse(readFileSync(join(staged, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place]) => place)
    .filter((place) => existsSync(join(staged, place))); // packages of other systems are absent
};

/** Waits for the log line with the address. The output of a program under Wine is a file. */
const listening = async (folder: string, stdout: string, signal: AbortSignal): Promise<URL> => {
  const inOutput = (): URL | undefined => {
    const text = existsSync(stdout) ? readFileSync(stdout, 'utf8') : '';
    const url = /listening on (http:\/\/[^\s"]+)/.exec(text)?.[1];
    return url === undefined ? undefined : new URL(url);
  };
  const watcher = watch(folder);
  try {
    // Watched before the first read, so that a later write is an event.
    const changes = on(watcher, 'change', { signal });
    for (let url = inOutput(); ; url = inOutput()) {
      if (url) return url;
      await changes.next();
    }
  } finally {
    watcher.close();
  }
};

const statusOf = (url: URL): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

it('the command of Dockerfile.windows starts a daemon that serves, is healthy, and drains', {
  timeout: 180_000,
}, async (t) => {
  const wine = await script<Wine>('wine.mjs');
  const environment = await wine.prepare().catch((error: Error) => error);
  if (environment instanceof Error) return t.skip(environment.message);
  const folder = layOut(t, await wine.stage(CHECKOUT));
  const streams = (name: string) => ({
    stdout: join(folder, `${name}.out`),
    stderr: join(folder, `${name}.err`),
  });

  const stop = new AbortController();
  t.after(() => stop.abort());
  const ended = wine.run(environment, argumentsOf('CMD'), {
    cwd: folder,
    env: { NODE_ENV: 'production', WINSOCKD_PORT: '0', WINSOCKD_TOKEN: 'a-token-for-this-test' },
    signal: stop.signal,
    ...streams('daemon'),
  });
  const early = ended.then((code) => {
    throw new Error(`ended with ${code}: ${readFileSync(streams('daemon').stderr, 'utf8')}`);
  });
  early.catch(() => undefined); // it does end, later
  const url = await Promise.race([listening(folder, streams('daemon').stdout, stop.signal), early]);
  assert.equal(await statusOf(new URL('/health/live', url)), 200);

  const health = (port: string) =>
    wine.run(environment, argumentsOf('HEALTHCHECK'), {
      cwd: folder,
      env: { WINSOCKD_PORT: port },
      ...streams('health'),
    });
  assert.equal(await health(url.port), 0, 'healthy');
  assert.equal(await health('1'), 1, 'unhealthy without a listener');

  stop.abort();
  assert.equal(await ended, 0, readFileSync(streams('daemon').stdout, 'utf8'));
});
