import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { refuse } from '../../../src/daemon/answers/refusals.js';
import { RefusalLog } from '../../../src/http/gates/refusal-log.js';
import { ThriftyLog } from '../../../src/http/gates/thrifty-log.js';
import { problemOf } from '../../../src/http/problems/problem.js';
import { fail } from '../../../src/winsock/outcome.js';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

const SOCKET = '/v1/sockets/sck_1';
const INFO = 30;
const DEBUG = 20;

/** The lines with a message, without the members that every line has. */
const lines = (logged: readonly string[], message: string): Record<string, unknown>[] =>
  logged
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === message)
    .map(({ time: _time, pid: _pid, hostname: _host, msg: _msg, ms: _ms, requestId, ...rest }) => {
      if (requestId !== undefined) assert.match(requestId, /^req-[0-9a-z]+$/);
      return rest;
    });

test('a call that succeeds is one line at debug, with its ids', async (t) => {
  const { api, logged } = await build(t, {
    answers: { close: () => ({ context: { sessionId: 'ses_1', socketId: 'sck_1' } }) },
  });
  await api.ok.post(`${SOCKET}/close`);
  assert.deepEqual(lines(logged, 'call'), [
    {
      level: DEBUG,
      operation: 'close',
      owner: 'alice',
      sessionId: 'ses_1',
      socketId: 'sck_1',
    },
  ]);
});

test('a call that fails is one line at info, with the code or the refusal', async (t) => {
  const { api, logged } = await build(t, {
    answers: {
      sendDisconnect: () => ({
        answer: fail('WSAENOTCONN', 'WSASendDisconnect'),
        context: { sessionId: 'ses_1', socketId: 'sck_1' },
      }),
      close: () => ({ answer: refuse('quota', 'Enough.') }),
    },
  });
  await api.problem.post(`${SOCKET}/sendDisconnect`, {});
  await api.problem.post(`${SOCKET}/close`);
  await api.problem.post(`${SOCKET}/close?junk=1`);
  const common = { level: INFO, owner: 'alice', socketId: 'sck_1' };
  assert.deepEqual(lines(logged, 'call failed'), [
    {
      ...common,
      operation: 'sendDisconnect',
      sessionId: 'ses_1',
      status: 409,
      code: 10057,
      name: 'WSAENOTCONN',
    },
    { ...common, operation: 'close', status: 429, refusal: 'quota' },
    { ...common, operation: 'close', status: 400, refusal: 'validation' },
  ]);
});

test('the beginning of a session is a line at info; a further startup of it is not', async (t) => {
  const { api, logged } = await build(t, {
    answers: {
      startup: ({ sessionId }) => ({
        answer: { ok: true, value: { sessionId: 'ses_1' } },
        ...(sessionId === undefined && { created: { kind: 'session', id: 'ses_1' } }),
      }),
    },
  });
  await api.ok.post('/v1/startup', {});
  await api.ok.post('/v1/startup', { sessionId: 'ses_1' });
  assert.deepEqual(lines(logged, 'session began'), [
    { level: INFO, operation: 'startup', owner: 'alice', sessionId: 'ses_1' },
  ]);
  assert.deepEqual(
    lines(logged, 'call').map(({ sessionId }) => sessionId),
    ['ses_1'],
  );
});

test('a request that a gate or the parser refuses is a line at info, without the query', async (t) => {
  const { api, port, logged } = await build(t);
  await api.as(undefined).problem.post(`${SOCKET}/close?token=canary`);
  await api.problem.get('/v1/none');
  await api.problem.put(`${SOCKET}/close`);
  await api.problem.post(`${SOCKET}/close`, '{', { headers: { 'content-type': 'application/json' } });
  await rawProblem(port, 'NONSENSE\r\n\r\n', 400);
  const refused = (status: number, type: string, method?: string, path?: string) => ({
    level: INFO,
    status,
    type: `/problems/${type}`,
    ...(method && { method, path }),
  });
  assert.deepEqual(lines(logged, 'request refused'), [
    refused(401, 'unauthorized', 'POST', `${SOCKET}/close`),
    refused(404, 'not-found', 'GET', '/v1/none'),
    refused(405, 'method-not-allowed', 'PUT', `${SOCKET}/close`),
    refused(400, 'malformed-json', 'POST', `${SOCKET}/close`),
    refused(400, 'bad-request'),
  ]);
});

test('many refusals make ten lines a second, and one with the number of the others', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const logged: string[] = [];
  const thrifty = new ThriftyLog(pino({}, { write: (line: string) => void logged.push(line) }));
  const log = new RefusalLog(thrifty);
  const problem = problemOf(refuse('unauthorized', 'No.'), { requestId: 'req-1' });
  for (let i = 0; i < 1000; i++) log.note(problem, { method: 'GET', url: `/${'a'.repeat(5000)}` });
  assert.equal(logged.length, 10);
  assert.ok(logged.join('').length < 5000);
  t.mock.timers.tick(1000);
  assert.deepEqual(lines(logged, 'more of: request refused'), [{ level: INFO, leftOut: 990 }]);
  log.note(problem);
  t.mock.timers.tick(1000);
  assert.equal(logged.length, 12, 'the next second counts anew, and has no line about zero others');
});

test('a path cannot add lines to the log', async (t) => {
  const { port, logged } = await build(t);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  await rawProblem(port, `GET /v1/\x1b[2J%0a\x80 HTTP/1.1\r\n${head}`, 400);
  await rawProblem(port, `GET /v1/%0a%1bx HTTP/1.1\r\n${head}`, 404);
  for (const line of logged) assert.match(line, /^[^\p{Cc}]+\n$/u);
});

test('the log contains neither tokens nor payload', async (t) => {
  const { api, port, logged } = await build(t, {
    answers: { sendDisconnect: ({ disconnectData }) => (disconnectData ? {} : { answer: failed }) },
  });
  const failed = fail('WSAENOTCONN', 'WSASendDisconnect');
  const path = `${SOCKET}/sendDisconnect`;
  await api.ok.post(path, { disconnectData: { text: 'canary' } });
  await api.problem.post(path, { data: 'canary' });
  await api.problem.post(path, '{"canary"');
  await api.problem.post(`${path}?canary=canary`, {});
  await api.problem.post(path, 'canary', { headers: { 'content-type': 'text/canary' } });
  await api.as('canary-token').problem.post(path, {});
  await api.problem.get('/v1/none?canary#');
  await api.problem.post(path, {}, { headers: { origin: 'http://canary.example' } });
  await rawProblem(port, `POST ${path} HTTP/1.1\r\nHost: canary\r\n\r\n`, 421);
  await rawProblem(port, `POST ${path} HTTP/1.1\r\ncanary\r\n\r\n`, 400);
  assert.ok(logged.length >= 10);
  assert.doesNotMatch(logged.join(''), /canary|token-of-alice/);
});

test('WSAEWOULDBLOCK is a line at debug', async (t) => {
  const { api, logged } = await build(t, {
    answers: { sendDisconnect: () => ({ answer: fail('WSAEWOULDBLOCK', 'WSASendDisconnect') }) },
  });
  await api.problem.post(`${SOCKET}/sendDisconnect`, {});
  assert.deepEqual(
    lines(logged, 'call failed').map(({ level, name }) => [level, name]),
    [[DEBUG, 'WSAEWOULDBLOCK']],
  );
});

test('each owner makes ten lines of a message a second, and one with the number of the others', async (t) => {
  const bob = 'token-of-bob-0123456789';
  const { app, api, logged } = await build(t, {
    tokens: [
      { name: 'alice', token: TOKEN },
      { name: 'bob', token: bob },
    ],
    answers: {
      close: () => ({ answer: refuse('quota', 'Enough.') }),
      sendDisconnect: () => Promise.reject(new Error('a bug')),
      startup: () => ({
        answer: { ok: true, value: { sessionId: 'ses_1' } },
        created: { kind: 'session', id: 'ses_1' },
      }),
    },
  });
  const times = 100;
  for (let i = 0; i < times; i++) {
    await api.problem.post(`${SOCKET}/close`);
    await api.problem.post(`${SOCKET}/sendDisconnect`, {});
    await api.ok.post('/v1/startup', {});
  }
  const before = logged.length;
  await api.as(bob).problem.post(`${SOCKET}/close`);
  // If a second ends just now, there are also lines with the numbers of alice.
  assert.ok(logged.slice(before).some((line) => JSON.parse(line).owner === 'bob'));
  await app.close();
  for (const message of ['call failed', 'request failed by a bug', 'session began']) {
    const written = lines(logged, message).filter(({ owner }) => owner !== 'bob').length;
    const leftOut = lines(logged, `more of: ${message}`).reduce((sum, line) => sum + Number(line.leftOut), 0);
    assert.equal(written + leftOut, times, message);
    assert.ok(leftOut > 0, message);
  }
});
