/** Requests that come before the answers to those before them: Node gives their responses a socket only later. */
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
  const entity = `Content-Type: application/json\r\nContent-Length: ${json.length}\r\n`;
  return `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n${json && entity}\r\n${json}`;
};

test('pipelined requests are all answered, in their order', async (t) => {
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

test('twenty calls in one write are twenty answers, delivered', async (t) => {
  const { port, settled } = await build(t);
  const bytes = request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(20);
  assert.equal((await rawExchange(port, bytes, 20)).length, 20);
  await until(() => settled.length === 20, 'every reply is settled');
  assert.ok(settled.every((delivered) => delivered));
});

test('calls begin in the order of their requests, with and without bodies, however they are cut', async (t) => {
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

/** Writes bytes in some pieces, each in a turn of its own, and gives the statuses of so many answers. */
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
  const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) {
    socket.write(bytes.slice(at[i - 1], at[i]));
    await new Promise(setImmediate);
  }
  await until(() => statuses().length === answers || socket.closed, 'every answer has come');
  socket.destroy();
  return statuses();
};

test('a refused body in the queue does not hold up the request behind it', async (t) => {
  const never: FakeAnswer = () => new Promise(() => undefined);
  const { port, calls } = await build(t, { closeGraceMs: 50, answers: { sendDisconnect: never } });
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 2\r\n`;
  socket.write(
    request(port, 'POST /v1/sockets/sck_1/sendDisconnect', TOKEN, {}) +
      `POST /v1/sockets/sck_1/close HTTP/1.1\r\n${head}Content-Type: text/plain\r\n\r\n{}` +
      request(port, 'POST /v1/sockets/sck_1/close', TOKEN),
  );
  await until(() => calls.length === 2, 'the last one has begun');
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['sendDisconnect', 'close'],
  );
});

test('of very many requests on one connection some are under way, and none is lost', async (t) => {
  const answer: (() => void)[] = [];
  const { port, calls, app } = await build(t, {
    limits: { requestsPerConnection: 4 },
    answers: { close: () => new Promise((resolve) => answer.push(() => resolve({}))) },
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
  // One piece, and what had been read before the first requests of it were known.
  assert.ok(read <= 3 * 65_536, `${read} of ${one.length * count} bytes are read`);
  answer.shift()?.();
  await until(() => calls.length === 5, 'a fifth has begun');
  assert.equal(server.bytesRead, read, 'others wait that have come');
  // The rest is answered as it begins.
  const turn = setInterval(() => {
    for (const end of answer.splice(0)) end();
  }, 0);
  t.after(() => clearInterval(turn));
  await until(() => received === count, 'every answer has come');
  assert.equal(calls.length, count);
});

test('a request that was cut where the daemon stopped reading is not too late', async (t) => {
  const answer: (() => void)[] = [];
  const { port, app } = await build(t, {
    limits: { requestsPerConnection: 1 },
    timeouts: { headers: 50, request: 50, check: 10 },
    answers: { close: () => new Promise((resolve) => answer.push(() => resolve({}))) },
  });
  const one = request(port, 'POST /v1/sockets/sck_1/close', TOKEN);
  const late = once(app.server, 'clientError');
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.write(one.repeat(2) + one.slice(0, 30));
  await late;
  socket.write(one.slice(30));
  const turn = setInterval(() => answer.shift()?.(), 0);
  t.after(() => clearInterval(turn));
  await until(() => received.split('HTTP/1.1 200').length === 4, 'all three are answered');
});

test('what waits in the queue does not begin when its client goes', async (t) => {
  const never: FakeAnswer = () => new Promise(() => undefined);
  const { port, calls, app, api } = await build(t, {
    closeGraceMs: 50,
    limits: { requestsPerConnection: 2 },
    answers: { close: never },
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
  test(`send and sendDisconnect behind a waiting recv are done and answered: ${provider}`, async (t) => {
    const r = await startDaemon(t);
    const [near, far] = await (await startSession(r, provider)).pair();
    const call = (operation: string, body: object): string =>
      request(r.port, `POST /v1/sockets/${near.id}/${operation}`, ALICE, body);
    const answers = rawExchange(
      r.port,
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

  test(`a client that is killed with more receives than may be under way loses nothing: ${provider}`, async (t) => {
    const r = await startDaemon(t);
    const session = await startSession(r, provider);
    const [near, far] = await session.pair();
    const socket = net.connect(r.port, '127.0.0.1');
    const body = { maxBytes: 10, timeoutMs: 10_000 };
    socket.write(request(r.port, `POST /v1/sockets/${near.id}/recv`, ALICE, body).repeat(70));
    const pending = async (): Promise<number> => (await r.api.ok.get(session.path)).pendingCalls;
    for (let i = 0; i < 1000 && (await pending()) < 64; i++);
    assert.equal(await pending(), 64);
    socket.destroy();
    await near.untilIdle();
    const text = '0123456789'.repeat(80);
    await far.ok('send', { data: { text } });
    const { data } = await near.ok('recv', { maxBytes: 1000, flags: ['MSG_WAITALL'], timeoutMs: 500 });
    assert.equal(atob(data.base64), text);
  });

  test(`what a client left in the queue goes back: ${provider}`, async (t) => {
    const r = await startDaemon(t);
    const session = await startSession(r, provider);
    const [waiting] = await session.pair();
    const [near, far] = await session.pair();
    await far.ok('send', { data: { text: 'kept' } });
    const call = (id: string): string =>
      request(r.port, `POST /v1/sockets/${id}/recv`, ALICE, { timeoutMs: 10_000 });
    const socket = net.connect(r.port, '127.0.0.1');
    const sockets = r.app.daemon.sockets.size;
    const newSocket = request(r.port, `POST ${session.path}/sockets`, ALICE, {
      provider,
      family: 'AF_INET',
      type: 'SOCK_STREAM',
    });
    // The bytes of the second are taken and the socket of the third is opened, but their answers wait for
    // that of the first.
    socket.write(call(waiting.id) + call(near.id) + newSocket);
    await until(() => r.app.daemon.sockets.size === sockets + 1, 'the third call has opened its socket');
    socket.destroy();
    await waiting.untilIdle();
    await until(() => r.app.daemon.sockets.size === sockets, 'the new socket is closed');
    const { data } = await near.ok('recv', { timeoutMs: 10_000 });
    assert.equal(atob(data.base64), 'kept');
  });
}

test('a wait in the queue hears that its client has gone', async (t) => {
  const { port, gone, waiting } = await buildWaiting(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(2));
  await until(() => waiting() === 2, 'both calls wait');
  assert.deepEqual(gone, []);
  socket.resetAndDestroy();
  await until(() => gone.length === 2, 'both hear of it');
});

const buildWaiting = async (t: TestContext) => {
  const gone: string[] = [];
  let waiting = 0;
  const never: FakeAnswer = () => new Promise(() => undefined);
  const built = await build(t, {
    answers: { close: never },
    onCall: ({ client, requestId }) => {
      waiting++;
      assert.equal(client.gone, false);
      client.onGone(() => gone.push(requestId));
    },
  });
  return { ...built, gone, waiting: () => waiting };
};

test('between large answers of one client everybody else has a turn', async (t) => {
  const large = { answer: { ok: true, value: { data: 'x'.repeat(2 << 20) } } } as const;
  const { port, calls, api } = await build(t, { closeGraceMs: 50, answers: { close: () => large } });
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN, {}).repeat(50));
  await until(() => calls.length > 0, 'the first has begun');
  assert.ok(calls.length < 50, `${calls.length} calls were made in one turn`);
  assert.equal((await api.get('/health/live')).status, 200);
  socket.resume();
  await until(() => calls.length === 50, 'all have been made');
});

test('without a token a connection holds no more requests than may be under way', async (t) => {
  const { port, api, app } = await build(t);
  let requests = 0;
  app.server.on('request', () => requests++);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  // Not events.once: a reset is an end as good as any other.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(3600));
  await closed;
  assert.equal(requests, 65, 'the parser stops where the connection is cut');
  assert.equal((await api.get('/health/live')).status, 200);
});

test('a connection whose calls wait holds what one piece can have, and is cut beyond that', async (t) => {
  const { port, gone, waiting, api } = await buildWaiting(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const one = request(port, 'POST /v1/sockets/sck_1/close', TOKEN);
  socket.write(one.repeat(10_000));
  await closed;
  assert.ok(waiting() > 0);
  assert.equal(gone.length, waiting(), 'those that had begun hear of it');
  assert.equal((await api.get('/health/live')).status, 200);
});

test('the end of a client is seen behind more requests than may be under way', async (t) => {
  const { port, gone, waiting } = await buildWaiting(t);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(request(port, 'POST /v1/sockets/sck_1/close', TOKEN).repeat(200));
  await until(() => waiting() === 64, 'as many wait as may');
  socket.resetAndDestroy();
  await until(() => gone.length === 64, 'all hear of it');
});
