/**
 * A client whose process is killed while its call waits: the call ends within a second, and no arrived data
 * is lost.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { line, start } from '../../programs.js';
import {
  ALICE,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
  textOf,
} from '../test-daemon.js';

const CLIENT = fileURLToPath(new URL('./waiting-client.js', import.meta.url));
const ROUNDS = 3;

/** Resolves when the call is pending on the socket. */
const waiting = (
  t: TestContext,
  daemon: TestDaemon,
  socket: TestSocket,
  operation: string,
  body: object = {},
): Promise<ChildProcess> =>
  requesting(t, daemon, socket, [`POST /v1/sockets/${socket.id}/${operation} HTTP/1.1`], body);

/** Resolves when the socket has a pending call, made by a client that has sent this request. */
const requesting = async (
  t: TestContext,
  { port }: TestDaemon,
  socket: TestSocket,
  head: readonly string[],
  body: object,
): Promise<ChildProcess> => {
  const json = JSON.stringify(body);
  const fields = [
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${ALICE}`,
    'Content-Type: application/json',
    `Content-Length: ${json.length}`,
  ];
  const request = `${[...head, ...fields].join('\r\n')}\r\n\r\n${json}`;
  const child = start(t, process.execPath, [CLIENT, String(port), request]);
  await line(child.stdout, /^sent$/m);
  await socket.untilBusy();
  return child;
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

/** Kills the client, and fails if the socket still has a pending call after a second. */
const killAndAwaitEnd = async (child: ChildProcess, socket: TestSocket): Promise<void> => {
  await kill(child);
  const died = performance.now();
  await socket.untilIdle();
  assert.ok(performance.now() - died < 1000);
};

for (const provider of PROVIDERS) {
  describe(`a client that is killed while its call waits, on ${provider}`, () => {
    test('recv: the wait ends, and later bytes go to the next recv', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await killAndAwaitEnd(await waiting(t, daemon, server, 'recv'), server);
      await client.ok('send', { data: { text: 'every byte' } });
      assert.equal(textOf(await server.ok('recv')), 'every byte');
    });

    test('recv: bytes that arrive at the moment of its end are not lost', async (t) => {
      // An answer written while the connection still exists counts as delivered.
      if (process.platform === 'win32')
        return t.skip('a process is seen to end before its connections close');
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      for (let round = 0; round < ROUNDS; round++) {
        await kill(await waiting(t, daemon, server, 'recv'));
        await client.ok('send', { data: { text: `round ${round}` } });
        assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), `round ${round}`);
      }
    });

    test('recv with MSG_WAITALL: the bytes that it had collected go back', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'half' } });
      const child = await waiting(t, daemon, server, 'recv', { maxBytes: 8, flags: ['MSG_WAITALL'] });
      await untilTaken(server);
      await killAndAwaitEnd(child, server);
      await client.ok('send', { data: { text: ' and half' } });
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), 'half and half');
    });

    test('accept: a later connection goes to the next accept', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      await killAndAwaitEnd(await waiting(t, daemon, listener, 'accept'), listener);
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = await listener.accept({ timeoutMs: 10_000 });
      await client.ok('send', { data: { text: 'here' } });
      assert.equal(textOf(await server.ok('recv')), 'here');
    });

    test('a send that is held for its instant: nothing is sent', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const head = [
        `POST /v1/sockets/${client.id}/send HTTP/1.1`,
        `Winsockd-Not-Before: ${await inAWhile(daemon)}`,
      ];
      const child = await requesting(t, daemon, client, head, { data: { text: 'never' } });
      await killAndAwaitEnd(child, client);
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), '');
    });

    test('a batch that is held for its instant: no step is made', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const params = { socketId: client.id, data: { text: 'never' } };
      const child = await requesting(t, daemon, client, ['POST /v1/batch HTTP/1.1'], {
        steps: [
          { operation: 'send', params },
          { operation: 'send', params },
        ],
        onError: 'continue',
        notBefore: await inAWhile(daemon),
      });
      await killAndAwaitEnd(child, client);
      await client.ok('sendDisconnect');
      assert.equal(await server.drain(), '');
    });
  });
}

/** An instant that comes after the test. */
async function inAWhile({ api }: TestDaemon): Promise<string> {
  const { clock } = await api.ok.get('/v1');
  return `monotonic=${clock.monotonicMs + 20_000}`;
}

/** Resolves when the socket has no unread byte. */
async function untilTaken(socket: TestSocket): Promise<void> {
  const began = performance.now();
  while ((await socket.ok('ioctl', { request: 'FIONREAD' })).value > 0) {
    assert.ok(performance.now() - began < 10_000, 'the bytes are still there');
  }
}
