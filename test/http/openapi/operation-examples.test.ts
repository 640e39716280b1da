/** The examples of the document are what a client really gets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { causesOf } from '../../../src/http/problems/causes.js';
import { Validator } from '../../../src/operations/dispatch/validation.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { currentOpenApi } from '../../../src/write-openapi.js';
import { startDaemon, startSession, type TestDaemon } from '../../scenarios/test-daemon.js';
import type { Body } from '../client.js';

const document = JSON.parse(await currentOpenApi());

const described = (operationId: string): Body =>
  Object.values<Body>(document.paths)
    .flatMap((item) => Object.values<Body>(item))
    .find((operation) => operation.operationId === operationId);

const nowhere = 'sck_none';
const noSession = 'ses_none';

/** Real problems of the lab: the operation, and how a client comes by the problem. */
const PROVOKED: readonly [string, (r: TestDaemon) => Promise<Body>][] = [
  ['close', (r) => r.api.as(undefined).problem.post(`/v1/sockets/${nowhere}/close`)],
  ['close', (r) => r.api.problem.post(`/v1/sockets/${nowhere}/close`)],
  ['close', (r) => r.api.problem.post(`/v1/sockets/${nowhere}/close`, {}, { headers: { host: 'x' } })],
  ['close', (r) => r.api.problem.post(`/v1/sockets/${nowhere}/close`, {}, { headers: { origin: 'null' } })],
  ['send', (r) => r.api.problem.post(`/v1/sockets/${nowhere}/send`, Buffer.from([0x22, 0xff, 0x22]))],
  ['send', (r) => r.api.problem.post(`/v1/sockets/${nowhere}/send`, ' '.repeat(9 << 20))],
  [
    'send',
    (r) =>
      r.api.problem.post(`/v1/sockets/${nowhere}/send`, '{}', { headers: { 'content-type': 'text/plain' } }),
  ],
  ['startup', (r) => r.api.problem.post('/v1/startup', { sessionId: noSession })],
  ['startup', (r) => r.api.problem.post('/v1/startup', { version: '0.9' })],
  ['startup', (r) => r.api.problem.post('/v1/startup', { unknown: 1 })],
  ['getSession', (r) => r.api.problem.get(`/v1/sessions/${noSession}`)],
  ['send', async (r) => (await stream(r)).problem('send', { data: { text: 'hello' } })],
  ['send', async (r) => (await stream(r)).problem('send', { data: { text: 'hello', len: 6 } })],
  ['send', async (r) => (await stream(r)).problem('send', { unknown: 1, data: { text: 'hello' } })],
  ['sendDisconnect', async (r) => (await stream(r)).problem('sendDisconnect')],
  [
    'connect',
    async (r) =>
      (await stream(r)).problem('connect', { address: { family: 'AF_INET', address: '127.0.0.1', port: 1 } }),
  ],
  [
    'close',
    async (r) => {
      const socket = await stream(r);
      await socket.ok('close');
      return socket.problem('close');
    },
  ],
  [
    'endSession',
    async (r) => {
      const { path } = await startSession(r, 'lab');
      await r.api.ok.delete(path);
      return r.api.problem.delete(path);
    },
  ],
];

const stream = async (r: TestDaemon) => (await startSession(r, 'lab')).stream();

test('a problem that a client gets is among the causes of its operation', async (t) => {
  const r = await startDaemon(t);
  for (const [operation, provoke] of PROVOKED) {
    const problem = await provoke(r);
    const op = OPERATIONS.find(({ name }) => name === operation) ?? assert.fail(operation);
    const name = problem.type.slice('/problems/'.length);
    const listed = causesOf(op).some((cause) => cause.name === name && cause.status === problem.status);
    assert.ok(listed, `${operation} ${problem.status} ${name}`);
  }
});

test('the examples of requests and results fit their schemas', () => {
  const validator = new Validator();
  for (const op of OPERATIONS) {
    const { name, example: { params, requests = {}, result } = {} } = op;
    const elsewhere = {
      ...(op.scope === 'session' && { sessionId: noSession }),
      ...(op.scope === 'socket' && { socketId: nowhere }),
      ...(name === 'setSockOpt' && { level: 'SOL_SOCKET', name: 'SO_KEEPALIVE' }),
    };
    for (const one of [...(params ? [params] : []), ...Object.values(requests).map((each) => each.params)]) {
      assert.equal(validator.params(op)({ ...elsewhere, ...one }), undefined, name);
    }
    if (result) assert.deepEqual(validator.resultErrors(op)(result), [], name);
  }
});

test('a Location is documented where something is created', () => {
  assert.ok(described('startup').responses[200].headers.Location);
  assert.ok(described('socket').responses[201].headers.Location);
  assert.equal(described('send').responses[200].headers.Location, undefined);
});

test('the headers of answers are documented, on every route', async (t) => {
  const { AnyProblem } = document.components.responses;
  for (const item of Object.values<Body>(document.paths)) {
    for (const { operationId, responses } of Object.values<Body>(item)) {
      for (const [status, { $ref, headers = AnyProblem.headers }] of Object.entries<Body>(responses)) {
        assert.equal($ref !== undefined, status === 'default');
        for (const name of ['X-Request-Id', 'Server-Timing']) {
          assert.ok(headers?.[name], `${operationId} ${status} ${name}`);
        }
      }
    }
  }
  for (const name of ['WWW-Authenticate', 'Retry-After', 'Allow']) assert.ok(AnyProblem.headers[name], name);
  const { api } = await startDaemon(t);
  assert.ok((await api.as(undefined).post('/v1/startup')).headers['www-authenticate']);
});

test('GET /v1 answers what is documented', async (t) => {
  const { api } = await startDaemon(t);
  const about = await api.ok.get('/v1');
  const { About, AboutLimits } = document.components.schemas;
  assert.deepEqual(Object.keys(about), Object.keys(About.properties));
  assert.deepEqual(Object.keys(about.limits).sort(), Object.keys(AboutLimits.properties).sort());
});
