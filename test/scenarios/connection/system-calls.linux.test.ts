/**
 * The system calls of a connection on Linux. Each one beyond those of a plain program has its reason in the
 * code.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { startDaemon, startSession } from '../test-daemon.js';

/** The library of the system, and the calls on each descriptor since it was made. */
const noted = () => {
  const calls = new Map<unknown, string[]>();
  const entries = Object.entries(loadLibc()).map(([name, call]) => [
    name,
    (...args: unknown[]): unknown => {
      calls.get(args[0])?.push(name);
      const result: unknown = Reflect.apply(call, undefined, args);
      if (name === 'socket') calls.set(result, [name]);
      return result;
    },
  ]);
  // The functions have the same names, parameters and results.
  const libc = Object.fromEntries(entries) as Libc;
  return { libc, calls };
};

const setup = async (t: Parameters<typeof startDaemon>[0]) => {
  const { libc, calls } = noted();
  const daemon = await startDaemon(t, { native: PosixProvider.load(libc), config: { provider: 'posix' } });
  const session = await startSession(daemon, 'posix');
  const listener = await session.listener();
  const client = await session.stream();
  const ofClient = [...calls.values()].at(-1);
  assert.ok(ofClient);
  await client.ok('connect', { address: await listener.sockName(), timeoutMs: 10_000 });
  return { client, server: await listener.accept({ timeoutMs: 10_000 }), ofClient };
};

/**
 * The calls without the repetitions that a slow system makes necessary before a connection or bytes are
 * there.
 */
const inOrder = (calls: readonly string[]): string =>
  calls
    .join(' ')
    .replace(/(?:getpeername getsockopt )+(?=getpeername)/, '')
    .replace(/\b(\w+)(?: \1)+\b/g, '$1');

const BEGUN = 'socket setsockopt connect getpeername getsockname';

test('a connection that is used and closed gracefully takes eleven system calls', async (t) => {
  const { client, server, ofClient } = await setup(t);
  await client.ok('send', { data: { text: 'to' } });
  await server.ok('send', { data: { text: 'fro' } });
  await server.ok('recv', { timeoutMs: 10_000 });
  await client.untilAvailable(3);
  await client.ok('recv', { timeoutMs: 10_000 });
  await server.ok('close', { timeoutMs: 10_000 });
  await client.ok('sendDisconnect');
  assert.equal((await client.ok('recv', { timeoutMs: 10_000 })).eof, true);
  await client.ok('close', { timeoutMs: 10_000 });
  // The ioctl is that of untilAvailable.
  assert.equal(inOrder(ofClient), `${BEGUN} send ioctl recv shutdown recv getsockopt close`);
});

test('a close before the end of the peer checks for unread bytes', async (t) => {
  const { client, ofClient } = await setup(t);
  await client.ok('close', { timeoutMs: 10_000 });
  assert.equal(inOrder(ofClient), `${BEGUN} ioctl close`);
});
