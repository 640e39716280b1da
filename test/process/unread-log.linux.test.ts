/** Standard output is an unread pipe, as from a supervisor that only starts programs. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { client, type TestClient } from '../http/client.js';
import { freePort } from '../places.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const TOKEN = 'token-of-the-test-0123';
const BUFFER_BYTES = 65_536;
const PIPE_BYTES = 65_536;

interface Run {
  readonly child: ChildProcess;
  readonly api: TestClient;
  /** Reads the content of the pipe; returns everything read so far. */
  read(): string;
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

const start = async (t: TestContext, pretty: 'on' | 'off'): Promise<Run> => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  const writer = openSync(path, 'w');
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      WINSOCKD_PORT: '0',
      WINSOCKD_PROVIDER: 'lab',
      WINSOCKD_TOKEN: TOKEN,
      WINSOCKD_LOG_LEVEL: 'debug',
      WINSOCKD_LOG_PRETTY: pretty,
      WINSOCKD_LOG_BUFFER_BYTES: String(BUFFER_BYTES),
    },
    stdio: ['ignore', writer, 'inherit'],
  });
  closeSync(writer);
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  const buffer = Buffer.alloc(PIPE_BYTES);
  const read = (): string => {
    try {
      for (let n = 1; n > 0; ) {
        n = readSync(reader, buffer);
        text += buffer.toString('latin1', 0, n);
      }
    } catch (error) {
      assert.equal(Object(error).code, 'EAGAIN');
    }
    return text;
  };
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (const began = performance.now(); performance.now() - began < 20_000; ) {
      const found = pattern.exec(read());
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail(`${pattern} never came: ${text.slice(-500)}`);
  };
  const [, url = ''] = await until(/listening on (http:\/\/[^"\s]+)/);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  return { child, api: client(url, TOKEN, { agent }), read, until };
};

/** Makes calls whose log lines exceed the pipe and the buffer. */
const talk = async (api: TestClient): Promise<number> => {
  const calls = 2000;
  const steps = [{ operation: 'listSessions', repeat: calls }];
  assert.equal((await api.ok.post('/v1/batch', { steps })).steps[0].runs, calls);
  return calls;
};

for (const pretty of ['off', 'on'] as const) {
  test(`the daemon answers, and later logs how many lines were discarded: pretty ${pretty}`, async (t) => {
    const { child, api, read, until } = await start(t, pretty);
    const before = read().length;
    const calls = await talk(api);
    await api.ok.get('/health/live');
    const [, lines] = await until(
      pretty === 'off'
        ? /"lines":(\d+),"msg":"lines of the log were dropped/
        : /dropped: nobody took them\n +lines: (\d+)/,
    );
    const written =
      read()
        .slice(before)
        .match(pretty === 'off' ? /"msg":"call"/g : /DEBUG.*: call\n/g)?.length ?? 0;
    assert.equal(written + Number(lines), calls);
    assert.ok(Number(lines) > 0 && written > 0);
    assert.ok(read().length - before < 2 * (PIPE_BYTES + BUFFER_BYTES));
    // While the pipe is read, no line is lost at the end.
    child.kill('SIGTERM');
    await until(/stopped/);
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0);
  });
}

test('a daemon with an unread log still ends', async (t) => {
  const { child, api } = await start(t, 'off');
  await talk(api);
  const began = performance.now();
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  assert.equal(code, 0);
  assert.ok(performance.now() - began < 10_000);
});

test('a daemon with its log on a full disk still ends', async (t) => {
  const full = openSync('/dev/full', 'w');
  const port = await freePort();
  const env = { WINSOCKD_PORT: String(port), WINSOCKD_PROVIDER: 'lab', WINSOCKD_TOKEN: TOKEN };
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', full, 'inherit'],
  });
  closeSync(full);
  t.after(() => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}/health/live`;
  for (let tries = 0; ; tries++) {
    // The log cannot show when it listens.
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    assert.ok(tries < 400, 'it listens');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  assert.equal(code, 0);
});
