/** Batches against the whole daemon: connections in one request, and what is left when one fails. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  textOf,
  until,
} from '../test-daemon.js';
import { cutBeforeReply, post } from '../transfer/lost-replies.js';
import { ref } from './batch-client.js';

const READY_MS = 10_000;

const outcomes = ({ outcome, steps }: Body): unknown => [outcome, ...steps.map((one: Body) => one.outcome)];

const sizes = ({ app: { daemon } }: TestDaemon) => [daemon.sessions.size, daemon.sockets.size];

for (const provider of PROVIDERS) {
  describe(`batches on ${provider}`, () => {
    test('seven dependent steps are the whole life of a connection', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const steps = [
        {
          id: 'client',
          operation: 'socket',
          params: { sessionId: session.id, provider, family: 'AF_INET', type: 'SOCK_STREAM' },
        },
        { operation: 'connect', params: { socketId: ref('/client/socketId'), address } },
        { id: 'server', operation: 'accept', params: { socketId: listener.id, timeoutMs: READY_MS } },
        {
          operation: 'send',
          params: { socketId: ref('/client/socketId'), data: { text: 'hello' } },
          expect: { '/bytesSent': 5 },
        },
        {
          operation: 'recv',
          params: { socketId: ref('/server/socketId'), as: 'text' },
          expect: { '/data/text': 'hello' },
        },
        { operation: 'close', params: { socketId: ref('/client/socketId') } },
        { operation: 'recv', params: { socketId: ref('/server/socketId') }, expect: { '/eof': true } },
      ];
      const answer = await daemon.api.ok.post('/v1/batch', { steps });
      assert.deepEqual(outcomes(answer), ['completed', ...Array(7).fill('ok')], JSON.stringify(answer));
    });

    test('cleanup leaves nothing open when the fourth step fails', async (t) => {
      const daemon = await startDaemon(t);
      const before = await startSession(daemon, provider);
      const { address } = await before.refusingAddress();
      const open = sizes(daemon);
      const steps = [
        { id: 's', operation: 'startup' },
        {
          id: 'c',
          operation: 'socket',
          params: { sessionId: ref('/s/sessionId'), provider, family: 'AF_INET', type: 'SOCK_STREAM' },
        },
        { operation: 'socket', params: { sessionId: before.id, provider } },
        { operation: 'connect', params: { socketId: ref('/c/socketId'), address } },
        { operation: 'send', params: { socketId: ref('/c/socketId'), data: { text: 'x' } } },
      ];
      for (const onError of ['cleanup', 'stop']) {
        const answer = await daemon.api.ok.post('/v1/batch', { steps, onError });
        assert.deepEqual(outcomes(answer), ['failed', 'ok', 'ok', 'ok', 'failed', 'skipped']);
        assert.equal(answer.steps[3].problem.name, 'WSAECONNREFUSED');
        const [sessions = 0, sockets = 0] = open;
        assert.deepEqual(sizes(daemon), onError === 'cleanup' ? open : [sessions + 1, sockets + 2]);
      }
      const { sockets } = await daemon.api.ok.get(`/v1/sessions/${before.id}/sockets`);
      assert.equal(sockets.length, 2, 'what was there before is there still');
      const expected = { ...steps[3], expectError: 'WSAECONNREFUSED' };
      const good = await daemon.api.ok.post('/v1/batch', { steps: [...steps.slice(0, 3), expected] });
      assert.equal(good.outcome, 'completed');
    });

    test('two receives of one socket in one batch', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'abc' } });
      await server.untilAvailable(3);
      const one = { operation: 'recv', params: { socketId: server.id, maxBytes: 1, as: 'text' } };
      const { steps } = await daemon.api.ok.post('/v1/batch', { steps: [one, { ...one, repeat: 2 }] });
      assert.deepEqual(
        steps.map(({ result }: Body) => result.data.text),
        ['a', 'c'],
      );
    });

    test('timeoutMs ends the step that waits; it has taken nothing', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const steps = [
        { operation: 'getSocket', params: { socketId: server.id } },
        { operation: 'recv', params: { socketId: server.id } },
        { operation: 'send', params: { socketId: client.id, data: { text: 'x' } } },
      ];
      const answer = await daemon.api.ok.post('/v1/batch', { steps, timeoutMs: 100, onError: 'continue' });
      assert.deepEqual(outcomes(answer), ['cancelled', 'ok', 'cancelled', 'skipped']);
      assert.equal(answer.steps[1].problem.name, 'WSA_OPERATION_ABORTED');
      assert.ok(answer.steps[1].durationMs >= 50);
      await client.ok('send', { data: { text: 'later' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'later');
    });

    test('a client that goes away: the step that waits ends, and what the batch made ends', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [, server] = await session.pair();
      const open = sizes(daemon);
      for (const onError of ['stop', 'cleanup']) {
        const connection = post(daemon, '/v1/batch', {
          steps: [
            { operation: 'startup' },
            { operation: 'socket', params: { sessionId: session.id, provider } },
            { operation: 'recv', params: { socketId: server.id } },
            { operation: 'close', params: { socketId: server.id } },
          ],
          onError,
        });
        await server.untilBusy();
        connection.resetAndDestroy();
        await server.untilIdle();
        await until(() => String(sizes(daemon)) === String(open), `${onError}: all has ended`);
        assert.equal((await server.info()).state, 'connected', 'no later step has run');
      }
      const { entries } = await daemon.api.ok.get(`${session.path}/journal?limit=500`);
      const lost = entries.filter((one: Body) => one.undelivered === true);
      assert.deepEqual(
        lost.map((one: Body) => one.operation),
        ['socket', 'recv', 'socket', 'recv'],
      );
    });

    test('a batch that succeeded and whose answer is lost: what it made ends', async (t) => {
      const seam = cutBeforeReply('batch');
      const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
      const open = sizes(daemon);
      const steps = [
        { id: 's', operation: 'startup' },
        { operation: 'socket', params: { sessionId: ref('/s/sessionId'), provider }, repeat: 3 },
      ];
      await seam.cut(daemon, '/v1/batch', { steps });
      await until(() => String(sizes(daemon)) === String(open), 'all has ended');
    });

    test('quota and policy refuse in a batch what REST refuses', async (t) => {
      const config = { limits: { socketsPerOwner: 2 }, policy: { connect: { allow: ['127.0.0.1/32 9'] } } };
      const daemon = await startDaemon(t, { config });
      const session = await startSession(daemon, provider);
      const params = { sessionId: session.id, provider, family: 'AF_INET', type: 'SOCK_STREAM' };
      const answer = await daemon.api.ok.post('/v1/batch', {
        steps: [
          { id: 's', operation: 'socket', params },
          { operation: 'socket', params, repeat: 5, expectError: 'quota' },
          { operation: 'socket', params, repeat: 5 },
          {
            operation: 'connect',
            params: { socketId: ref('/s/socketId'), address: loopback('AF_INET', 10) },
          },
        ],
        onError: 'continue',
      });
      assert.deepEqual(
        answer.steps.slice(0, 3).map((one: Body) => [one.outcome, one.runs]),
        [
          ['ok', 1],
          ['failed', 1],
          ['failed', 1],
        ],
      );
      assert.equal(answer.steps[2].problem.type, '/problems/quota');
      if (provider === 'lab') return; // no policy
      assert.equal(answer.steps[3].problem.type, '/problems/destination-denied');
    });
  });
}

test('a batch reads what others own no more than REST does', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const { id } = await session.stream();
  const steps = [{ operation: 'close', params: { socketId: id } }];
  const answer = await daemon.bob.ok.post('/v1/batch', { steps });
  assert.equal(answer.steps[0].problem.name, 'WSAENOTSOCK');
  assert.equal(answer.steps[0].problem.status, 404);
});

test('a thousand steps, each of them recorded', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const steps = Array.from({ length: 1000 }, () => ({
    operation: 'setLastError',
    params: { sessionId: session.id, code: 10057 },
  }));
  const answer = await daemon.api.ok.post('/v1/batch', { steps });
  assert.equal(answer.outcome, 'completed');
  assert.equal(answer.steps.length, 1000);
});
