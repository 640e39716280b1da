/** Examples and problems of the document compared with the answers of a daemon. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { causesOf } from '../../../src/http/problems/causes.js';
import { paramsCheck, resultErrors } from '../../../src/operations/dispatch/validation.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { currentOpenApi } from '../../../src/write-openapi.js';
import { startDaemon, startSession, type TestDaemon } from '../../scenarios/test-daemon.js';
import type { Body } from '../client.js';

const document = JSON.parse(await currentOpenApi());

const described = (operationId: string): Body =>
  Object.values<Body>(document.paths)
    .flatMap((item) => Object.values<Body>(item))
    .find((operation) => operation.operationId === operationId);

const UNKNOWN_SOCKET = 'sck_none';
const UNKNOWN_SESSION = 'ses_none';

/** Operations, and functions that make one of them answer a problem. */
const PROVOKED: readonly [string, (daemon: TestDaemon) => Promise<Body>][] = [
  ['close', (daemon) => daemon.api.as(undefined).problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/close`)],
  ['close', (daemon) => daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/close`)],
  [
    'close',
    (daemon) =>
      daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/close`, {}, { headers: { host: 'x' } }),
  ],
  [
    'close',
    (daemon) =>
      daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/close`, {}, { headers: { origin: 'null' } }),
  ],
  [
    'send',
    (daemon) =>
      daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/send`, Buffer.from([0x22, 0xff, 0x22])),
  ],
  ['send', (daemon) => daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/send`, ' '.repeat(9 << 20))],
  [
    'send',
    (daemon) =>
      daemon.api.problem.post(`/v1/sockets/${UNKNOWN_SOCKET}/send`, '{}', {
        headers: { 'content-type': 'text/plain' },
      }),
  ],
  ['startup', (daemon) => daemon.api.problem.post('/v1/startup', { sessionId: UNKNOWN_SESSION })],
  ['startup', (daemon) => daemon.api.problem.post('/v1/startup', { version: '0.9' })],
  ['startup', (daemon) => daemon.api.problem.post('/v1/startup', { unknown: 1 })],
  ['getSession', (daemon) => daemon.api.problem.get(`/v1/sessions/${UNKNOWN_SESSION}`)],
  ['send', async (daemon) => (await stream(daemon)).problem('send', { data: { text: 'hello' } })],
  ['send', async (daemon) => (await stream(daemon)).problem('send', { data: { text: 'hello', len: 6 } })],
  ['send', async (daemon) => (await stream(daemon)).problem('send', { unknown: 1, data: { text: 'hello' } })],
  ['sendDisconnect', async (daemon) => (await stream(daemon)).problem('sendDisconnect')],
  [
    'connect',
    async (daemon) =>
      (await stream(daemon)).problem('connect', {
        address: { family: 'AF_INET', address: '127.0.0.1', port: 1 },
      }),
  ],
  [
    'close',
    async (daemon) => {
      const socket = await stream(daemon);
      await socket.ok('close');
      return socket.problem('close');
    },
  ],
  [
    'endSession',
    async (daemon) => {
      const { path } = await startSession(daemon, 'lab');
      await daemon.api.ok.delete(path);
      return daemon.api.problem.delete(path);
    },
  ],
];

const stream = async (daemon: TestDaemon) => (await startSession(daemon, 'lab')).stream();

test('a problem that is answered is one of the causes of its operation', async (t) => {
  const daemon = await startDaemon(t);
  for (const [operation, provoke] of PROVOKED) {
    const problem = await provoke(daemon);
    const op = OPERATIONS.find(({ name }) => name === operation) ?? assert.fail(operation);
    const name = problem.type.slice('/problems/'.length);
    const listed = causesOf(op).some((cause) => cause.name === name && cause.status === problem.status);
    assert.ok(listed, `${operation} ${problem.status} ${name}`);
  }
});

test('the examples of requests and results fit their schemas', () => {
  for (const op of OPERATIONS) {
    const { name, example: { params, requests = {}, result } = {} } = op;
    const elsewhere = {
      ...(op.scope === 'session' && { sessionId: UNKNOWN_SESSION }),
      ...(op.scope === 'socket' && { socketId: UNKNOWN_SOCKET }),
      ...(name === 'setSockOpt' && { level: 'SOL_SOCKET', name: 'SO_KEEPALIVE' }),
    };
    for (const one of [...(params ? [params] : []), ...Object.values(requests).map((each) => each.params)]) {
      assert.equal(paramsCheck(op)({ ...elsewhere, ...one }), undefined, name);
    }
    if (result) assert.deepEqual(resultErrors(op)(result), [], name);
  }
});

test('Location is documented for operations that create something', () => {
  assert.ok(described('startup').responses[200].headers.Location);
  assert.ok(described('socket').responses[201].headers.Location);
  assert.equal(described('send').responses[200].headers.Location, undefined);
});

test('the header fields of answers are documented on every route', async (t) => {
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

test('GET /v1 has the documented members', async (t) => {
  const { api, bob } = await startDaemon(t);
  const about = await api.ok.get('/v1');
  assert.deepEqual([about.owner, (await bob.ok.get('/v1')).owner], ['alice', 'bob']);
  const { About, AboutLimits } = document.components.schemas;
  assert.deepEqual(Object.keys(about), Object.keys(About.properties));
  assert.deepEqual(Object.keys(about.limits).sort(), Object.keys(AboutLimits.properties).sort());
});
