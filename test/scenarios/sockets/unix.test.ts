/** AF_UNIX on every system: valid addresses, and the answers where it is missing. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { isWine } from '../../is-wine.js';
import { folder } from '../../places.js';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const PATH = '/tmp/x.sock';

test('the lab, and a system without AF_UNIX, answer WSAEAFNOSUPPORT', async (t) => {
  const daemon = await startDaemon(t);
  for (const provider of PROVIDERS) {
    const session = await startSession(daemon, provider);
    const { protocols } = await daemon.api.ok.get(`${session.path}/protocols`);
    const has = protocols.some(
      (entry: { provider: string; family: string }) =>
        entry.provider === provider && entry.family === 'AF_UNIX',
    );
    // Windows has it since version 1803 of Windows 10; Wine 10 and the lab do not have it.
    if (provider !== 'ws2_32' || isWine()) assert.equal(has, provider === 'posix');
    const asked = { provider, family: 'AF_UNIX' };
    if (has) await session.socket(asked);
    else assert.equal((await session.problem('sockets', asked)).name, 'WSAEAFNOSUPPORT');
  }
});

const noUnix =
  (isWine() && 'Wine 10 has no AF_UNIX') ||
  (PROVIDERS.length < 2 && 'this system has only the lab, which has no AF_UNIX');

test('in an allowed folder a listener can be bound and connected to, elsewhere not', {
  skip: noUnix,
}, async (t) => {
  const place = folder(t);
  const paths = { allow: ['127.0.0.0/8'], unixPaths: [join(place, 'allowed', sep)] };
  mkdirSync(join(place, 'allowed'));
  const daemon = await startDaemon(t, { config: { policy: { connect: paths, bind: paths } } });
  const session = await startSession(daemon, PROVIDERS[0] ?? 'lab');
  const address = (...names: string[]) => ({ family: 'AF_UNIX', path: join(place, ...names) });
  const listener = await session.socket({ family: 'AF_UNIX' });
  const denied = await listener.problem('bind', { address: address('s') });
  assert.equal(denied.type, '/problems/destination-denied');
  await listener.ok('bind', { address: address('allowed', 's') });
  await listener.ok('listen', { backlog: 5 });
  const client = await session.socket({ family: 'AF_UNIX' });
  await client.ok('connect', { address: address('allowed', 's') });
  const server = await listener.accept({ timeoutMs: 10_000 });
  await client.ok('send', { data: { text: 'hello' } });
  await client.ok('sendDisconnect');
  assert.equal(await server.drain(), 'hello');
  const other = await session.socket({ family: 'AF_UNIX' });
  assert.equal((await other.problem('connect', { address: address('s') })).status, 403);
  assert.equal(
    (await other.problem('connect', { address: address('allowed', 'none') })).name,
    'WSAECONNREFUSED',
  );
});

test('socket picks AF_UNIX only if it is asked for, and only for streams', async (t) => {
  const daemon = await startDaemon(t);
  const native = PROVIDERS[0] ?? 'lab';
  const session = await startSession(daemon, native);
  for (const asked of [{}, { type: 'SOCK_STREAM' }, { family: 'AF_UNSPEC', type: 'SOCK_STREAM' }]) {
    assert.equal((await (await session.socket(asked)).info()).family, 'AF_INET');
  }
  if (native !== 'posix') return;
  assert.equal((await (await session.socket({ family: 'AF_UNIX' })).info()).type, 'SOCK_STREAM');
  for (const [more, name] of [
    [{ type: 'SOCK_DGRAM' }, 'WSAESOCKTNOSUPPORT'],
    [{ protocol: 'IPPROTO_TCP' }, 'WSAEPROTONOSUPPORT'],
  ] as const) {
    assert.equal((await session.problem('sockets', { family: 'AF_UNIX', ...more })).name, name);
  }
});

const tooLong = 'x'.repeat(108);

/** Addresses, and the pointers to their errors, in the order of the answer. */
const WRONG: readonly [object, ...string[]][] = [
  [{ family: 'AF_UNIX' }, '/address/path'],
  [{ family: 'AF_UNIX', path: '' }, '/address/path'],
  [{ family: 'AF_UNIX', path: 'a\0b' }, '/address/path'],
  [{ family: 'AF_UNIX', path: '\0abstract' }, '/address/path'],
  [{ family: 'AF_UNIX', path: tooLong }, '/address/path'],
  [{ family: 'AF_UNIX', path: `${tooLong}x` }, '/address/path'],
  [{ family: 'AF_UNIX', path: 'ä'.repeat(54) }, '/address/path'],
  [
    { family: 'AF_UNIX', path: PATH, address: '127.0.0.1', port: 1, scopeId: 1 },
    ...['/address/address', '/address/port', '/address/scopeId'],
  ],
  [{ family: 'AF_INET', path: PATH }, '/address/address', '/address/port', '/address/path'],
  [{ family: 'AF_INET', address: '127.0.0.1' }, '/address/port'],
  [{ family: 'AF_INET6', port: 1 }, '/address/address'],
  [{ family: 'AF_INET', address: '::1', port: 1, flowInfo: 1 }, '/address/address', '/address/flowInfo'],
  [{ family: 'AF_UNSPEC', path: PATH }, '/address/family'],
  [{ path: PATH }, '/address/family'],
];

test('an address must have exactly the members of its family; each error has a pointer', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  for (const [address, ...pointers] of WRONG) {
    for (const operation of ['bind', 'connect']) {
      const problem = await socket.problem(operation, { address });
      assert.equal(problem.type, '/problems/validation', JSON.stringify(address));
      const reported = problem.errors.map(({ pointer }: { pointer: string }) => pointer);
      assert.deepEqual(reported, pointers, JSON.stringify(address));
    }
  }
});

test('a path on a socket of a network is WSAEFAULT; on a stream sendTo ignores it', async (t) => {
  const session = await startSession(await startDaemon(t), 'lab');
  const address = { family: 'AF_UNIX', path: PATH };
  const [client, server] = await session.pair();
  await client.ok('sendTo', { address, data: { text: 'x' } });
  assert.equal((await server.ok('recv')).bytesReceived, 1);
  for (const operation of ['bind', 'connect']) {
    assert.equal((await (await session.stream()).problem(operation, { address })).name, 'WSAEFAULT');
  }
  const datagram = await session.datagram();
  assert.equal((await datagram.problem('sendTo', { address, data: { text: 'x' } })).name, 'WSAEFAULT');
});

test('the resolvers refuse AF_UNIX', async (t) => {
  const daemon = await startDaemon(t);
  for (const provider of PROVIDERS) {
    const session = await startSession(daemon, provider);
    const address = { family: 'AF_UNIX', path: PATH };
    assert.equal((await session.problem('getNameInfo', { address, provider })).name, 'WSAEAFNOSUPPORT');
    const asked = { node: 'localhost', family: 'AF_UNIX', provider };
    assert.equal((await session.problem('getAddrInfo', asked)).name, 'WSAEAFNOSUPPORT');
  }
});

test('SIO_AF_UNIX_GETPEERPID on another family is WSAEOPNOTSUPP', async (t) => {
  const daemon = await startDaemon(t);
  for (const provider of PROVIDERS) {
    const [client] = await (await startSession(daemon, provider)).pair();
    const problem = await client.problem('ioctl', { request: 'SIO_AF_UNIX_GETPEERPID' });
    assert.equal(problem.name, 'WSAEOPNOTSUPP', provider);
  }
});
