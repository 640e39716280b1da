/** The examples of README.md, executed as they are written, against a daemon in a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { blockOf, ROOT, readDocument } from './markdown.js';

const readme = readDocument('README.md');
const block = (name: string): string => blockOf(readme, `run: ${name}`).text;

/** Whether the tools are there; without them a skip that names them, in CI a failure. */
const needs = (t: TestContext, ...tools: readonly string[]): boolean => {
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing.length === 0) return true;
  assert.notEqual(process.env.CI, 'true', `missing: ${missing.join(', ')}`);
  t.skip(`not installed: ${missing.join(', ')}`);
  return false;
};

const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'winsockd-readme-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** A port that was free a moment ago, for servers that are told theirs. */
const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
};

type Env = Readonly<Record<string, string>>;

/** The environment of a user who has set nothing up: a home of its own, no proxy, no settings of this daemon. */
const userEnv = (home: string, more: Env = {}): Env => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  XDG_STATE_HOME: join(home, 'state'),
  ...more,
});

/** A daemon as `npm start` would run it, on a free port; resolves with its URL when it listens. */
const daemon = async (t: TestContext, env: Env, args: readonly string[] = []): Promise<string> => {
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/main.js'), ...args], {
    env: { WINSOCKD_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    const url = /winsockd \S+ listening on (https?:\/\/[^"\s]+)/.exec(log)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return url;
  }
  return assert.fail(`the daemon did not start: ${log}`);
};

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with a text on its standard input, as a terminal gets what is pasted. */
const pasted = async (
  command: string,
  args: readonly string[],
  text: string,
  options: { readonly cwd: string; readonly env: Env },
): Promise<Finished> => {
  const child: ChildProcess = spawn(command, args, {
    ...options,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  child.stdin?.end(text);
  const [code] = await once(child, 'close');
  return { code, ...output };
};

test('the curl examples, pasted whole into bash', async (t) => {
  if (!needs(t, 'bash', 'curl', 'python3')) return;
  const home = folder(t);
  const url = await daemon(t, userEnv(home));
  const env = userEnv(home, { WINSOCKD_URL: url, PORT: String(await freePort()), TMPDIR: home });
  const text = ['curl', 'disconnect data', 'listen and accept'].map((name) => `${block(name)}echo "== $?"\n`);
  const { code, stdout, stderr } = await pasted('bash', [], text.join(''), { cwd: home, env });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const [conversation = '', disconnectData = '', listener = ''] = stdout.split('== 0\n');
  assert.match(conversation, /^HTTP\/1\.0 200 OK\r$/m);
  assert.match(conversation, /^Content-Length: 588895\r$/m);
  assert.match(conversation, /^every byte arrived$/m);
  assert.match(disconnectData, /^True\nout of paper\n\{"startups":0\}$/m);
  assert.match(listener, /^hello\n\{"startups":0\}$/m);
});

test('the curl example takes the token from WINSOCKD_TOKEN, too', async (t) => {
  if (!needs(t, 'bash', 'curl', 'python3')) return;
  const home = folder(t);
  const token = { WINSOCKD_TOKEN: 'token-of-the-readme-0123' };
  const url = await daemon(t, userEnv(home, token));
  const env = userEnv(home, { ...token, WINSOCKD_URL: url, PORT: String(await freePort()), TMPDIR: home });
  const { stdout, stderr } = await pasted('bash', [], block('curl'), { cwd: home, env });
  assert.equal(stderr, '');
  assert.match(stdout, /^every byte arrived$/m);
});

test('the Python example', async (t) => {
  if (!needs(t, 'python3')) return;
  const home = folder(t);
  writeFileSync(join(home, 'index.html'), 'served by python');
  const env = userEnv(home, { WINSOCKD_URL: await daemon(t, userEnv(home)) });
  const { code, stdout, stderr } = await pasted('python3', ['-'], block('python'), { cwd: home, env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^10058 WSAESHUTDOWN\nHTTP\/1\.0 200 OK\r?\n/);
  assert.match(stdout, /served by python\n$/);
});

test('the PowerShell example', async (t) => {
  if (spawnSync('sh', ['-c', 'command -v pwsh']).status !== 0) return t.skip('not installed: pwsh');
  const home = folder(t);
  writeFileSync(join(home, 'index.html'), 'served by python');
  const env = userEnv(home, {
    WINSOCKD_URL: await daemon(t, userEnv(home)),
    PORT: String(await freePort()),
  });
  const script = join(home, 'example.ps1');
  writeFileSync(script, `$ErrorActionPreference = 'Stop'\n${block('powershell')}`);
  const { code, stdout, stderr } = await pasted('pwsh', ['-NoProfile', '-File', script], '', {
    cwd: home,
    env,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /served by python/);
});

test('the rig with TLS: certificate, tokens, configuration, a client', async (t) => {
  if (!needs(t, 'bash', 'curl', 'openssl')) return;
  const home = folder(t);
  const rig = join(home, 'winsockd-rig');
  const setup = await pasted('bash', ['-e'], block('tls setup'), { cwd: home, env: userEnv(home) });
  assert.equal(setup.code, 0, setup.stderr);
  assert.equal(JSON.parse(readFileSync(join(rig, 'config.json'), 'utf8')).host, '0.0.0.0');
  assert.equal(statSync(join(rig, 'key.pem')).mode & 0o077, 0);
  const url = await daemon(t, userEnv(home, { WINSOCKD_HOST: '127.0.0.1' }), [
    '--config',
    join(rig, 'config.json'),
  ]);
  // The name of the rig leads to this machine: curl reads that from its settings, the example stays as it is.
  const port = new URL(url).port;
  writeFileSync(join(home, '.curlrc'), `resolve = "rig.example:${port}:127.0.0.1"\n`);
  const env = userEnv(home, { WINSOCKD_URL: `https://rig.example:${port}`, CURL_HOME: home });
  const client = await pasted('bash', [], block('tls client'), { cwd: rig, env });
  assert.equal(client.stderr, '');
  assert.equal(JSON.parse(client.stdout).version, JSON.parse(readDocument('package.json')).version);
});
