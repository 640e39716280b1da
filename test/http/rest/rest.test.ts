import assert from 'node:assert/strict';
import test from 'node:test';
import { fail } from '../../../src/winsock/outcome.js';
import { startDaemon } from '../../scenarios/test-daemon.js';
import { build } from '../build.js';

const SOCKET = '/v1/sockets/sck_1';

test('an operation is served at its default route, for the owner of the token', async (t) => {
  const { api, calls } = await build(t);
  const answer = await api.post(`${SOCKET}/sendDisconnect`, { disconnectData: { text: 'bye' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {});
  assert.equal(answer.headers['server-timing'], 'native;dur=1.23, wait;dur=0');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.deepEqual(calls, [
    {
      name: 'sendDisconnect',
      owner: 'alice',
      params: { disconnectData: { text: 'bye' }, socketId: 'sck_1' },
    },
  ]);
});

test('an answer has the Location of what was created, also with the status 200', async (t) => {
  const { api } = await build(t, {
    answers: {
      startup: () => ({
        answer: { ok: true, value: { sessionId: 'ses_1' } },
        created: { kind: 'session', id: 'ses_1' },
      }),
    },
  });
  const { status, headers, body } = await api.post('/v1/startup', {});
  assert.equal(status, 200);
  assert.equal(headers.location, '/v1/sessions/ses_1');
  assert.deepEqual(body, { sessionId: 'ses_1' });
});

test('path and query are read as the declared types, or stay texts if they do not fit', async (t) => {
  const { api, calls } = await build(t, {
    answers: { getSockOpt: () => ({ answer: { ok: true, value: { value: 1 } } }) },
  });
  await api.ok.get(`${SOCKET}/options/SOL_SOCKET/SO_LINGER?index=3&raw=true&parts=1&parts=2`);
  await api.ok.get(`${SOCKET}/options/SOL_SOCKET/SO_LINGER?index=3x&raw=yes&parts=1`);
  const ids = { socketId: 'sck_1', level: 'SOL_SOCKET', name: 'SO_LINGER' };
  assert.deepEqual(
    calls.map((call) => call.params),
    [
      { ...ids, index: 3, raw: true, parts: [1, 2] },
      { ...ids, index: '3x', raw: 'yes', parts: [1] },
    ],
  );
});

test('a body that is not a JSON object is a validation problem', async (t) => {
  const { api, calls } = await build(t);
  for (const body of ['[]', '[{}]', '"text"', '1', 'true']) {
    const refused = await api.problem.post(`${SOCKET}/sendDisconnect`, body);
    assert.equal(refused.type, '/problems/validation', body);
    assert.deepEqual(refused.errors, [{ pointer: '', detail: 'must be an object' }]);
  }
  assert.deepEqual(calls, []);
});

test('a parameter in two places, or in the wrong place, is a validation problem', async (t) => {
  const { api, calls } = await build(t);
  const twice = await api.problem.post(`${SOCKET}/sendDisconnect`, { socketId: 'sck_2' });
  assert.equal(twice.type, '/problems/validation');
  assert.equal(twice.operation, 'sendDisconnect');
  assert.deepEqual(twice.errors, [{ pointer: '/socketId', detail: 'is given in the path and in the body' }]);
  const misplaced = await api.problem.post(`${SOCKET}/sendDisconnect?len=1&__proto__=2`, {});
  assert.deepEqual(
    misplaced.errors.map((error: { pointer: string }) => error.pointer),
    ['/len', '/__proto__'],
  );
  assert.equal(
    misplaced.detail,
    '/len is not a query parameter of this operation; /__proto__ is not a query parameter of this operation.',
  );
  assert.equal((await api.problem.post(`${SOCKET}/sendDisconnect`, '[1]')).type, '/problems/validation');
  assert.equal(calls.length, 0);
});

test('an operation is also served at its alias', async (t) => {
  const { api, calls } = await build(t);
  await api.ok.delete(SOCKET);
  await api.ok.post(`${SOCKET}/close`);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['close', 'close'],
  );
});

test('a POST without a body is one with an empty object', async (t) => {
  const { api, calls } = await build(t);
  await api.ok.post(`${SOCKET}/close`);
  await api.ok.post(`${SOCKET}/close`, '');
  assert.deepEqual(
    calls.map(({ params }) => params),
    [{ socketId: 'sck_1' }, { socketId: 'sck_1' }],
  );
});

test('a Winsock failure is a problem document with its members in order', async (t) => {
  const { api } = await build(t, {
    answers: {
      sendDisconnect: () => ({
        answer: fail('WSAENOTCONN', 'WSASendDisconnect'),
        context: { sessionId: 'ses_1', socketId: 'sck_1', provider: 'lab', state: 'bound' },
      }),
    },
  });
  const { status, body } = await api.post(`${SOCKET}/sendDisconnect`, {});
  assert.equal(status, 409);
  assert.deepEqual(Object.keys(body), [
    ...['type', 'title', 'status', 'detail', 'instance', 'code', 'name', 'operation', 'function', 'provider'],
    ...['socketId', 'sessionId', 'state', 'retryable'],
  ]);
  assert.equal(body.detail, 'WSASendDisconnect: the socket is not connected; connect it first.');
});

test('a problem has the ids of the path, even unknown ones', async (t) => {
  const { api } = await build(t, {
    answers: { sendDisconnect: () => ({ answer: fail('WSAENOTSOCK', 'WSASendDisconnect') }) },
  });
  const { status, body } = await api.post(`${SOCKET}/sendDisconnect`, {});
  assert.deepEqual([status, body.socketId, body.sessionId], [404, 'sck_1', undefined]);
});

test('an exception is answered with 500, without its text', async (t) => {
  const { api, logged } = await build(t, {
    answers: {
      close: () => {
        throw new Error('canary-sync');
      },
      sendDisconnect: () => Promise.reject(new Error('canary-async')),
    },
  });
  for (const path of ['close', 'sendDisconnect']) {
    const { status, body } = await api.post(`${SOCKET}/${path}`, {});
    assert.equal(status, 500);
    assert.equal(body.type, '/problems/internal');
    assert.doesNotMatch(JSON.stringify(body), /canary/);
  }
  assert.equal(logged.filter((line) => line.includes('canary')).length, 2);
});

test('other methods of a path are answered 405 with Allow', async (t) => {
  const { api } = await build(t);
  const { status, headers } = await api.get(`${SOCKET}/sendDisconnect`);
  assert.equal(status, 405);
  assert.equal(headers.allow, 'POST');
  assert.equal((await api.put('/v1/sockets/sck_1', {})).headers.allow, 'DELETE');
  assert.equal((await api.get('/v1/nothing')).status, 404);
});

test('a method override does not reach an operation', async (t) => {
  const { api, calls } = await build(t);
  assert.equal(
    (await api.get(`${SOCKET}/close`, { headers: { 'x-http-method-override': 'POST' } })).status,
    405,
  );
  assert.equal(calls.length, 0);
});

test('an invalid version is refused with the form of a valid one', async (t) => {
  const { api } = await startDaemon(t);
  const { detail, errors } = await api.problem.post('/v1/startup', { version: '2' });
  assert.equal(detail, '/version: must look like 2.2.');
  assert.deepEqual(errors, [{ pointer: '/version', detail: 'must look like 2.2' }]);
});
