/** Pipelined requests with expectations, transfer codings, large answers and long bodies. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { ALICE, PROVIDERS, startDaemon, startSession, until } from '../../scenarios/test-daemon.js';
import { build, TOKEN } from '../build.js';
import { rawExchange } from '../raw.js';

const PATH = 'POST /v1/sockets/sck_1/close';
const BOB = 'token-of-bob-0123456789';

const request = (port: number, line: string, token: string, body?: object): string => {
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? '' : 'Content-Type: application/json\r\n';
  const head = `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
  return `${head}${type}Content-Length: ${text.length}\r\n\r\n${text}`;
};

const connection = (t: TestContext, port: number): net.Socket => {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  t.after(() => socket.destroy());
  return socket;
};

test('too many requests with an unknown expectation close the connection', async (t) => {
  const { port, api, app } = await build(t);
  let requests = 0;
  app.server.on('checkExpectation', () => requests++);
  const socket = connection(t, port).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET / HTTP/1.1\r\nExpect: x\r\n\r\n'.repeat(2000));
  await closed;
  assert.equal(requests, 65);
  assert.equal((await api.get('/health/live')).status, 200);
});

for (const [what, first, status] of [
  ['an expectation', 'GET /v1 HTTP/1.1\r\nExpect: x\r\n', 417],
  ['another transfer coding', `${PATH} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n`, 501],
] as const) {
  test(`no request begins behind an answer that closes the connection: ${what}`, async (t) => {
    const { port, calls } = await build(t);
    const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
    const end = status === 501 ? '0\r\n\r\n' : '';
    const socket = connection(t, port);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write(first + fields + end + request(port, PATH, TOKEN).repeat(3));
    await once(socket, 'close');
    const statuses = [
      ...Buffer.concat(received)
        .toString()
        .matchAll(/HTTP\/1\.1 (\d+)/g),
    ].map(([, code]) => code);
    assert.deepEqual(statuses, [String(status)]);
    assert.equal(calls.length, 0);
  });
}

test('seventy calls behind a request without a token are answered', async (t) => {
  const { port, calls } = await build(t);
  const page = `GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  const answers = await rawExchange(port, page + request(port, PATH, TOKEN).repeat(70), 71);
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(calls.length, 70);
});

test('owners alternate with large answers, however many blanks stand before their tokens', async (t) => {
  const order: string[] = [];
  const { port } = await build(t, {
    tokens: [
      { name: 'alice', token: TOKEN },
      { name: 'bob', token: BOB },
    ],
    answers: { close: () => ({ answer: { ok: true, value: { large: 'x'.repeat(1_100_000) } } }) },
    onCall: ({ owner }) => order.push(owner),
  });
  const sockets = Array.from({ length: 21 }, () => connection(t, port).resume());
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const [i, socket] of sockets.entries()) {
    const token = i < 20 ? `${' '.repeat(i)}${TOKEN}` : BOB;
    socket.write(request(port, PATH, token));
  }
  await until(() => order.length === 21, 'all calls have begun');
  assert.ok(order.indexOf('bob') < 10, `bob is number ${order.indexOf('bob')}`);
});

for (const provider of PROVIDERS) {
  for (const [behind, body] of [
    ['a queued request with a long body', { data: { text: 'x'.repeat(200_000) } }],
    ['a long answer that cannot be sent yet', { maxBytes: 100_000, flags: ['MSG_PEEK'] }],
  ] as const) {
    test(`the end of a client is noticed behind ${behind}, and no byte is lost: ${provider}`, async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { requestsPerConnection: 2 } } });
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const [other, peer] = await session.pair();
      if ('maxBytes' in body) await peer.ok('send', { data: { text: 'x'.repeat(60_000) } });
      const recv = request(daemon.port, `POST /v1/sockets/${near.id}/recv`, ALICE, { timeoutMs: 20_000 });
      const next = request(
        daemon.port,
        `POST /v1/sockets/${other.id}/${'data' in body ? 'send' : 'recv'}`,
        ALICE,
        body,
      );
      const socket = connection(t, daemon.port);
      socket.write('data' in body ? recv + recv + next : recv + next);
      await near.untilBusy();
      // After these requests the daemon has read all that it reads of the connection for now.
      for (let i = 0; i < 5; i++) await daemon.api.ok.get(session.path);
      socket.write(recv);
      for (let i = 0; i < 5; i++) await daemon.api.ok.get(session.path);
      socket.destroy();
      await near.untilIdle();
      await far.ok('send', { data: { text: 'kept' } });
      const { data } = await near.ok('recv', { timeoutMs: 10_000 });
      assert.equal(atob(data.base64), 'kept');
    });
  }
}
