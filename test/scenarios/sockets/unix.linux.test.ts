/** AF_UNIX over HTTP: the policy of paths, and independent peers (socat, python). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../../places.js';
import { line, needs, start } from '../../programs.js';
import { startDaemon, startSession, TestSocket } from '../test-daemon.js';

const at = (path: string) => ({ family: 'AF_UNIX', path });

/** A daemon that allows the paths of one folder, and a session of it. */
const allowed = async (t: TestContext) => {
  const place = folder(t);
  const paths = { allow: ['127.0.0.0/8'], unixPaths: [`${place}/`] };
  const daemon = await startDaemon(t, { config: { policy: { connect: paths, bind: paths } } });
  const session = await startSession(daemon, 'posix');
  return {
    place,
    r: daemon,
    session,
    unix: () => session.socket({ family: 'AF_UNIX', type: 'SOCK_STREAM' }),
  };
};

const listening = async (socket: TestSocket, path: string, backlog = 5): Promise<TestSocket> => {
  await socket.ok('bind', { address: at(path) });
  await socket.ok('listen', { backlog });
  return socket;
};

const pair = async (t: TestContext) => {
  const world = await allowed(t);
  const path = join(world.place, 's');
  const listener = await listening(await world.unix(), path);
  const client = await world.unix();
  await client.ok('connect', { address: at(path) });
  return { ...world, path, listener, client, server: await listener.accept({ timeoutMs: 10_000 }) };
};

const DENIED = '/problems/destination-denied';

test('by default no path is allowed, neither for connect nor for bind, and no file is made', async (t) => {
  const place = folder(t);
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const socket = await session.socket({ family: 'AF_UNIX' });
  for (const path of ['/var/run/docker.sock', '/run/user/0/bus', join(place, 'x'), 'x', './x']) {
    for (const operation of ['connect', 'bind']) {
      const problem = await socket.problem(operation, { address: at(path) });
      assert.deepEqual([problem.status, problem.type, problem.code], [403, DENIED, undefined], path);
      assert.match(problem.detail, new RegExp(`policy\\.${operation}\\.unixPaths`));
    }
  }
  assert.ok(!existsSync(join(place, 'x')));
  assert.equal((await socket.info()).state, 'fresh');
  assert.equal((await daemon.api.ok.get(`${session.path}/lastError`)).code, 0, 'Winsock was never asked');
});

test('no path leaves an allowed folder, neither by `..` nor by links', async (t) => {
  const { place, unix } = await allowed(t);
  const secret = folder(t);
  if (!needs(t, 'socat')) return;
  const agent = start(t, 'socat', ['-d', '-d', `UNIX-LISTEN:${secret}/agent,fork`, 'EXEC:cat']);
  await line(agent.stderr, /listening on/);
  mkdirSync(join(place, 'sub'));
  symlinkSync(join(secret, 'agent'), join(place, 'link'));
  symlinkSync(secret, join(place, 'folder'));
  const socket = await unix();
  for (const path of [
    `${secret}/agent`,
    `${place}/link`,
    `${place}/folder/agent`,
    `${place}/../${secret.split('/').at(-1)}/agent`,
    `${place}/sub/../../${secret.split('/').at(-1)}/agent`,
    `${place}/missing/../../${secret.split('/').at(-1)}/agent`,
  ]) {
    assert.equal((await socket.problem('connect', { address: at(path) })).type, DENIED, path);
  }
  assert.equal((await socket.problem('bind', { address: at(`${place}/folder/new`) })).type, DENIED);
  assert.ok(!existsSync(join(secret, 'new')));
  await listening(await unix(), `${place}/sub/../own`);
  await socket.ok('connect', { address: at(`${place}/own`) });
});

test('connect and bind have separate paths', async (t) => {
  const place = folder(t);
  const policy = {
    connect: { allow: [], unixPaths: [join(place, 'one')] },
    bind: { allow: [], unixPaths: [] },
  };
  const session = await startSession(await startDaemon(t, { config: { policy } }), 'posix');
  const socket = await session.socket({ family: 'AF_UNIX' });
  assert.equal((await socket.problem('bind', { address: at(join(place, 'one')) })).type, DENIED);
  assert.equal((await socket.problem('connect', { address: at(join(place, 'two')) })).type, DENIED);
  const noListener = await socket.problem('connect', { address: at(join(place, 'one')) });
  assert.equal(noListener.name, 'WSAECONNREFUSED');
});

test("socat's UNIX-LISTEN: bytes in both directions, our end, its end", async (t) => {
  if (!needs(t, 'socat')) return;
  const { place, unix } = await allowed(t);
  const path = join(place, 'echo');
  const server = start(t, 'socat', ['-d', '-d', `UNIX-LISTEN:${path}`, 'EXEC:cat']);
  await line(server.stderr, /listening on/);
  const socket = await unix();
  const connected = await socket.ok('connect', { address: at(path) });
  assert.deepEqual(connected, { localAddress: at(''), remoteAddress: at(path) });
  const { value: pid } = await socket.ok('ioctl', { request: 'SIO_AF_UNIX_GETPEERPID' });
  assert.equal(pid, server.pid);
  const data = 'x'.repeat(300_000);
  const echo = socket.drain();
  await socket.ok('send', { data: { text: data } });
  await socket.ok('sendDisconnect');
  assert.equal(await echo, data);
  await socket.ok('close');
});

test("socat's UNIX-CONNECT is accepted, and its bytes are received up to its end", async (t) => {
  if (!needs(t, 'socat')) return;
  const { place, r: daemon, unix } = await allowed(t);
  const path = join(place, 'listener');
  const listener = await listening(await unix(), path);
  const waiting = listener.ok('accept', { timeoutMs: 10_000 });
  await listener.untilBusy();
  writeFileSync(join(place, 'in'), 'y'.repeat(200_000));
  const client = start(t, 'sh', ['-c', `socat -t 20 - UNIX-CONNECT:${path} < ${place}/in > ${place}/out`]);
  const { socketId, state, remoteAddress } = await waiting;
  assert.deepEqual([state, remoteAddress], ['connected', at('')]);
  const server = new TestSocket(daemon, socketId);
  assert.equal((await server.drain()).length, 200_000);
  await server.ok('send', { data: { text: 'heard' } });
  await server.ok('close');
  await once(client, 'exit');
  assert.equal(readFileSync(join(place, 'out'), 'utf8'), 'heard');
});

const PYTHON = `
import os, socket, sys
place = sys.argv[1]
own = socket.socket(socket.AF_UNIX)
own.bind(place + '/python')
own.connect(place + '/listener')
hidden = socket.socket(socket.AF_UNIX)
hidden.bind(b'\\0winsockd-%d' % os.getpid())
hidden.connect(place + '/listener')
hidden.sendall(b'unread')
own.sendall(b'to be read')
print('connected', os.getpid(), flush=True)
print('got', own.recv(100).decode(), flush=True)
own.send(b'!', socket.MSG_OOB)
own.sendall(b'end')
print('sent', flush=True)
sys.stdin.readline()
try:
    print('recv', hidden.recv(1), flush=True)
except ConnectionResetError:
    print('recv reset', flush=True)
`;

test("python's socket: its path, an abstract address, urgent data, a reset", async (t) => {
  if (!needs(t, 'python3')) return;
  const { place, r: daemon, unix } = await allowed(t);
  const listener = await listening(await unix(), join(place, 'listener'));
  const peer = start(t, 'python3', ['-c', PYTHON, place]);
  const [, pid] = await line(peer.stdout, /connected (\d+)/);
  const first = await listener.ok('accept', { timeoutMs: 10_000 });
  assert.deepEqual(first.remoteAddress, at(join(place, 'python')));
  const second = await listener.ok('accept', { timeoutMs: 10_000 });
  assert.deepEqual(second.remoteAddress, at(''), 'an abstract address shows no name');
  const [server, hidden] = [new TestSocket(daemon, first.socketId), new TestSocket(daemon, second.socketId)];
  assert.equal((await server.ok('ioctl', { request: 'SIO_AF_UNIX_GETPEERPID' })).value, Number(pid));
  assert.equal((await server.ok('recv', { maxBytes: 10, flags: ['MSG_WAITALL'] })).bytesReceived, 10);
  const answered = line(peer.stdout, /got answer\nsent/);
  await server.ok('send', { data: { text: 'answer' } });
  await answered;
  const { value: mark } = await server.ok('ioctl', { request: 'SIOCATMARK' });
  assert.equal(mark, 1, 'no urgent data, whatever was sent');
  const received = (await server.ok('recv', { timeoutMs: 10_000 })).data.base64;
  assert.match(Buffer.from(received, 'base64').toString(), /end$/);
  const reset = line(peer.stdout, /recv (.*)/);
  await hidden.ok('close');
  peer.stdin?.end('\n');
  assert.equal((await reset)[1], 'reset', 'a close with unread bytes');
});

test('codes: a path in use, no listener, a full queue, options of TCP', async (t) => {
  const { session, place, client, listener, path, unix } = await pair(t);
  const code = async (socket: TestSocket, operation: string, params: object) => {
    const { status, name } = await socket.problem(operation, params);
    return [status, name];
  };
  assert.deepEqual(await code(await unix(), 'bind', { address: at(path) }), [409, 'WSAEADDRINUSE']);
  assert.deepEqual(await code(await unix(), 'bind', { address: at(join(place, 'no', 'x')) }), [
    503,
    'WSAENETDOWN',
  ]);
  const other = await unix();
  assert.deepEqual(await code(other, 'connect', { address: at(join(place, 'no')) }), [
    502,
    'WSAECONNREFUSED',
  ]);
  assert.equal((await other.info()).state, 'fresh');
  const sets = { read: [other.id], write: [other.id], except: [other.id], timeoutMs: 0 };
  assert.deepEqual(await session.ok('select', sets), { read: [], write: [], except: [other.id] });
  const bytes = { data: { text: '!' }, flags: ['MSG_OOB'] };
  assert.equal((await client.problem('send', bytes)).name, 'WSAEOPNOTSUPP');
  assert.equal((await client.problem('recv', { flags: ['MSG_OOB'] })).name, 'WSAEOPNOTSUPP');
  const keepAlive = { onoff: true, keepalivetime: 1000, keepaliveinterval: 1000 };
  assert.equal(
    (await client.problem('ioctl', { request: 'SIO_KEEPALIVE_VALS', keepAlive })).name,
    'WSAENOPROTOOPT',
  );
  assert.equal((await listener.problem('ioctl', { request: 'SIO_AF_UNIX_GETPEERPID' })).name, 'WSAENOTCONN');
  await listener.ok('close');
  assert.deepEqual(await code(other, 'connect', { address: at(path) }), [502, 'WSAECONNREFUSED']);
  unlinkSync(path);
  await listening(other, path, 0);
  const answers: string[] = [];
  for (let i = 0; i < 4; i++) {
    // Blocking, without a limit: a full queue refuses at once.
    const { status, body } = await (await unix()).answer('connect', { address: at(path) });
    answers.push(status === 200 ? 'ok' : body.name);
  }
  assert.deepEqual([...new Set(answers)], ['ok', 'WSAECONNREFUSED']);
});

test('select, poll, network events and duplicate', async (t) => {
  const { session, unix, listener, path, client, server } = await pair(t);
  const ready = session.ok('select', { read: [server.id], except: [client.id], timeoutMs: 10_000 });
  await server.untilBusy();
  await client.ok('send', { data: { text: 'x' } });
  assert.deepEqual(await ready, { read: [server.id], write: [], except: [] });
  await server.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
  const events = async (): Promise<string[]> =>
    (await server.ok('enumNetworkEvents', { timeoutMs: 10_000 })).events.map(
      ({ event }: { event: string }) => event,
    );
  assert.deepEqual(await events(), ['FD_READ']);
  await client.ok('send', { data: { text: 'more' } });
  assert.deepEqual(await events(), ['FD_READ']);
  await server.ok('recv');
  const second = await client.duplicate();
  await client.ok('close');
  await second.ok('send', { data: { text: 'y' } });
  assert.deepEqual(await events(), ['FD_READ']);
  await server.ok('recv');
  await second.ok('close');
  assert.deepEqual(await events(), ['FD_CLOSE']);
  const { sockets } = await session.ok('poll', {
    sockets: [
      { socketId: server.id, events: ['POLLIN', 'POLLOUT'] },
      { socketId: listener.id, events: ['POLLIN'] },
    ],
  });
  assert.deepEqual(
    sockets.map(({ revents }: { revents: string[] }) => revents),
    [['POLLWRNORM', 'POLLHUP'], []],
  );
  const next = await unix();
  await next.ok('connect', { address: at(path) });
  assert.deepEqual((await session.ok('select', { read: [listener.id] })).read, [listener.id]);
});

test('a close that lingers ends at once, and the peer still reads every byte', async (t) => {
  const { client, server } = await pair(t);
  // Longer than a call may wait: a close that used all its time would fail.
  await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 3_600 } });
  await client.ok('send', { data: { text: 'z'.repeat(50_000) } });
  await client.ok('close');
  assert.equal((await server.drain()).length, 50_000);
});

test('a close with bytes that went back is an end for the peer, or a reset if others follow', async (t) => {
  for (const [behind, answer] of [
    [false, 200],
    [true, 'WSAECONNRESET'],
  ] as const) {
    const { session, client, server } = await pair(t);
    const fault = { operation: 'recv', nth: 1, effect: 'fail', phase: 'after', code: 'WSAENOBUFS' };
    await session.arm({ ...fault, socketId: server.id });
    await client.ok('send', { data: { text: 'abc' } });
    await server.problem('recv');
    if (behind) await client.ok('send', { data: { text: 'def' } });
    await server.ok('close');
    const { status, body } = await client.answer('recv', { timeoutMs: 10_000 });
    // Only an abortive close would show it to the peer, and AF_UNIX of Linux has none.
    assert.equal(body.name ?? status, answer);
  }
});

test('a blocking send waits for room; a recv that times out keeps the connection usable', async (t) => {
  const { client, server } = await pair(t);
  await client.setOption('SOL_SOCKET', 'SO_SNDBUF', { integer: 65_536 }); // whatever the system's default
  assert.equal((await server.problem('recv', { timeoutMs: 20 })).name, 'WSAETIMEDOUT');
  const data = Buffer.alloc(4 * 1024 * 1024, 'x');
  const sending = client.ok('send', { data: { base64: data.toString('base64') } });
  await client.untilBusy();
  const received = server.drain();
  assert.equal((await sending).bytesSent, data.length);
  await client.ok('sendDisconnect');
  assert.equal((await received).length, data.length);
});

test('the journal and getSocket show paths', async (t) => {
  const { r: daemon, path, client, server } = await pair(t);
  const shown = await server.info();
  assert.deepEqual([shown.localAddress, shown.remoteAddress], [at(path), at('')]);
  assert.deepEqual([shown.family, shown.type, shown.protocol], ['AF_UNIX', 'SOCK_STREAM', 0]);
  await client.ok('close');
  const { entries, remoteAddress } = await daemon.api.ok.get(`/v1/sockets/${client.id}/journal`);
  const connected = entries.find(({ operation }: { operation: string }) => operation === 'connect');
  assert.deepEqual([connected.remoteAddress, remoteAddress], [at(path), at(path)]);
  assert.deepEqual(connected.parameters, { address: at(path) });
});
