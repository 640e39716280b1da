/** Many calls under way on one WebSocket: their order, their ends, and how many there may be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { PROVIDERS, startDaemon, startSession, type TestSocket, textOf } from '../test-daemon.js';
import { rpcRequest } from './rpc-client.js';
import { RpcSocket } from './rpc-socket.js';

const READY_MS = 10_000;

/** The code of WSA_OPERATION_ABORTED. */
const ABORTED = 995;

const waiting = ({ id: socketId }: TestSocket, more: object = {}) => ({
  socketId,
  timeoutMs: READY_MS,
  ...more,
});

for (const provider of PROVIDERS) {
  describe(`calls under way on ${provider}`, () => {
    test('64 receives on 64 sockets, answered as their data comes', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const rpc = await RpcSocket.open(t, daemon);
      const pairs = await Promise.all(Array.from({ length: 64 }, () => session.pair()));
      const receives = pairs.map(([, server]) => rpc.response('recv', waiting(server)));
      await rpc.settled();
      // In the other order than the requests.
      const sends = [...pairs.entries()]
        .reverse()
        .map(([n, [client]]) => rpc.ok('send', { socketId: client.id, data: { text: `to ${n}` } }));
      await Promise.all(sends);
      const answers = await Promise.all(receives);
      assert.deepEqual(
        answers.map(({ result }) => textOf(result)),
        pairs.map((_, n) => `to ${n}`),
      );
    });

    test('16 receives on one socket get its bytes in the order of the requests', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const rpc = await RpcSocket.open(t, daemon);
      const [client, server] = await session.pair();
      const receives = Array.from({ length: 16 }, () =>
        rpc.response('recv', waiting(server, { maxBytes: 1 })),
      );
      await rpc.settled();
      await client.ok('send', { data: { text: '0123456789abcdef' } });
      const answers = await Promise.all(receives);
      assert.equal(answers.map(({ result }) => textOf(result)).join(''), '0123456789abcdef');
    });

    test('a cancelled receive is aborted and takes no byte', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const rpc = await RpcSocket.open(t, daemon);
      const [client, server] = await session.pair();
      const receives = Array.from({ length: 16 }, (_, n) =>
        rpc.response('recv', waiting(server, { maxBytes: 1 }), `recv ${n}`),
      );
      // Every second one, the one that waits for the data and those that wait for their turn.
      for (let n = 0; n < 16; n += 2) {
        assert.deepEqual(await rpc.ok('rpc.cancel', { id: `recv ${n}` }), { cancelled: true });
      }
      await client.ok('send', { data: { text: '01234567' } });
      const answers = await Promise.all(receives);
      const aborted = answers.filter((_, n) => n % 2 === 0);
      assert.deepEqual(
        aborted.map(({ error }) => [error.code, error.data.name]),
        aborted.map(() => [ABORTED, 'WSA_OPERATION_ABORTED']),
      );
      const received = answers.filter((_, n) => n % 2 === 1);
      assert.equal(received.map(({ result }) => textOf(result)).join(''), '01234567');
    });

    test('a cancel that meets the data loses no byte', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const rpc = await RpcSocket.open(t, daemon);
      const [client, server] = await session.pair();
      let received = '';
      for (let n = 0; n < 40; n++) {
        const receive = rpc.response('recv', waiting(server), `recv ${n}`);
        const text = String.fromCharCode(65 + n);
        const send = () => rpc.ok('send', { socketId: client.id, data: { text } });
        const cancel = () => rpc.ok('rpc.cancel', { id: `recv ${n}` });
        await Promise.all(n % 2 === 0 ? [send(), cancel()] : [cancel(), send()]);
        const { result, error } = await receive;
        if (error === undefined) received += textOf(result);
        else assert.equal(error.code, ABORTED);
      }
      await client.ok('shutdown', { how: 'SD_SEND' });
      received += await server.drain();
      assert.equal(received, Array.from({ length: 40 }, (_, n) => String.fromCharCode(65 + n)).join(''));
    });

    test('a cancelled connect, accept and select', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const rpc = await RpcSocket.open(t, daemon);
      const listener = await session.listener();
      const [, server] = await session.pair();
      const calls = [
        rpc.response('accept', waiting(listener), 'accept'),
        rpc.response('select', { sessionId: session.id, read: [server.id], timeoutMs: READY_MS }, 'select'),
      ];
      for (const id of ['accept', 'select'])
        assert.deepEqual(await rpc.ok('rpc.cancel', { id }), { cancelled: true });
      for (const { error } of await Promise.all(calls)) assert.equal(error.code, ABORTED);
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await listener.accept({ timeoutMs: READY_MS });
    });
  });
}

test('a cancel of an id that is unknown or over, and of what is no id', async (t) => {
  const rpc = await RpcSocket.open(t, await startDaemon(t));
  await rpc.response('startup', {}, 'over');
  for (const id of ['unknown', 'over', 7]) {
    assert.deepEqual(await rpc.ok('rpc.cancel', { id }), { cancelled: false });
  }
  for (const params of [{}, { id: 1, more: 1 }, { id: null }, { id: {} }, { id: 0.5 }]) {
    assert.equal((await rpc.error('rpc.cancel', params)).code, -32602);
  }
});

test('a cancel ends a call of this WebSocket only', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [, server] = await session.pair();
  const [one, other] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  const receive = one.response('recv', waiting(server), 'recv');
  await one.settled();
  assert.deepEqual(await other.ok('rpc.cancel', { id: 'recv' }), { cancelled: false });
  assert.deepEqual(await one.ok('rpc.cancel', { id: 'recv' }), { cancelled: true });
  assert.equal((await receive).error.code, ABORTED);
});

test('a cancel ends the calls of a batch, and what it began', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [, server] = await session.pair();
  const rpc = await RpcSocket.open(t, daemon);
  const steps = [{ operation: 'recv', params: waiting(server) }, { operation: 'startup' }];
  const batch = rpc.response('batch', { steps }, 'batch');
  await server.untilBusy();
  assert.deepEqual(await rpc.ok('rpc.cancel', { id: 'batch' }), { cancelled: true });
  const { result } = await batch;
  assert.equal(result.outcome, 'cancelled');
  assert.equal(daemon.app.daemon.sessions.size, 1);
});

test('beyond limits.callsPerOwner calls are refused at once; cancel and unsubscribe still work', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [, server] = await session.pair();
  const rpc = await RpcSocket.open(t, daemon);
  const { subscription } = await rpc.ok('rpc.subscribe', { kinds: ['session'] });
  const answers: Body[] = [];
  const calls = Array.from({ length: 1100 }, async (_, n) => {
    const answer = await rpc.response('recv', waiting(server, { maxBytes: 1 }), n);
    answers.push(answer);
    return answer;
  });
  await rpc.settled();
  assert.equal(answers.length, 76);
  for (const { error } of answers) {
    assert.deepEqual([error.code, error.data.type, error.data.status], [-32000, '/problems/quota', 429]);
  }
  assert.deepEqual(
    answers.map(({ id }) => id),
    Array.from({ length: 76 }, (_, n) => 1024 + n),
  );
  assert.deepEqual(await rpc.ok('rpc.unsubscribe', { subscription }), { unsubscribed: true });
  const cancels = Array.from({ length: 1024 }, (_, id) => rpc.ok('rpc.cancel', { id }));
  for (const { cancelled } of await Promise.all(cancels)) assert.equal(cancelled, true);
  const codes = (await Promise.all(calls)).map(({ error }) => error.code);
  assert.equal(codes.filter((code) => code === ABORTED).length, 1024);
});

test('the calls of all WebSockets and requests of an owner count together', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { callsPerOwner: 3 } } });
  const session = await startSession(daemon, 'lab');
  const pairs = [await session.pair(), await session.pair(), await session.pair(), await session.pair()];
  const servers = pairs.map(([, server]) => server);
  const [a, b, c, d] = servers;
  assert.ok(a && b && c && d);
  const [one, other] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  void one.response('recv', waiting(a));
  void other.response('recv', waiting(b));
  void c.answer('recv', { timeoutMs: READY_MS }).catch(() => undefined);
  for (const server of [a, b, c]) await server.untilBusy();
  assert.equal((await other.error('recv', waiting(d))).data.type, '/problems/quota');
  // What waits for nothing is not refused.
  assert.equal((await other.ok('getSocket', { socketId: d.id })).socketId, d.id);
});

test('notifications under way count too', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { callsPerOwner: 2 } } });
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  const rpc = await RpcSocket.open(t, daemon);
  for (let n = 0; n < 3; n++) rpc.send(rpcRequest('recv', waiting(server)));
  assert.equal((await rpc.error('getSocket', { socketId: server.id })).data.type, '/problems/quota');
  await client.ok('send', { data: { text: 'stays' } });
  await server.untilIdle();
  assert.equal(textOf(await server.ok('recv')), 'stays');
  assert.equal((await rpc.ok('getSocket', { socketId: server.id })).socketId, server.id);
});
