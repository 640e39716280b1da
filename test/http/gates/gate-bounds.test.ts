import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import { acceptedHosts } from '../../../src/http/gates/host-gate.js';
import { RefusalLog } from '../../../src/http/gates/refusal-log.js';
import { problemOf } from '../../../src/http/problems/problem.js';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

/** Both sides of the bounds that the gates draw. */

const CLOSE = '/v1/sockets/sck_1/close';

test('the Host header is judged too where the target has an authority of its own', async (t) => {
  const { port, calls } = await build(t);
  const own = `POST http://127.0.0.1:${port}${CLOSE} HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const problem = await rawProblem(port, `${own}Host: a,b\r\n\r\n`, 400);
  assert.equal(problem.type, '/problems/bad-host');
  assert.equal(calls.length, 0);
});

test("a name without a port means the scheme's default one, and no other", () => {
  const hosts = (tls: boolean, port: number) =>
    acceptedHosts({ host: '127.0.0.1', allowedHosts: [], tls }, port).has('localhost');
  assert.deepEqual(
    [hosts(true, 443), hosts(true, 80), hosts(false, 80), hosts(false, 443)],
    [true, false, true, false],
  );
});

test('a Referer counts as an Origin where there is none', async (t) => {
  const { port, api } = await build(t, { allowedOrigins: ['https://rig.example:8443'] });
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await api.post(CLOSE, undefined, { headers })).status;
  assert.equal(await status({ referer: 'https://rig.example:8443/page' }), 200);
  assert.equal(await status({ referer: 'https://rig.example/page' }), 403);
  // It says this page, the browser says another: the browser knows.
  const own = `http://127.0.0.1:${port}/docs`;
  assert.equal(await status({ referer: own, 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await status({ referer: own, 'sec-fetch-site': 'cross-site' }), 403);
});

test('a target of 8192 characters is taken, a longer one is not', async (t) => {
  const { port } = await build(t);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  const target = (length: number): string => `/v1/none?${'a'.repeat(length)}`.slice(0, length);
  await rawProblem(port, `GET ${target(8192)} HTTP/1.1\r\n${head}`, 404);
  await rawProblem(port, `GET ${target(8193)} HTTP/1.1\r\n${head}`, 414);
});

test('a dot segment is one however its slashes are written', async (t) => {
  const { port } = await build(t);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  for (const target of ['/v1/../docs', '/v1/..%2fdocs', '/v1%2f../docs', '/v1%2F%2e%2E%2Fdocs', '/v1/..']) {
    const { type } = await rawProblem(port, `GET ${target} HTTP/1.1\r\n${head}`, 400);
    assert.equal(type, '/problems/bad-request', target);
  }
  await rawProblem(port, `GET /v1/..docs HTTP/1.1\r\n${head}`, 404);
});

test('a page without secrets needs no token, whatever its query', async (t) => {
  const { port } = await build(t);
  const answer = await fetch(`http://127.0.0.1:${port}/health/live?a=?/v1`);
  assert.equal(answer.status, 200);
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1?/docs/`)).status, 401);
});

test('after a second of many refusals the next ones have lines of their own again', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const logged: string[] = [];
  const log = new RefusalLog(pino({}, { write: (line: string) => void logged.push(line) }));
  const problem = problemOf(refuse('unauthorized', 'No.'), { requestId: 'req-1' });
  for (let i = 0; i < 11; i++) log.note(problem);
  t.mock.timers.tick(1000);
  const before = logged.length;
  log.note(problem);
  assert.deepEqual(
    logged.slice(before).map((line) => JSON.parse(line).msg),
    ['request refused'],
  );
});
