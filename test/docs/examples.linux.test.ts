/** Runs the examples of the documents as they are written, against a daemon in its own process. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { PRINTED, RUN_BY_CLIENTS } from '../clients/conversation.js';
import * as user from '../clients/user.js';
import { daemonOf, type Env, startDaemon, urlOf } from '../clients/user.js';
import { folder, freePort, newFolder, removeFolder } from '../places.js';
import { CHECKOUT } from '../project/checkout.js';
import { pathToPython } from '../python.js';
import { Program } from '../remote/program.js';
import { canRun, missing } from '../remote/requirements.js';
import { blockOf, PAGES, readDocument } from './markdown.js';

/** The examples that a test has run. */
const ran = new Set<string>();

const block = (name: string): string => {
  ran.add(name);
  return blockOf(`run: ${name}`);
};

/** The environment of a user without settings, with a Python in its PATH. */
const userEnv = (home: string, more: Env = {}): Env => user.userEnv(home, { PATH: pathToPython(), ...more });

/** For the examples of the Python client: as if it were installed. */
const PYTHON_CLIENT: Env = { PYTHONPATH: join(CHECKOUT, 'clients/python/src'), PYTHONDONTWRITEBYTECODE: '1' };

/** The folder of the daemon of all examples that need no other, below which is its token. */
const state = newFolder();
let common: Program;
before(() => {
  common = daemonOf(userEnv(state, { XDG_STATE_HOME: state }));
});
after(async () => {
  await common.stop();
  removeFolder(state);
});

/** The environment of a user of the common daemon. */
const commonEnv = async (home: string, more: Env = {}): Promise<Env> =>
  userEnv(home, { XDG_STATE_HOME: state, WINSOCKD_URL: await urlOf(common), ...more });

/**
 * Runs a program with a text on its standard input, as if pasted into a terminal; fails unless it exits with
 * 0.
 */
const pasted = async (
  t: TestContext,
  argv: readonly string[],
  input: string,
  options: { readonly cwd: string; readonly env: Env },
): Promise<Program> => {
  const program = new Program(argv, { ...options, input });
  t.after(() => program.stop());
  assert.equal(await program.exit(100_000), 0, program.stderr);
  return program;
};

test('the curl examples of docs/ run when pasted into bash', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home, { PORT: String(await freePort()), TMPDIR: home });
  const text = ['curl', 'disconnect data', 'listen and accept', 'read a journal'].map(
    (name) => `${block(name)}echo "== $?"\n`,
  );
  const { stdout, stderr } = await pasted(t, ['bash'], text.join(''), { cwd: home, env });
  assert.equal(stderr, '');
  const [conversation = '', disconnectData = '', listener = '', journal = ''] = stdout.split('== 0\n');
  assert.match(conversation, /^HTTP\/1\.0 200 OK\r$/m);
  assert.match(conversation, /^Content-Length: 108894\r$/m);
  assert.match(conversation, /^every byte arrived$/m);
  assert.match(disconnectData, /^True\nout of paper\n\{"startups":0\}$/m);
  assert.match(listener, /^hello\n\{"startups":0\}$/m);
  assert.match(journal, /^2 socket ok \n3 send failed WSAENOTCONN\n4 close ok \n/m);
});

test('the curl example also takes the token from WINSOCKD_TOKEN', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const token = { WINSOCKD_TOKEN: 'token-of-the-readme-0123' };
  const url = await startDaemon(t, userEnv(home, token));
  const env = userEnv(home, { ...token, WINSOCKD_URL: url, PORT: String(await freePort()), TMPDIR: home });
  const { stdout, stderr } = await pasted(t, ['bash'], block('curl'), { cwd: home, env });
  assert.equal(stderr, '');
  assert.match(stdout, /^every byte arrived$/m);
});

test('the curl example of README.md runs when pasted into bash', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home, { PORT: String(await freePort()) });
  const { stdout, stderr } = await pasted(t, ['bash'], block('readme curl'), { cwd: home, env });
  assert.equal(stderr, '');
  assert.match(stdout, /"code":10058,"name":"WSAESHUTDOWN"/);
  assert.match(stdout, /HTTP\/1\.0 200 OK/);
  assert.match(stdout, /\{"startups":0\}\n$/);
});

test('the curl example of README.md says what is wrong: no daemon, a wrong token', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const token = { WINSOCKD_TOKEN: 'token-of-nobody-0123' };
  const wrong = [
    [`http://127.0.0.1:${await freePort()}`, /^no answer: does the daemon run\?$/m],
    [await urlOf(common), /"status":401,/],
  ] as const;
  for (const [url, says] of wrong) {
    const env = userEnv(home, { ...token, WINSOCKD_URL: url, PORT: String(await freePort()) });
    const { stdout, stderr } = await pasted(t, ['bash'], block('readme curl'), { cwd: home, env });
    assert.equal(stdout, '');
    assert.match(stderr, says);
  }
});

test('the examples of raw bytes: curl, and Python', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const curl = await pasted(t, ['bash'], block('raw bytes curl'), { cwd: home, env });
  assert.equal(curl.stderr, '');
  const said = '{"bytesSent":3388895}\n{"bytesSent":3500001}\ncurl: 0\nevery byte arrived\n';
  assert.equal(curl.stdout.slice(0, said.length), said);
  assert.match(curl.stdout, /^winsock-bytes: 0\r\nwinsock-eof: true\r\nwinsock-truncated: false\r$/im);
  const python = await pasted(t, ['python3', '-'], block('raw bytes python'), { cwd: home, env });
  assert.equal(python.stdout, 'sent 10485760\nreceived 10485760\n');
});

test('the Python example of README.md runs', async (t) => {
  if (!canRun(t, missing('python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home, PYTHON_CLIENT);
  const { stdout } = await pasted(t, ['python3', '-'], block('readme python'), { cwd: home, env });
  assert.equal(stdout, 'True\nout of paper\n');
});

test('the example of a call with the Python client', async (t) => {
  if (!canRun(t, missing('python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home, PYTHON_CLIENT);
  const { stdout } = await pasted(t, ['python3', '-'], block('python call'), { cwd: home, env });
  assert.equal(stdout, "bound ['socket', 'bind']\n");
});

for (const { name, argv } of [
  { name: 'curl', argv: ['bash'] },
  { name: 'python', argv: ['python3', '-'] },
] as const)
  test(`the conversation in ${name}`, async (t) => {
    if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
    const home = folder(t);
    const env = await commonEnv(home, PYTHON_CLIENT);
    const { stdout, stderr } = await pasted(t, argv, block(`${name} conversation`), { cwd: home, env });
    assert.deepEqual([stdout, stderr], [PRINTED, '']);
    // A section header block of pcapng begins with this number.
    assert.equal(readFileSync(join(home, 'client.pcapng')).readUInt32LE(), 0x0a0d0d0a);
  });

test('the JSON-RPC example of README.md runs when pasted into bash', async (t) => {
  if (!canRun(t, missing('bash', 'curl'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout, stderr } = await pasted(t, ['bash'], block('readme json-rpc'), { cwd: home, env });
  assert.equal(stderr, '');
  const [begun, batch] = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  assert.deepEqual([begun.id, begun.result.version], [1, '2.2']);
  const { outcome, steps } = batch.result;
  assert.deepEqual([batch.id, outcome, steps[2].problem.code], [2, 'failed', 10057]);
});

test('the JSON-RPC example in curl, pasted whole into bash', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout, stderr } = await pasted(t, ['bash'], block('json-rpc curl'), { cwd: home, env });
  assert.equal(stderr, '');
  const [send, close, cleanup] = JSON.parse(stdout);
  assert.equal(send.error.code, 10057);
  assert.deepEqual([close.result, cleanup.result], [{}, { startups: 0 }]);
});

test('the JSON-RPC example in Python', async (t) => {
  if (!canRun(t, missing('python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout } = await pasted(t, ['python3', '-'], block('json-rpc python'), { cwd: home, env });
  assert.equal(stdout, 'hello\n10056\n');
});

test('the JSON-RPC example in JavaScript, over a WebSocket', async (t) => {
  const home = folder(t);
  const env = await commonEnv(home);
  const node = [process.execPath, '--input-type=module', '-'];
  // The package ws is found from here.
  const { stdout } = await pasted(t, node, block('json-rpc javascript'), { cwd: CHECKOUT, env });
  const lines = stdout.trim().split('\n');
  const events = lines.filter((line) => line.startsWith('operation '));
  assert.deepEqual(
    lines.filter((line) => !events.includes(line)),
    ['hello', '995'],
  );
  const operations = ['socket', 'socket', 'bind', 'listen', 'connect', 'accept', 'send', 'recv', 'recv'];
  assert.deepEqual(events.toSorted(), operations.map((name) => `operation ${name}`).toSorted());
});

test('the example of a stream in JavaScript', async (t) => {
  const home = folder(t);
  const env = await commonEnv(home);
  const node = [process.execPath, '--input-type=module', '-'];
  // The package ws is found from here.
  const { stdout } = await pasted(t, node, block('stream javascript'), { cwd: CHECKOUT, env });
  const lines = stdout.trim().split('\n');
  // The call and the stream have connections of their own.
  assert.deepEqual(
    lines.filter((line) => line !== 'hello'),
    ['opened', 'goodbye', 'end', '1000'],
  );
  assert.ok(lines.includes('hello'));
});

test('the example of a stream in Python', async (t) => {
  const text = block('stream python');
  // Debian's own: its package is not one of another Python.
  const python = '/usr/bin/python3';
  const { status } = spawnSync(python, ['-c', 'import websockets']);
  if (!canRun(t, status === 0 ? undefined : 'python3-websockets is not installed')) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout } = await pasted(t, [python, '-'], text, { cwd: home, env });
  assert.equal(stdout, 'opened\nend\nhello\n');
});

test('the example of a batch', async (t) => {
  if (!canRun(t, missing('bash', 'curl'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout, stderr } = await pasted(t, ['bash'], block('batch'), { cwd: home, env });
  assert.equal(stderr, '');
  const { outcome, steps } = JSON.parse(stdout);
  assert.equal(outcome, 'completed', stdout);
  assert.deepEqual([steps[5].outcome, steps[7].runs], ['expected', 3]);
});

test('the example of an instant: the call begins two seconds later', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout, stderr } = await pasted(t, ['bash'], block('instant'), { cwd: home, env });
  assert.equal(stderr, '');
  const [, wait, late] = /^server-timing: .*wait;dur=([\d.]+), late;dur=([\d.]+)\r$/im.exec(stdout) ?? [];
  assert.ok(Number(wait) > 500 && Number(late) >= 0, stdout);
  assert.match(stdout, /"sessionId":"ses_/);
});

test('the example of an idempotency key', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const env = await commonEnv(home);
  const { stdout, stderr } = await pasted(t, ['bash'], block('idempotency key'), { cwd: home, env });
  assert.equal(stderr, '');
  const [first, second, ...others] = stdout.trimEnd().split('\n');
  assert.match(String(first), /"sessionId":"ses_/);
  assert.deepEqual([second, others], [first, []]);
});

test('the example of a relay', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'python3'))) return;
  const home = folder(t);
  const port = String(await freePort());
  const env = await commonEnv(home, { PORT: port, TMPDIR: home });
  const { stdout, stderr } = await pasted(t, ['bash'], block('relay'), { cwd: home, env });
  assert.equal(stderr, '');
  const exits = [0, 0, 56, 0].map((code, i) => `connection ${i + 1}: curl exits with ${code}\n`);
  assert.equal(stdout, `${exits.join('')}WSAECONNRESET\n`);
});

const COOKBOOK = {
  'half-close conformance': 'the server answers a half-closed client\n',
  'the third send fails': 'each record arrived once, though the third send failed\n',
  'an answer is lost': 'one call, two orders: xmlrpc.client repeats a call whose answer is lost\n',
  'the third send fails for an unchanged program':
    'four pages arrived, the third was cut after 10000 bytes\n',
  'fifty connections reset': '50 clients saw the reset\n',
};

for (const [name, printed] of Object.entries(COOKBOOK)) {
  test(`the example of the cookbook runs: ${name}`, async (t) => {
    if (!canRun(t, missing('python3'))) return;
    const home = folder(t);
    const script = join(home, 'example.py');
    writeFileSync(script, block(name));
    const env = await commonEnv(home, PYTHON_CLIENT);
    const { stdout } = await pasted(t, ['python3', script], '', { cwd: home, env });
    assert.equal(stdout, printed);
  });
}

test('the Python example of docs/ runs', async (t) => {
  if (!canRun(t, missing('python3'))) return;
  const home = folder(t);
  writeFileSync(join(home, 'index.html'), 'served by python');
  const env = await commonEnv(home);
  const { stdout } = await pasted(t, ['python3', '-'], block('python'), { cwd: home, env });
  assert.match(stdout, /^10058 WSAESHUTDOWN\nHTTP\/1\.0 200 OK\r?\n/);
  assert.match(stdout, /served by python\n$/);
});

test('the PowerShell example runs', async (t) => {
  const example = block('powershell');
  const against = missing('pwsh');
  if (against !== undefined) return t.skip(against); // also in CI: the container has no PowerShell
  const home = folder(t);
  writeFileSync(join(home, 'index.html'), 'served by python');
  const env = await commonEnv(home, { PORT: String(await freePort()) });
  const script = join(home, 'example.ps1');
  writeFileSync(script, `$ErrorActionPreference = 'Stop'\n${example}`);
  const { stdout } = await pasted(t, ['pwsh', '-NoProfile', '-File', script], '', {
    cwd: home,
    env,
  });
  assert.match(stdout, /served by python/);
});

test('the examples of a daemon with TLS run: certificate, tokens, configuration, client', async (t) => {
  if (!canRun(t, missing('bash', 'curl', 'openssl'))) return;
  const home = folder(t);
  const tlsFolder = join(home, 'winsockd-tls');
  await pasted(t, ['bash', '-e'], block('tls setup'), { cwd: home, env: userEnv(home) });
  assert.equal(JSON.parse(readFileSync(join(tlsFolder, 'config.json'), 'utf8')).host, '0.0.0.0');
  assert.equal(statSync(join(tlsFolder, 'key.pem')).mode & 0o077, 0);
  const url = await startDaemon(t, userEnv(home, { WINSOCKD_HOST: '127.0.0.1' }), [
    '--config',
    join(tlsFolder, 'config.json'),
  ]);
  // The settings of curl resolve the name of the daemon to this machine, so the example can stay as it is.
  const port = new URL(url).port;
  writeFileSync(join(home, '.curlrc'), `resolve = "winsockd.example:${port}:127.0.0.1"\n`);
  const env = userEnv(home, { WINSOCKD_URL: `https://winsockd.example:${port}`, CURL_HOME: home });
  const client = await pasted(t, ['bash'], block('tls client'), { cwd: tlsFolder, env });
  assert.equal(client.stderr, '');
  assert.equal(JSON.parse(client.stdout).version, JSON.parse(readDocument('package.json')).version);
});

test('the daemon accepts the example of a policy as its configuration', async (t) => {
  const home = folder(t);
  const file = join(home, 'winsockd.json');
  writeFileSync(file, blockOf('file: policy.json'));
  assert.match(await startDaemon(t, userEnv(home), ['--config', file]), /^http:/);
});

test('every example of a program is marked as run, or with the reason why it is not', () => {
  const silent = PAGES.flatMap((page) =>
    [...readDocument(page).matchAll(/^(.*)\n```(bash|csharp|go|java|js|powershell|python|ts)$/gm)]
      .filter(([, before = '']) => !/^<!-- (run|file|client|not run): .+ -->$/.test(before))
      .map(([shown]) => `${page}: ${shown}`),
  );
  assert.deepEqual(silent, []);
});

test('every example that is marked as run has a test here', (t) => {
  // Without them some of the tests have run no example.
  if (!canRun(t, missing('bash', 'curl', 'openssl', 'python3'))) return;
  const marked = PAGES.flatMap((page) =>
    [...readDocument(page).matchAll(/^<!-- run: (.+) -->$/gm)].map(([, name = '']) => name),
  );
  assert.deepEqual(
    marked.filter((name) => !ran.has(name) && !RUN_BY_CLIENTS.includes(name)),
    [],
  );
});
