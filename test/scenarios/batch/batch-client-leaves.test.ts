/** Batches whose client ends its sending side, or is cut while steps run. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { openHandles } from '../../providers/open-handles.js';
import { PROVIDERS, startDaemon, startSession, type TestDaemon, textOf, until } from '../test-daemon.js';
import { post } from '../transfer/lost-replies.js';
import { ref } from './batch-client.js';

const READY_MS = 10_000;

const sizes = ({ app: { daemon } }: TestDaemon): string => `${daemon.sessions.size} ${daemon.sockets.size}`;

/** The body of the answer that a connection gets; its client has ended its sending side. */
const answerOn = async (connection: net.Socket): Promise<Body> => {
  const chunks: Buffer[] = [];
  connection.on('data', (chunk) => chunks.push(chunk));
  await once(connection, 'end');
  const text = Buffer.concat(chunks).toString();
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
};

for (const provider of PROVIDERS) {
  describe(`a client that leaves its batch on ${provider}`, () => {
    test('it ends its sending side at once: calls that need not wait go on, and it gets the answer', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const connection = post(daemon, '/v1/batch', {
        steps: [
          { operation: 'getSocket', params: { socketId: client.id } },
          { operation: 'send', params: { socketId: client.id, data: { text: 'x' } } },
          // It waits, and loses nothing when its answer is lost.
          { operation: 'select', params: { sessionId: session.id, read: [server.id], timeoutMs: READY_MS } },
          { operation: 'recv', params: { socketId: server.id, as: 'text' }, expect: { '/data/text': 'x' } },
          { operation: 'getSockName', params: { socketId: server.id } },
        ],
      });
      connection.end();
      const { outcome, steps } = await answerOn(connection);
      assert.equal(outcome, 'completed', JSON.stringify(steps));
      assert.equal(steps[4].result.address.family, 'AF_INET');
    });

    test('it ends its sending side while a receive waits: it counts as gone', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const open = sizes(daemon);
      const connection = post(daemon, '/v1/batch', {
        steps: [
          { operation: 'startup' },
          { operation: 'socket', params: { sessionId: session.id, provider } },
          { operation: 'recv', params: { socketId: server.id } },
          { operation: 'close', params: { socketId: server.id } },
        ],
        onError: 'continue',
      });
      const closed = once(connection, 'close');
      connection.resume();
      await server.untilBusy();
      connection.end();
      await closed;
      await until(() => sizes(daemon) === open, 'what the batch made has ended');
      await client.ok('send', { data: { text: 'stays' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: READY_MS })), 'stays');
    });

    test('it ends its sending side while a select waits: the batch goes on', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const connection = post(daemon, '/v1/batch', {
        steps: [
          { operation: 'select', params: { sessionId: session.id, read: [server.id], timeoutMs: READY_MS } },
          { operation: 'getSocket', params: { socketId: server.id } },
        ],
      });
      await until(() => daemon.app.daemon.waiting.of('alice') > 0, 'the select waits');
      connection.end();
      await client.ok('send', { data: { text: 'x' } });
      const { outcome, steps } = await answerOn(connection);
      assert.deepEqual([outcome, steps[0].result.read], ['completed', [server.id]]);
    });

    test('cleanup of a batch whose client is cut gives every descriptor back', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const [, server] = await session.pair();
      const cut = async (): Promise<void> => {
        const stream = { sessionId: session.id, provider, family: 'AF_INET', type: 'SOCK_STREAM' };
        const connection = post(daemon, '/v1/batch', {
          steps: [
            { operation: 'startup' },
            { id: 'c', operation: 'socket', params: stream },
            { operation: 'connect', params: { socketId: ref('/c/socketId'), address } },
            { operation: 'accept', params: { socketId: listener.id, timeoutMs: READY_MS } },
            { operation: 'socket', params: stream, repeat: 5 },
            { operation: 'recv', params: { socketId: server.id } },
          ],
          onError: 'cleanup',
        });
        await server.untilBusy();
        connection.resetAndDestroy();
        await server.untilIdle();
      };
      const before = sizes(daemon);
      await cut();
      await until(() => sizes(daemon) === before, 'what the batch made has ended');
      // Handles of Windows come and go by themselves.
      if (process.platform !== 'linux') return;
      const open = openHandles();
      for (let round = 0; round < 3; round++) {
        await cut();
        await until(() => sizes(daemon) === before, 'what the batch made has ended');
        await until(() => openHandles() === open, `${open} descriptors again, not ${openHandles()}`);
      }
    });
  });
}
