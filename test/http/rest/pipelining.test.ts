/** Pipelined requests: Node gives their responses a socket only after the earlier answers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { ALICE, PROVIDERS, startDaemon, startSession, until } from '../../scenarios/test-daemon.js';
import type { FakeAnswer } from '../build.js';
import { build, TOKEN } from '../build.js';
import { rawExchange } from '../raw.js';

const request = (port: number, line: string, token: string, body?: object): string => {
  const json = body === undefined ? '' : JSON.stringify(body);
  const bodyFields = `Content-Type: application/json\r\nContent-Length: ${json.length}\r\n`;
  const head = `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
  return `${head}${json && bodyFields}\r\n${json}`;
};

test('pipelined requests are all answered in order', async (t) => {
  const { port, settled } = await build(t);
  const paths = ['/v1', '/v1/sockets/sck_1/options/SOL_SOCKET/a', '/problems/quota', '/v1/none'];
  const bytes = paths.map((path) => request(port, `GET ${path}`, TOKEN)).join('');
  const answers = await rawExchange(port, bytes, paths.length);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 404],
  );
  assert.deepEqual(settled, [true]);
});

test('twenty calls in one write get twenty answers, which are delivered', async (t) => {
  const { port, settled } = await build(t);
  const bytes = request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(20);
  assert.equal((await rawExchange(port, bytes, 20)).length, 20);
  await until(() => settled.length === 20, 'every reply is settled');
  assert.ok(settled.every((delivered) => delivered));
});

test('calls begin in the order of their requests, whatever their bodies, in whatever pieces', async (t) => {
  const { port, calls } = await build(t);
  const host = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const json = `${host}Content-Type: application/json\r\n`;
  const post = (id: number, body: string): string =>
    `POST /v1/sockets/sck_${id}/sendDisconnect HTTP/1.1\r\n${json}${body}`;
  const kinds: readonly ((id: number) => { readonly bytes: string; readonly status: number })[] = [
    (id) => ({ bytes: `POST /v1/sockets/sck_${id}/close HTTP/1.1\r\n${host}\r\n`, status: 200 }),
    (id) => ({ bytes: post(id, 'Content-Length: 2\r\n\r\n{}'), status: 200 }),
    (id) => ({
      bytes: post(id, 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'),
      status: 200,
    }),
    (id) => ({ bytes: post(id, 'Content-Length: 2\r\n\r\n{]'), status: 400 }),
    (id) => ({ bytes: `GET /v1/%zz${id} HTTP/1.1\r\n${host}\r\n`, status: 400 }),
    (id) => ({ bytes: `GET /v1/none/${id} HTTP/1.1\r\n${host}\r\n`, status: 404 }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      async (sequence, cuts) => {
        const before = calls.length;
        const requests = sequence.map((kind, id) => kind(id));
        const bytes = requests.map((one) => one.bytes).join('');
        const statuses = await exchangeInPieces(port, bytes, cuts, requests.length);
        assert.deepEqual(
          statuses,
          requests.map(({ status }) => status),
        );
        const expected = requests.flatMap(({ status }, id) => (status === 200 ? [`sck_${id}`] : []));
        assert.deepEqual(
          calls.slice(before).map(({ params }) => params.socketId),
          expected,
        );
      },
    ),
    { numRuns: 40 },
  );
});

/** Writes bytes in pieces, each in its own event loop turn, and gives the statuses of the answers. */
const exchangeInPieces = async (
  port: number,
  bytes: string,
  cuts: readonly number[],
  answers: number,
): Promise<number[]> => {
  const socket = net.connect(port, '127.0.0.1').setNoDelay();
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  const statuses = (): number[] =>
    [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  const ends = [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  let written = 0;
  for (const end of ends) {
    socket.write(bytes.slice(written, end));
    written = end;
    await new Promise(setImmediate);
  }
  await until(() => statuses().length === answers || socket.closed, 'every answer has arrived');
  socket.destroy();
  return statuses();
};

const neverAnswers: FakeAnswer = () => new Promise(() => undefined);

test('a refused body in the queue does not delay the request behind it', async (t) => {
  const { port, calls } = await build(t, { closeGraceMs: 50, answers: { sendDisconnect: neverAnswers } });
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 2\r\n`;
  socket.write(
    request(port, 'POST /v1/sockets/sck_1/sendDisconnect', TOKEN, {}) +
      `POST /v1/sockets/sck_1/close HTTP/1.1\r\n${head}Content-Type: text/plain\r\n\r\n{}` +
      request(port, 'POST /v1/sockets/sck_1/close', TOKEN),
  );
  await until(() => calls.length === 2, 'the last request has begun');
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['sendDisconnect', 'close'],
  );
});

test('a limited number of the requests on one connection is pending, and none is lost', async (t) => {
  const answerNext: (() => void)[] = [];
  const { port, calls, app } = await build(t, {
    limits: { requestsPerConnection: 4 },
    answers: { close: () => new Promise((resolve) => answerNext.push(() => resolve({}))) },
  });
  const accepted = new Promise<net.Socket>((resolve) => app.server.once('connection', resolve));
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = 0;
  socket.on('data', (chunk) => {
    received += String(chunk).split('HTTP/1.1 200').length - 1;
  });
  const count = 3000;
  const one = request(port, 'POST /v1/sockets/sck_1/close', TOKEN);
  socket.write(one.repeat(count));
  const server = await accepted;
  await until(() => calls.length === 4, 'four have begun');
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(calls.length, 4);
  const read = server.bytesRead;
  // At most what Node reads at once, and what it had read before it parsed the first requests.
  assert.ok(read <= 3 * 65_536, `${read} of ${one.length * count} bytes are read`);
  answerNext.shift()?.();
  await until(() => calls.length === 5, 'a fifth has begun');
  assert.equal(server.bytesRead, read, 'no more is read while requests are queued');
  // Answers the other requests as they begin.
  const interval = setInterval(() => {
    for (const answer of answerNext.splice(0)) answer();
  }, 0);
  t.after(() => clearInterval(interval));
  await until(() => received === count, 'every answer has arrived');
  assert.equal(calls.length, count);
});

test('the time limit of a request does not count while the daemon reads nothing of it', async (t) => {
  const answerNext: (() => void)[] = [];
  const { port, app } = await build(t, {
    limits: { requestsPerConnection: 1 },
    timeouts: { headers: 50, request: 50, check: 10 },
    answers: { close: () => new Promise((resolve) => answerNext.push(() => resolve({}))) },
  });
  const one = request(port, 'POST /v1/sockets/sck_1/close', TOKEN);
  const timeout = once(app.server, 'clientError');
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.write(one.repeat(2) + one.slice(0, 30));
  await timeout;
  socket.write(one.slice(30));
  const interval = setInterval(() => answerNext.shift()?.(), 0);
  t.after(() => clearInterval(interval));
  await until(() => received.split('HTTP/1.1 200').length === 4, 'all three are answered');
});

test('queued requests do not begin after their client has disconnected', async (t) => {
  const { port, calls, app, api } = await build(t, {
    closeGraceMs: 50,
    limits: { requestsPerConnection: 2 },
    answers: { close: neverAnswers },
  });
  const accepted = new Promise<net.Socket>((resolve) => app.server.once('connection', resolve));
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(9));
  const server = await accepted;
  await until(() => calls.length === 2, 'two have begun');
  const closed = once(server, 'close');
  server.destroy();
  await closed;
  await api.ok.get('/v1');
  assert.equal(calls.length, 2);
});

for (const provider of PROVIDERS) {
  test(`send and sendDisconnect behind a pending recv are made and answered: ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    const [near, far] = await (await startSession(daemon, provider)).pair();
    const call = (operation: string, body: object): string =>
      request(daemon.port, `POST /v1/sockets/${near.id}/${operation}`, ALICE, body);
    const answers = rawExchange(
      daemon.port,
      call('recv', { timeoutMs: 10_000 }) +
        call('send', { data: { text: 'ask' } }) +
        call('sendDisconnect', {}),
      3,
    );
    assert.equal(await far.drain(), 'ask');
    await far.ok('send', { data: { text: 'answer' } });
    const [recv, send, sendDisconnect] = await answers;
    assert.deepEqual([recv?.status, recv?.body.data], [200, { base64: btoa('answer'), len: 6 }]);
    assert.deepEqual([send?.status, send?.body.bytesSent], [200, 3]);
    assert.equal(sendDisconnect?.status, 200);
  });

  test(`pending and queued receives of a client that disconnects take no bytes: ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, provider);
    const [near, far] = await session.pair();
    const socket = net.connect(daemon.port, '127.0.0.1');
    const body = { maxBytes: 10, timeoutMs: 10_000 };
    socket.write(request(daemon.port, `POST /v1/sockets/${near.id}/recv`, ALICE, body).repeat(70));
    const pending = async (): Promise<number> => (await daemon.api.ok.get(session.path)).pendingCalls;
    for (let i = 0; i < 1000 && (await pending()) < 64; i++);
    assert.equal(await pending(), 64);
    socket.destroy();
    await near.untilIdle();
    const text = '0123456789'.repeat(80);
    await far.ok('send', { data: { text } });
    const { data } = await near.ok('recv', { maxBytes: 1000, flags: ['MSG_WAITALL'], timeoutMs: 500 });
    assert.equal(atob(data.base64), text);
  });

  test(`results of a client that disconnects before their delivery are undone: ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, provider);
    const [idle] = await session.pair();
    const [near, far] = await session.pair();
    await far.ok('send', { data: { text: 'kept' } });
    const call = (id: string): string =>
      request(daemon.port, `POST /v1/sockets/${id}/recv`, ALICE, { timeoutMs: 10_000 });
    const socket = net.connect(daemon.port, '127.0.0.1');
    const { sockets } = daemon.app.daemon;
    const before = sockets.size;
    const newSocket = request(daemon.port, `POST ${session.path}/sockets`, ALICE, {
      provider,
      family: 'AF_INET',
      type: 'SOCK_STREAM',
    });
    // The second call takes its bytes and the third one opens its socket, but their answers wait for that of
    // the first one, which stays pending.
    socket.write(call(idle.id) + call(near.id) + newSocket);
    await until(() => sockets.size === before + 1, 'the third call has opened its socket');
    socket.destroy();
    await idle.untilIdle();
    await until(() => sockets.size === before, 'the new socket is closed');
    const { data } = await near.ok('recv', { timeoutMs: 10_000 });
    assert.equal(atob(data.base64), 'kept');
  });
}

test('pipelined pending calls learn that their client has disconnected', async (t) => {
  const { port, gone, pending } = await buildWithPendingCalls(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(2));
  await until(() => pending() === 2, 'both calls are pending');
  assert.deepEqual(gone, []);
  socket.resetAndDestroy();
  await until(() => gone.length === 2, 'both calls have learned it');
});

/**
 * A server whose calls never end: counts them, and records the ids of those whose client has disconnected.
 */
const buildWithPendingCalls = async (t: TestContext) => {
  const gone: string[] = [];
  let pending = 0;
  const built = await build(t, {
    answers: { close: neverAnswers },
    onCall: ({ client, requestId }) => {
      pending++;
      assert.equal(client.gone, false);
      client.onGone(() => gone.push(requestId));
    },
  });
  return { ...built, gone, pending: () => pending };
};

test('between large answers of one client other clients are served', async (t) => {
  const large = { answer: { ok: true, value: { data: 'x'.repeat(2 << 20) } } } as const;
  const { port, calls, api } = await build(t, { closeGraceMs: 50, answers: { close: () => large } });
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN, {}).repeat(50));
  await until(() => calls.length > 0, 'the first call has begun');
  assert.ok(calls.length < 50, `${calls.length} calls were made in one turn`);
  assert.equal((await api.get('/health/live')).status, 200);
  socket.resume();
  await until(() => calls.length === 50, 'all calls have been made');
});

test('a connection without a token is closed when it sends more requests than may be pending', async (t) => {
  const { port, api, app } = await build(t);
  let requests = 0;
  app.server.on('request', () => requests++);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  // Not events.once, which rejects after a reset.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(3600));
  await closed;
  assert.equal(requests, 65, 'the parser stops when the connection is closed');
  assert.equal((await api.get('/health/live')).status, 200);
});

test('a connection with pending calls is closed when it sends far more requests', async (t) => {
  const { port, gone, pending, api } = await buildWithPendingCalls(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const one = request(port, 'POST /v1/sockets/sck_1/close', TOKEN);
  socket.write(one.repeat(10_000));
  await closed;
  assert.ok(pending() > 0);
  assert.equal(gone.length, pending(), 'the calls that had begun have learned it');
  assert.equal((await api.get('/health/live')).status, 200);
});

test('the end of a client is noticed behind more requests than may be pending', async (t) => {
  const { port, gone, pending } = await buildWithPendingCalls(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(200));
  await until(() => pending() === 64, 'as many calls are pending as may be');
  socket.resetAndDestroy();
  await until(() => gone.length === 64, 'all calls have learned it');
});
