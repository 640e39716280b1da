import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { MOST_REQUESTS } from '../../../src/http/rpc/rpc-request.js';
import { fail } from '../../../src/winsock/outcome.js';
import { build, TOKEN } from '../build.js';
import { type Body, client } from '../client.js';

const PATH = '/v1/rpc';

const request = (method: string, params: object = {}, id?: number) => ({
  jsonrpc: '2.0',
  method,
  params,
  ...(id !== undefined && { id }),
});

const close = (socketId: string, id?: number) => request('close', { socketId }, id);

const until = async (condition: () => boolean): Promise<void> => {
  const began = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - began < 10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test('what the gates refuse stays a problem document', async (t) => {
  const { api, url } = await build(t, { limits: { bodyBytes: 2000, callBodyBytes: 1000 } });
  const call = close('sck_1', 1);
  assert.equal((await api.as(undefined).post(PATH, call)).status, 401);
  assert.equal((await api.post(PATH, call, { headers: { 'content-type': 'text/plain' } })).status, 415);
  assert.equal((await api.post(PATH, { ...call, more: 'x'.repeat(2000) })).status, 413);
  const { status, headers } = await api.put(PATH, call);
  assert.deepEqual([status, headers.allow], [405, 'GET, POST']);
  assert.equal((await client(url, 'token-of-somebody-else').post(PATH, call)).status, 401);
});

test('a text that is no JSON is a parse error, and the connection stays', async (t) => {
  const { port, logged } = await build(t);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const api = client(`http://127.0.0.1:${port}`, TOKEN, { agent });
  const wrong = ['{', '{"a":1,"a":2}', Buffer.from('"\xff"', 'latin1'), '[1e999]', undefined];
  const ports = new Set<number | undefined>();
  agent.on('free', (socket: net.Socket) => ports.add(socket.localPort));
  for (const text of wrong) {
    const { error, id } = await api.ok.post(PATH, text);
    assert.deepEqual([error.code, error.data.type, id], [-32700, '/problems/malformed-json', null]);
    assert.doesNotMatch(error.data.detail, /1e999/);
  }
  assert.equal(ports.size, 1);
  const lines = logged.filter((line) => line.includes('malformed-json'));
  assert.equal(lines.length, wrong.length);
});

test(`an array has at most ${MOST_REQUESTS} requests`, async (t) => {
  const { api, calls } = await build(t);
  const many = Array.from({ length: MOST_REQUESTS + 1 }, (_, id) => close('sck_1', id));
  const { error, id } = await api.ok.post(PATH, many);
  assert.deepEqual([error.code, id, calls.length], [-32600, null, 0]);
  const answers: Body[] = await api.ok.post(PATH, many.slice(1));
  assert.deepEqual(
    answers.map((one) => one.id),
    many.slice(1).map((one) => one.id),
  );
});

test('calls of an array begin in its order, and the answers have it, whichever ends first', async (t) => {
  let end = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    end = resolve;
  });
  const requestIds: string[] = [];
  const { api, calls } = await build(t, {
    onCall: ({ requestId }) => requestIds.push(requestId),
    answers: {
      close: async ({ socketId }) => {
        if (socketId === 'sck_1') await first;
        else if (socketId === 'sck_3') end();
        return { answer: { ok: true, value: { socketId } } };
      },
    },
  });
  const { body, headers } = await api.post(PATH, [close('sck_1', 1), close('sck_2', 2), close('sck_3', 3)]);
  assert.deepEqual(
    body.map(({ id, result }: Body) => [id, result.socketId]),
    [
      [1, 'sck_1'],
      [2, 'sck_2'],
      [3, 'sck_3'],
    ],
  );
  assert.deepEqual(
    calls.map(({ params }) => params.socketId),
    ['sck_1', 'sck_2', 'sck_3'],
  );
  assert.deepEqual(
    requestIds,
    [1, 2, 3].map((at) => `${headers['x-request-id']}.${at}`),
  );
});

test('parameters without names, and a missing or wrong id of a socket, do not reach dispatch', async (t) => {
  const { api, calls } = await build(t);
  const wrong = [[], ['sck_1'], {}, { socketId: 5 }, { socketId: ['sck_1'] }, { sessionId: 'ses_1' }];
  const answers: Body[] = await api.ok.post(
    PATH,
    wrong.map((params, id) => request('close', params, id)),
  );
  for (const { error } of answers) {
    assert.deepEqual([error.code, error.data.type], [-32602, '/problems/validation']);
    assert.equal(error.data.operation, 'close');
  }
  assert.deepEqual(answers[2]?.error.data.errors, [{ pointer: '/socketId', detail: 'is required' }]);
  assert.equal(calls.length, 0);
});

test('a call without params has none', async (t) => {
  const { api, calls } = await build(t);
  await api.ok.post(PATH, { jsonrpc: '2.0', method: 'startup', id: 1 });
  assert.deepEqual(calls, [{ name: 'startup', owner: 'alice', params: {} }]);
});

test('one answer is settled as over REST, each of an array twice: collected, then with all', async (t) => {
  const { api, settled } = await build(t);
  await api.ok.post(PATH, close('sck_1', 1));
  await until(() => settled.length === 1);
  await api.ok.post(PATH, [close('sck_1', 1), close('sck_2', 2)]);
  await until(() => settled.length === 5);
  assert.deepEqual(settled, [true, 'collected', 'collected', true, true]);
});

test('the result of a notification counts as not delivered', async (t) => {
  const { api, settled } = await build(t);
  assert.equal((await api.post(PATH, close('sck_1'))).status, 204);
  assert.equal((await api.post(PATH, [close('sck_1'), close('sck_2')])).status, 204);
  assert.deepEqual(settled, [false, false, false]);
  assert.equal((await api.ok.post(PATH, [close('sck_1'), close('sck_2', 2)])).length, 1);
  await until(() => settled.length === 6);
  assert.deepEqual(settled.slice(3), [false, 'collected', true]);
});

test('a client that goes away: what was collected is lost, and nothing more begins', async (t) => {
  let answerFirst = (): void => undefined;
  const { app, port, settled, calls } = await build(t, {
    answers: {
      close: async ({ socketId }) => {
        if (socketId === 'sck_2') {
          await new Promise<void>((resolve) => {
            answerFirst = resolve;
          });
        }
        return {};
      },
    },
  });
  const gone = new Promise<void>((resolve) => {
    app.server.once('connection', (connection) => connection.once('close', () => resolve()));
  });
  const body = JSON.stringify([close('sck_1', 1), close('sck_2', 2)]);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => calls.length === 2);
  socket.resetAndDestroy();
  await gone;
  answerFirst();
  await until(() => settled.length === 3);
  // The one that was collected before, the one that ended after the client had gone, and the first again.
  assert.deepEqual(settled, ['collected', false, false]);
});

test('a bug is the answer of its call only, and is logged without its text', async (t) => {
  const { api, logged } = await build(t, {
    answers: {
      close: ({ socketId }) => {
        if (socketId === 'sck_1') throw new Error('secret');
        return {};
      },
    },
  });
  const [first, second] = await api.ok.post(PATH, [close('sck_1', 1), close('sck_2', 2)]);
  assert.equal(first.error.code, -32603);
  assert.equal(first.error.data.type, '/problems/internal');
  assert.doesNotMatch(JSON.stringify(first), /secret/);
  assert.deepEqual(second.result, {});
  assert.equal(logged.filter((line) => line.includes('request failed by a bug')).length, 1);
});

test('times are added up, faults are named once, and each failure is logged with its own id', async (t) => {
  const { api, logged } = await build(t, {
    answers: {
      close: ({ socketId }) => ({
        timing: { native: 1.5, wait: 2 },
        faults: ['flt_1', String(socketId)],
        answer: fail('WSAENOTSOCK', 'closesocket'),
      }),
    },
  });
  const one = await api.post(PATH, close('flt_2', 1));
  assert.equal(one.headers['winsockd-fault'], 'flt_1, flt_2');
  const { body, headers } = await api.post(PATH, [close('flt_2', 1), close('flt_3', 2)]);
  assert.equal(headers['winsockd-fault'], 'flt_1, flt_2, flt_3');
  assert.equal(headers['server-timing'], 'native;dur=3, wait;dur=4');
  const id = headers['x-request-id'];
  assert.deepEqual(
    body.map(({ error }: Body) => [error.code, error.data.instance]),
    [
      [10038, `urn:winsockd:request:${id}.1`],
      [10038, `urn:winsockd:request:${id}.2`],
    ],
  );
  assert.equal(logged.filter((line) => line.includes(`"${id}.2"`)).length, 1);
});
