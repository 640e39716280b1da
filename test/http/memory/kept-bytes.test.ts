import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { HeldAnswer, OwnerBytes } from '../../../src/http/memory/kept-bytes.js';
import { StalledClients } from '../../../src/http/memory/stalled-clients.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  ALICE,
  fillSendBuffer,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
  until,
} from '../../scenarios/test-daemon.js';

const MIB = 1 << 20;
const LIMITS = { bytesPerOwner: 16 * MIB, bytesTotal: 64 * MIB };

/** The head of a call's request, up to the header field that says how the body is framed. */
const callHead = (port: number, { id }: TestSocket, call: string): string =>
  [
    `POST /v1/sockets/${id}/${call} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${ALICE}`,
    'Content-Type: application/json',
    '',
  ].join('\r\n');

/** The request of a receive. */
const recv = (port: number, socket: TestSocket, params: object): string => {
  const body = JSON.stringify(params);
  return `${callHead(port, socket, 'recv')}Content-Length: ${body.length}\r\n\r\n${body}`;
};

/** The request of a receive that peeks at all unread bytes. */
const peek = (port: number, near: TestSocket): string =>
  recv(port, near, { flags: ['MSG_PEEK'], maxBytes: MIB });

/** A socket with nearly a megabyte of unread bytes. */
const socketWithUnreadBytes = async (session: TestSession): Promise<TestSocket> => {
  const [near, far] = await session.pair();
  await near.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: MIB });
  await far.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const base64 = Buffer.alloc(MIB - 1024, 'x').toString('base64');
  await far.ok('send', { data: { base64 } });
  return near;
};

/** A connection that reads nothing until it is resumed. */
const pausedConnection = (t: { after(end: () => void): void }, port: number): net.Socket => {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  t.after(() => socket.destroy());
  return socket;
};

/** Bytes kept for an owner, without those of journals, to which each call adds an entry. */
const keptBy = ({ app: { daemon } }: TestDaemon, owner: string): number =>
  daemon.bytes.of(owner).used - daemon.sessions.retainedBytes(owner);

/** Resumes a connection and gives the statuses of the next answers. */
const statusesOf = async (socket: net.Socket, answers: number): Promise<number[]> => {
  const statuses: number[] = [];
  let line = '';
  socket.on('data', (chunk) => {
    // A status line may arrive in two pieces.
    line = `${line.slice(-20)}${chunk.toString('latin1')}`;
    const found = [...line.matchAll(/HTTP\/1\.1 (\d{3})(?= [A-Z])/g)];
    statuses.push(...found.map(([, status]) => Number(status)));
    const last = found.at(-1);
    if (last) line = line.slice(last.index + 12);
  });
  socket.resume();
  await until(() => statuses.length >= answers, `${answers} answers have arrived`);
  return statuses;
};

test('while a client reads nothing, one answer is made; once it reads, it gets all of them', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: LIMITS } });
  const near = await socketWithUnreadBytes(await startSession(daemon, 'lab'));
  const before = keptBy(daemon, 'alice');
  const socket = pausedConnection(t, daemon.port);
  let most = 0;
  socket.write(peek(daemon.port, near).repeat(100));
  await until(() => keptBy(daemon, 'alice') > before + MIB, 'an answer is unread');
  for (let requests = 0; requests < 20; requests++) {
    await daemon.bob.ok.get('/v1/sessions');
    most = Math.max(most, keptBy(daemon, 'alice') - before);
  }
  // One answer, together with the bytes that it was made from.
  assert.ok(most <= 3 * MIB, `${most} bytes are kept`);
  const statuses = await statusesOf(socket, 100);
  assert.deepEqual([...new Set(statuses)], [200]);
  assert.equal(statuses.length, 100);
  await until(() => keptBy(daemon, 'alice') <= before, 'nothing is kept any more');
});

test('connections that read nothing are closed after ten seconds, and other owners are served', async (t) => {
  const clock = new ManualClock();
  // The last answer that fits is larger than the bytes it was made of.
  const bytesPerOwner = 17 * MIB;
  const daemon = await startDaemon(t, { clock, config: { limits: { ...LIMITS, bytesPerOwner } } });
  const near = await socketWithUnreadBytes(await startSession(daemon, 'lab'));
  const before = keptBy(daemon, 'alice');
  const sockets = Array.from({ length: 20 }, () => pausedConnection(t, daemon.port));
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.write(peek(daemon.port, near).repeat(6));
  await until(() => keptBy(daemon, 'alice') > bytesPerOwner, 'the account is over its limit');
  const refused = await daemon.api.problem.get('/v1/sessions');
  assert.deepEqual([refused.status, refused.type], [429, '/problems/quota']);
  assert.ok(keptBy(daemon, 'alice') <= bytesPerOwner + 2 * MIB);
  assert.equal((await daemon.bob.get('/v1/sessions')).status, 200);
  clock.advance(12_000);
  await until(() => keptBy(daemon, 'alice') <= before, 'the unread answers are released');
  assert.equal((await daemon.api.get('/v1/sessions')).status, 200);
  for (const socket of sockets) socket.resume();
  await Promise.race(closed);
});

test('calls that release bytes succeed when something other than answers fills the account', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: LIMITS } });
  const session = await startSession(daemon, 'lab');
  const [near, far] = await session.pair();
  const account = daemon.app.daemon.bytes.of('alice');
  account.count(LIMITS.bytesPerOwner);
  assert.equal((await daemon.api.get('/v1/sessions')).status, 200);
  await near.ok('sendDisconnect');
  await far.ok('close');
  await daemon.api.ok.delete(session.path);
  account.release(LIMITS.bytesPerOwner);
  assert.equal(keptBy(daemon, 'alice'), 0);
});

test('received bytes that a closed connection did not read become receivable again', async (t) => {
  const clock = new ManualClock();
  const bytesPerOwner = LIMITS.bytesTotal;
  const daemon = await startDaemon(t, { clock, config: { limits: { ...LIMITS, bytesPerOwner } } });
  const session = await startSession(daemon, 'lab', { leaseSeconds: 86_400 });
  const near = await socketWithUnreadBytes(session);
  const [idle] = await session.pair();
  const before = keptBy(daemon, 'alice');
  const socket = pausedConnection(t, daemon.port);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // The first receive stays pending, so the answer of the second one cannot be sent.
  socket.write(recv(daemon.port, idle, {}) + recv(daemon.port, near, { maxBytes: 1000 }));
  const available = async () => (await near.ok('ioctl', { request: 'FIONREAD' })).value;
  for (let i = 0; i < 1000 && (await available()) === MIB - 1024; i++);
  assert.equal(await available(), MIB - 1024 - 1000, 'the second receive has taken its bytes');
  const account = daemon.app.daemon.bytes.of('alice');
  const filled = bytesPerOwner - account.used - MIB;
  account.count(filled);
  await until(() => {
    clock.advance(1000);
    // Returned bytes count at the socket that holds them.
    return keptBy(daemon, 'alice') - filled <= before + 1000;
  }, 'the connection is closed');
  account.release(filled);
  socket.resume();
  await closed;
  const { data } = await near.ok('recv', { maxBytes: MIB });
  assert.equal(data.len, MIB - 1024);
});

test('a body is counted from its request head until the answer of its call', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: LIMITS } });
  const session = await startSession(daemon, 'lab');
  const [near, far] = await session.pair();
  // The lab keeps a small buffer once it has held a byte: from here on it is in the count.
  await near.ok('send', { data: { text: 'x' } });
  const before = keptBy(daemon, 'alice');
  const length = 7.5 * MIB;
  const head = callHead(daemon.port, near, 'send');
  const first = pausedConnection(t, daemon.port);
  first.write(`${head}Content-Length: ${length}\r\n\r\n{`);
  await until(() => keptBy(daemon, 'alice') === before + length, 'the declared length is reserved');
  const second = pausedConnection(t, daemon.port);
  second.write(`${head}Content-Length: ${length}\r\n\r\n{`);
  await until(() => keptBy(daemon, 'alice') === before + 2 * length, 'a second body fits');
  const third = await near.problem('send', { data: { text: 'x'.repeat(MIB) } });
  assert.equal(third.type, '/problems/quota');
  assert.equal(
    (await daemon.api.get(`/v1/sockets/${near.id}`)).status,
    200,
    'requests without a body are answered',
  );
  first.destroy();
  second.destroy();
  await until(() => keptBy(daemon, 'alice') === before, 'a closed connection has no bytes kept');
  const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
  const chunked = pausedConnection(t, daemon.port);
  chunked.write(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
  await until(() => keptBy(daemon, 'alice') >= before + MIB, 'chunks are counted as they arrive');
  assert.ok(keptBy(daemon, 'alice') <= before + 2 * MIB + 2048);
  chunked.destroy();
  await until(() => keptBy(daemon, 'alice') === before, 'a closed connection has no bytes kept');
  // A pending send keeps its body.
  await fillSendBuffer(near, far);
  const waits = near.answer('send', { data: { text: 'x'.repeat(MIB) } });
  await near.untilBusy();
  assert.ok(keptBy(daemon, 'alice') >= before + MIB);
  await far.ok('close');
  await waits;
  await until(() => keptBy(daemon, 'alice') <= before, 'the send is answered');
});

test('released bytes ignore later counts and a second release', async (t) => {
  const daemon = await startDaemon(t);
  const account = daemon.app.daemon.bytes.of('alice');
  const stalled = new StalledClients(
    10,
    () => () => undefined,
    () => undefined,
  );
  t.after(() => stalled.close());
  const owner = new OwnerBytes(account);
  const before = account.used;
  const held = new HeldAnswer(owner, new net.Socket(), stalled);
  held.count(100);
  assert.deepEqual([account.used - before, owner.unreadAnswers], [100, 1]);
  held.release();
  held.count(100);
  assert.equal(held.reserve(1000), undefined);
  held.release();
  assert.deepEqual([account.used - before, owner.unreadAnswers], [0, 0]);
});
