/** Requests that come before the answers to those before them: Node gives their responses a socket only later. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { ALICE, begin, PROVIDERS, rig, until } from '../../scenarios/rig.js';
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

for (const provider of PROVIDERS) {
  test(`send and sendDisconnect behind a waiting recv are done and answered: ${provider}`, async (t) => {
    const r = await rig(t);
    const [near, far] = await (await begin(r, provider)).pair();
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

  test(`what a client left in the queue goes back: ${provider}`, async (t) => {
    const r = await rig(t);
    const session = await begin(r, provider);
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
