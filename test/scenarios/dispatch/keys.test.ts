/** Requests with an Idempotency-Key, on real sockets: what they take is taken once, and is never lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Answer, Body } from '../../http/client.js';
import { line, start } from '../../programs.js';
import {
  ALICE,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
  textOf,
  until,
} from '../test-daemon.js';

const CLIENT = fileURLToPath(new URL('./waiting-client.js', import.meta.url));

const key = (text: string) => ({ headers: { 'idempotency-key': text } });

const isReplay = ({ headers }: Answer): boolean => headers['winsockd-replayed'] === 'true';

/** A client in a process of its own, which waits for the answer of a request with a key. */
const waitingClient = async (t: TestContext, { port }: TestDaemon, socket: TestSocket, operation: string) => {
  const request =
    `POST /v1/sockets/${socket.id}/${operation} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Authorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n` +
    'Idempotency-Key: k\r\n\r\n{}';
  const child = start(t, process.execPath, [CLIENT, String(port), request]);
  await line(child.stdout, /^sent$/m);
  await socket.untilBusy();
  return child;
};

const undelivered = async ({ api }: TestDaemon, socket: TestSocket): Promise<readonly Body[]> => {
  const { entries } = await api.ok.get(`/v1/sockets/${socket.id}/journal`);
  return entries.filter((one: Body) => one.undelivered);
};

for (const provider of PROVIDERS) {
  describe(`idempotency keys on ${provider}`, () => {
    test('two equal accepts at once take one connection', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const first = listener.answer('accept', {}, key('k'));
      await listener.untilBusy();
      const second = await listener.answer('accept', {}, key('k'));
      assert.deepEqual([second.status, second.body.type], [409, '/problems/key-under-way']);
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const accepted = await first;
      assert.deepEqual([accepted.status, isReplay(accepted)], [201, false]);
      const again = await listener.answer('accept', {}, key('k'));
      assert.deepEqual([again.status, isReplay(again), again.body], [201, true, accepted.body]);
      assert.equal(again.headers.location, accepted.headers.location);
      const another = await listener.problem('accept', { timeoutMs: 50 });
      assert.equal(another.name, 'WSAETIMEDOUT', 'the queue of the listener is empty');
    });

    test('a recv whose client is killed goes on, and its answer is given again', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const child = await waitingClient(t, daemon, server, 'recv');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await client.ok('send', { data: { text: 'every byte' } });
      await server.untilIdle();
      await client.ok('send', { data: { text: ' and more' } });
      const again = await server.answer('recv', {}, key('k'));
      assert.deepEqual([again.status, isReplay(again), textOf(again.body)], [200, true, 'every byte']);
      assert.equal(textOf(await server.ok('recv')), ' and more', 'nothing went back to the socket');
      assert.deepEqual(await undelivered(daemon, server), []);
      const third = await server.answer('recv', {}, key('k'));
      assert.deepEqual(third.body, again.body);
    });

    test('the replay comes after the end of the session too', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'kept' } });
      const first = await server.answer('recv', {}, key('k'));
      const ended = await daemon.api.delete(session.path, key('end'));
      assert.equal((await server.problem('recv')).status, 410);
      const again = await server.answer('recv', {}, key('k'));
      assert.deepEqual([isReplay(again), again.body], [true, first.body]);
      const endedAgain = await daemon.api.delete(session.path, key('end'));
      assert.deepEqual([endedAgain.status, isReplay(endedAgain)], [ended.status, true]);
    });

    test('another body is 422, a wait limit is not kept, and bob is a stranger', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { waitSeconds: 1 } } });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      assert.equal((await server.problem('recv', {}, key('k'))).type, '/problems/wait-limit');
      await client.ok('send', { data: { text: 'late' } });
      const first = await server.answer('recv', {}, key('k'));
      assert.deepEqual([isReplay(first), textOf(first.body)], [false, 'late']);
      const other = await server.problem('recv', { maxBytes: 1 }, key('k'));
      assert.deepEqual([other.status, other.type], [422, '/problems/key-reused']);
      const foreign = await daemon.bob.post(`/v1/sockets/${server.id}/recv`, {}, key('k'));
      assert.equal(foreign.status, 404);
    });

    test('a drain ends the call of a client that is gone', async (t) => {
      const daemon = await startDaemon(t);
      const listener = await (await startSession(daemon, provider)).listener();
      const child = await waitingClient(t, daemon, listener, 'accept');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { waiting } = daemon.app.daemon;
      assert.equal(waiting.of('alice'), 1);
      const drained = daemon.app.drain();
      await until(() => waiting.of('alice') === 0, 'the wait ends');
      await drained;
    });

    test('a batch is made once: its second request gets the same ids', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const steps = [
        { operation: 'socket', params: { sessionId: session.id, provider, family: 'AF_INET' }, repeat: 3 },
      ];
      const first = await daemon.api.post('/v1/batch', { steps }, key('k'));
      const again = await daemon.api.post('/v1/batch', { steps }, key('k'));
      assert.equal(first.body.outcome, 'completed');
      assert.deepEqual([isReplay(again), again.body], [true, first.body]);
      const { sockets } = await daemon.api.ok.get(`${session.path}/sockets`);
      assert.equal(sockets.length, 3);
    });
  });
}
