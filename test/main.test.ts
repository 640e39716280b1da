import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { client } from './http/client.js';
import { isWine } from './is-wine.js';
import { folder } from './places.js';
import { IMPORTED_FIRST, RECORDING } from './recording.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const onPosix = { skip: process.platform === 'win32' ? 'Windows has no signals between processes' : false };
const TOKEN = 'token-of-the-test-0123';

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, null when a signal ended it. */
  readonly exit: Promise<number | null>;
  /** The URL, once it listens. */
  readonly url: () => Promise<string>;
}

const start = (t: TestContext, env: Record<string, string> = {}, args: readonly string[] = []): Run => {
  const child = spawn(process.execPath, [...IMPORTED_FIRST, MAIN, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      WINSOCKD_PORT: '0',
      WINSOCKD_PROVIDER: 'lab',
      ...RECORDING,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exit = once(child, 'close').then(([code]): number | null => code);
  const url = async (): Promise<string> => {
    for (;;) {
      const found = /listening on (https?:\/\/[^"\s]+)/.exec(stdout)?.[1];
      if (found !== undefined) return found;
      await Promise.race([once(child.stdout, 'data'), exit.then(() => Promise.reject(new Error(stderr)))]);
    }
  };
  return { child, stdout: () => stdout, stderr: () => stderr, exit, url };
};

test('--help and --version', async (t) => {
  const help = start(t, {}, ['--help']);
  assert.equal(await help.exit, 0);
  assert.match(help.stdout(), /^Usage: winsockd/);
  const version = start(t, {}, ['--version']);
  assert.equal(await version.exit, 0);
  const { version: wanted } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  assert.equal(version.stdout(), `${wanted}\n`);
});

test('--help into a pipe that nobody reads is silent, to a full disk one line', onPosix, async (t) => {
  const run = async (command: string): Promise<string> => {
    const child = spawn('bash', ['-c', command, process.execPath, MAIN], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill());
    let stderr = '';
    for await (const chunk of child.stderr) stderr += String(chunk);
    return stderr;
  };
  assert.equal(await run('{ "$0" "$1" --help; echo "$?" >&2; } | true'), '1\n');
  const full = 'winsockd: standard output: ENOSPC: no space left on device, write\n1\n';
  if (existsSync('/dev/full')) assert.equal(await run('"$0" "$1" --help >/dev/full; echo "$?" >&2'), full);
});

const noLists = { skip: isWine() && 'Wine keeps no file to its owner, so none is made' };

test('--make-token-file makes a token for one owner, once', noLists, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'winsockd-main-'));
  t.after(() => rmSync(state, { recursive: true }));
  const file = join(state, 'rig', 'bob.token');
  const made = start(t, {}, ['--make-token-file', file]);
  assert.equal(await made.exit, 0);
  assert.equal(made.stdout(), `A new token is in ${file}\n`);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, 'utf8').trim();
  const again = start(t, {}, ['--make-token-file', file]);
  assert.equal(await again.exit, 1);
  assert.equal(again.stderr(), `winsockd: ${file} exists already\n`);
  const config = join(state, 'config.json');
  writeFileSync(config, JSON.stringify({ tokens: [{ name: 'bob', tokenFile: file }] }));
  const daemon = start(t, {}, ['--config', config]);
  await client(await daemon.url(), token).ok.get('/v1');
});

test('a command line that makes no sense is 2, a start that cannot be is 1, each in one line', async (t) => {
  const cases: readonly [number, RegExp, Record<string, string>, string[]][] = [
    [2, /^winsockd: Unknown option '--nope'\n$/, {}, ['--nope']],
    [2, /^winsockd: there is no command file\.json$/m, {}, ['file.json']],
    [2, /^winsockd: url takes no more$/m, {}, ['url', 'more']],
    [2, /^winsockd: url makes no token file$/m, {}, ['url', '--make-token-file', '/nowhere/token']],
    [2, /^winsockd: --owner is for url only$/m, {}, ['--owner', 'alice']],
    [1, /^winsockd: WINSOCKD_NOPE: there is no such variable\n$/, { WINSOCKD_NOPE: '1' }, []],
    [1, /^winsockd: \/nowhere\.json: /, {}, ['--config', '/nowhere.json']],
    [
      1,
      /^winsockd: tls\.certFile: \/nowhere cannot be read \(ENOENT\)\n$/,
      { WINSOCKD_TLS_CERT_FILE: '/nowhere', WINSOCKD_TLS_KEY_FILE: '/nowhere' },
      [],
    ],
    [1, /^winsockd: host: 0\.0\.0\.0 is not loopback/, { WINSOCKD_HOST: '0.0.0.0' }, []],
    [
      1,
      /^winsockd: .*provider/,
      { WINSOCKD_PROVIDER: process.platform === 'win32' ? 'posix' : 'ws2_32' },
      [],
    ],
  ];
  for (const [code, message, env, args] of cases) {
    const run = start(t, { WINSOCKD_TOKEN: TOKEN, ...env }, args);
    assert.equal(await run.exit, code, run.stderr());
    assert.match(run.stderr(), message);
    assert.equal(run.stderr().split('\n').length, 2, run.stderr());
  }
});

test('a taken port is said in one line, and no other one is taken instead', onPosix, async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const state = mkdtempSync(join(tmpdir(), 'winsockd-main-'));
  t.after(() => rmSync(state, { recursive: true }));
  const run = start(t, { WINSOCKD_PORT: String(port), XDG_STATE_HOME: state });
  assert.equal(await run.exit, 1);
  assert.equal(
    run.stderr(),
    `winsockd: 127.0.0.1 port ${port} is taken by another program, or by a winsockd that already runs; WINSOCKD_PORT sets another port\n`,
  );
  // The token was never shown, so the next start is the first one again.
  assert.ok(!existsSync(join(state, 'winsockd', 'token')));
});

test('a new token works, and is in its file only where no person looks at a terminal', onPosix, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'winsockd-main-'));
  t.after(() => rmSync(state, { recursive: true }));
  const first = start(t, { XDG_STATE_HOME: state });
  const url = await first.url();
  const file = join(state, 'winsockd', 'token');
  const token = readFileSync(file, 'utf8').trim();
  await client(url, token).ok.get('/v1');
  first.child.kill('SIGTERM');
  assert.equal(await first.exit, 0);
  const told = first
    .stdout()
    .split('\n')
    .filter((line) => line.includes(url));
  assert.equal(told.length, 1, first.stdout());
  assert.equal(told[0]?.split(`${url}/docs`).length, 2);
  assert.ok(!first.stdout().includes(token));
  const page = `http://localhost:${new URL(url).port}/`;
  assert.ok(first.stdout().includes(`open ${page} in a browser; the token is in ${file}`));
  const second = start(t, { XDG_STATE_HOME: state });
  await client(await second.url(), token).ok.get('/v1');
  second.child.kill('SIGTERM');
  await second.exit;
  assert.ok(!second.stdout().includes(token));
  assert.ok(second.stdout().includes(`the token is in ${file}`));
});

test('url prints the page with the token of the file, which only the daemon makes', onPosix, async (t) => {
  const state = folder(t);
  const env = { XDG_STATE_HOME: state, WINSOCKD_PORT: '10093' };
  const file = join(state, 'winsockd', 'token');
  const early = start(t, env, ['url']);
  assert.equal(await early.exit, 1);
  assert.equal(
    early.stderr(),
    `winsockd: ${file}: there is no token yet; start the daemon once, which makes it\n`,
  );
  assert.ok(!existsSync(join(state, 'winsockd')));
  const made = start(t, {}, ['--make-token-file', file]);
  assert.equal(await made.exit, 0);
  const token = readFileSync(file, 'utf8').trim();
  const page = start(t, env, ['url']);
  assert.equal(await page.exit, 0);
  assert.deepEqual([page.stdout(), page.stderr()], [`http://localhost:10093/#token=${token}\n`, '']);
  chmodSync(file, 0o644);
  const refused = start(t, env, ['url']);
  assert.equal(await refused.exit, 1);
  assert.match(refused.stderr(), /others may read or change it/);
  assert.equal(refused.stdout(), '');
});

test('url takes host, port, TLS and tokens of the configuration, and one of several owners', async (t) => {
  const config = join(folder(t), 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      host: '0.0.0.0',
      // Not read: whoever asks for the URL need not be able to read the key.
      tls: { certFile: '/nowhere', keyFile: '/nowhere' },
      tokens: [
        { name: 'alice', token: 'of-alice+0123/456=#%' },
        { name: 'bob', token: 'token-of-bob-0123456789' },
      ],
    }),
  );
  const url = async (...args: readonly string[]): Promise<readonly [number | null, string, string]> => {
    const run = start(t, { WINSOCKD_PORT: '20093' }, ['url', '--config', config, ...args]);
    return [await run.exit, run.stdout(), run.stderr()];
  };
  const alices = 'https://localhost:20093/#token=of-alice%2B0123%2F456%3D%23%25\n';
  assert.deepEqual(await url(), [0, alices, '']);
  assert.deepEqual(await url('--owner', 'bob'), [
    0,
    'https://localhost:20093/#token=token-of-bob-0123456789\n',
    '',
  ]);
  assert.deepEqual(await url('--owner', 'eve'), [
    2,
    '',
    'winsockd: no token has the owner eve; owners: alice, bob\n',
  ]);
  const anyPort = start(t, { WINSOCKD_TOKEN: TOKEN, WINSOCKD_PORT: '0' }, ['url']);
  assert.equal(await anyPort.exit, 1);
  assert.match(anyPort.stderr(), /^winsockd: port: with 0 only the running daemon knows its port; .*\n$/);
  assert.equal(anyPort.stdout(), '');
});

test('a configured token is in no line of a pipe', onPosix, async (t) => {
  const run = start(t, { WINSOCKD_TOKEN: TOKEN });
  const { port } = new URL(await run.url());
  run.child.kill('SIGTERM');
  assert.equal(await run.exit, 0);
  assert.match(run.stdout(), new RegExp(`"open http://localhost:${port}/ in a browser"`));
  assert.ok(!run.stdout().includes(TOKEN));
});

test(
  'at a terminal a new token is shown once, with a command and a URL, and the URL at each start',
  onPosix,
  async (t) => {
    if (spawnSync('script', ['--version']).status !== 0)
      return t.skip('script (util-linux) is not installed');
    const state = folder(t);
    const first = await terminal(t, state);
    const token = readFileSync(join(state, 'winsockd', 'token'), 'utf8').trim();
    assert.ok(first.includes(`-H "Authorization: Bearer ${token}"`), first);
    assert.ok(first.includes(`#token=${token}`), first);
    const second = await terminal(t, state);
    const { port } = new URL(/listening on (\S+)/.exec(second)?.[1] ?? '');
    assert.ok(second.includes(`http://localhost:${port}/#token=${token}`), second);
    assert.equal(second.split(token).length, 2, second);
    assert.ok(second.includes(`the token is in ${join(state, 'winsockd', 'token')}`), second);
  },
);

/** Starts a daemon at a terminal, and ends it when it has shown the URL of the page. Returns what was shown. */
const terminal = async (t: TestContext, state: string): Promise<string> => {
  // script gives the daemon a terminal, and hangs it up when it is ended itself.
  const child = spawn('script', ['-qec', `${process.execPath} ${MAIN}`, '/dev/null'], {
    env: {
      PATH: process.env.PATH ?? '',
      WINSOCKD_PORT: '0',
      WINSOCKD_PROVIDER: 'lab',
      XDG_STATE_HOME: state,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => child.kill());
  let shown = '';
  for await (const chunk of child.stdout) {
    shown += String(chunk);
    if (/#token=\S+\s/.test(shown)) break;
  }
  child.kill();
  return shown;
};

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} drains and exits with 0`, onPosix, async (t) => {
    const run = start(t, { WINSOCKD_TOKEN: TOKEN });
    await client(await run.url(), TOKEN).ok.post('/v1/startup', {});
    run.child.kill(signal);
    assert.equal(await run.exit, 0);
    assert.match(run.stdout(), new RegExp(`"reason":"${signal}"`));
  });
}

test('POST /v1/drain ends the same way', async (t) => {
  const run = start(t, { WINSOCKD_TOKEN: TOKEN });
  const url = await run.url();
  assert.equal((await client(url).problem.post('/v1/drain')).type, '/problems/unauthorized');
  const { status, body } = await client(url, TOKEN).post('/v1/drain');
  assert.deepEqual([status, body], [202, { status: 'draining' }]);
  assert.equal(await run.exit, 0);
});

test('the log of a terminal can be had elsewhere too', onPosix, async (t) => {
  const run = start(t, { WINSOCKD_TOKEN: TOKEN, WINSOCKD_LOG_PRETTY: 'on' });
  await run.url();
  run.child.kill('SIGTERM');
  assert.equal(await run.exit, 0);
  assert.match(run.stdout(), /INFO.*: winsockd .* listening on/);
});

test('insecureRemote is warned about', onPosix, async (t) => {
  // The listener itself stays on loopback: only the name is none that the daemon knows as loopback.
  const run = start(t, {
    WINSOCKD_TOKEN: TOKEN,
    WINSOCKD_HOST: '::ffff:127.0.0.1',
    WINSOCKD_INSECURE_REMOTE: 'true',
  });
  await run.url();
  run.child.kill('SIGTERM');
  await run.exit;
  assert.match(run.stdout(), /"level":40.*insecureRemote: listening on .* without TLS/);
});

test('a lesson that is not valid: exit 1, one line with the file, the place and the reason', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-main-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const lesson = {
    id: 'mine',
    title: '<b>',
    summary: 'x',
    minutes: 5,
    providers: ['lab'],
    steps: [{ text: 'x' }],
  };
  const file = join(folder, 'mine.json');
  writeFileSync(file, JSON.stringify(lesson));
  const env = { WINSOCKD_TOKEN: TOKEN, WINSOCKD_LESSONS: folder };
  const bad = start(t, env);
  assert.equal(await bad.exit, 1);
  assert.equal(bad.stderr(), `winsockd: lessons: ${file}: /title: has markup\n`);
  writeFileSync(file, JSON.stringify({ ...lesson, title: 'Mine' }));
  const { lessons } = await client(await start(t, env).url(), TOKEN).ok.get('/v1/lessons');
  assert.equal(lessons.at(-1).title, 'Mine');
  assert.ok(lessons.length > 10);
});
