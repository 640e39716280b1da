/**
 * Random conversations give the same answers, step by step, on the lab and on the system. Left out is what
 * the systems do differently (see the skips of the provider contract): bytes that arrive after SD_RECEIVE, a
 * full backlog, and the unread bytes of a reset connection (Linux keeps them, Windows and the lab discard
 * them): so an end reads what it has before the other one closes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import { startDaemon, startSession, type TestDaemon, type TestSocket } from '../test-daemon.js';

type Role = 'listener' | 'client' | 'server' | 'spare';

interface Step {
  readonly who: Role;
  readonly operation: string;
  readonly params: object;
}

const step = (who: Role, operation: string, params: object = {}): Step => ({ who, operation, params });

const ends: readonly Role[] = ['client', 'server'];
const allRoles: readonly Role[] = ['listener', 'client', 'server', 'spare'];

const STEPS: readonly Step[] = [
  ...allRoles.flatMap((who) => [
    step(who, 'send', { data: { text: 'abc' } }),
    step(who, 'sendDisconnect'),
    step(who, 'recv', { maxBytes: 2, timeoutMs: 20 }),
    step(who, 'accept', { timeoutMs: 20 }),
    step(who, 'listen', {}),
    step(who, 'getSockName'),
    step(who, 'getPeerName'),
    step(who, 'close'),
  ]),
  ...ends.flatMap((who) => [
    step(who, 'send', { data: { text: 'more bytes' } }),
    step(who, 'recv', { timeoutMs: 20 }),
    step(who, 'shutdown', { how: 'SD_SEND' }),
  ]),
  step('spare', 'shutdown', { how: 'SD_BOTH' }),
  step('client', 'connect'),
  step('spare', 'connect'),
];

/** The results, without what differs between runs (ids, ports). */
const shown = (body: {
  name?: string;
  state?: string;
  data?: { base64: string };
  eof?: boolean;
  bytesSent?: number;
}) => JSON.stringify([body.name, body.state, body.data?.base64, body.eof, body.bytesSent]);

const converse = async (
  daemon: TestDaemon,
  provider: ProviderName,
  steps: readonly Step[],
): Promise<string[]> => {
  const session = await startSession(daemon, provider);
  const listener = await session.listener();
  const address = await listener.sockName();
  const client = await session.stream();
  await client.ok('connect', { address });
  const server = await listener.accept();
  const spare = await session.stream();
  const sockets: Readonly<Record<Role, TestSocket>> = { listener, client, server, spare };
  const log: string[] = [];
  const other: Readonly<Partial<Record<Role, TestSocket>>> = { client: server, server: client };
  for (const { who, operation, params } of steps) {
    const socket = sockets[who];
    if (operation === 'close') {
      const read = await other[who]?.answer('recv', { timeoutMs: 0 });
      if (read) log.push(`the other end reads: ${read.status} ${shown(read.body)}`);
    }
    const isName = operation === 'getSockName' || operation === 'getPeerName';
    const answer = isName
      ? await daemon.api.get(
          `/v1/sockets/${socket.id}/${operation === 'getSockName' ? 'sockName' : 'peerName'}`,
        )
      : await socket.answer(operation, operation === 'connect' ? { address } : params);
    log.push(`${who} ${operation}: ${answer.status} ${shown(answer.body)}`);
  }
  await daemon.api.ok.delete(session.path);
  return log;
};

test('random conversations are the same on posix and on the lab', async (t) => {
  const daemon = await startDaemon(t, { keepAlive: true });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 12, size: 'max' }), async (steps) => {
      assert.deepEqual(await converse(daemon, 'posix', steps), await converse(daemon, 'lab', steps));
    }),
    { numRuns: 150, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
});
