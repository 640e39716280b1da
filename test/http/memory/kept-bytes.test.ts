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

/** The request of a receive. */
const recv = (port: number, { id }: TestSocket, params: object): string => {
  const body = JSON.stringify(params);
  return `POST /v1/sockets/${id}/recv HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

/** The request of a peek at all that waits. */
const peek = (port: number, near: TestSocket): string =>
  recv(port, near, { flags: ['MSG_PEEK'], maxBytes: MIB });

/** A socket with nearly a megabyte to be received. */
const full = async (session: TestSession): Promise<TestSocket> => {
  const [near, far] = await session.pair();
  await near.setOption('SOL_SOCKET', 'SO_RCVBUF', { integer: MIB });
  await far.ok('ioctl', { request: 'FIONBIO', value: 1 });
  const base64 = Buffer.alloc(MIB - 1024, 'x').toString('base64');
  await far.ok('send', { data: { base64 } });
  return near;
};

const connection = (t: { after(end: () => void): void }, port: number): net.Socket => {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  t.after(() => socket.destroy());
  return socket;
};

/** Bytes kept for an owner, without the past: each call leaves an entry there. */
const keptBy = ({ app: { daemon } }: TestDaemon, owner: string): number =>
  daemon.bytes.of(owner).used - daemon.sessions.retainedBytes(owner);

/** Reads what a connection still gets: the statuses of so many answers. */
const statusesOf = async (socket: net.Socket, answers: number): Promise<number[]> => {
  const statuses: number[] = [];
  let line = '';
  socket.on('data', (chunk) => {
    // A status line may come in two pieces.
    line = `${line.slice(-20)}${chunk.toString('latin1')}`;
    const found = [...line.matchAll(/HTTP\/1\.1 (\d{3})(?= [A-Z])/g)];
    statuses.push(...found.map(([, status]) => Number(status)));
    const last = found.at(-1);
    if (last) line = line.slice(last.index + 12);
  });
  socket.resume();
  await until(() => statuses.length >= answers, `${answers} answers have come`);
  return statuses;
};

test('a connection that takes nothing has one answer made, and gets all of them when it takes them', async (t) => {
  const r = await startDaemon(t, { config: { limits: LIMITS } });
  const near = await full(await startSession(r, 'lab'));
  const before = keptBy(r, 'alice');
  const socket = connection(t, r.port);
  let most = 0;
  socket.write(peek(r.port, near).repeat(100));
  await until(() => keptBy(r, 'alice') > before + MIB, 'an answer waits');
  for (let turn = 0; turn < 20; turn++) {
    await r.bob.ok.get('/v1/sessions');
    most = Math.max(most, keptBy(r, 'alice') - before);
  }
  // With the bytes that it was made of.
  assert.ok(most <= 3 * MIB, `${most} bytes are kept`);
  const statuses = await statusesOf(socket, 100);
  assert.deepEqual([...new Set(statuses)], [200]);
  assert.equal(statuses.length, 100);
  await until(() => keptBy(r, 'alice') <= before, 'nothing is kept any more');
});

test('many connections that take nothing are cut after ten seconds, and everybody is served', async (t) => {
  const clock = new ManualClock();
  // The last answer for which there is room is larger than what it was made of.
  const bytesPerOwner = 17 * MIB;
  const r = await startDaemon(t, { clock, config: { limits: { ...LIMITS, bytesPerOwner } } });
  const near = await full(await startSession(r, 'lab'));
  const before = keptBy(r, 'alice');
  const sockets = Array.from({ length: 20 }, () => connection(t, r.port));
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.write(peek(r.port, near).repeat(6));
  await until(() => keptBy(r, 'alice') > bytesPerOwner, 'more is kept than may be');
  const refused = await r.api.problem.get('/v1/sessions');
  assert.deepEqual([refused.status, refused.type], [429, '/problems/quota']);
  assert.ok(keptBy(r, 'alice') <= bytesPerOwner + 2 * MIB);
  assert.equal((await r.bob.get('/v1/sessions')).status, 200);
  clock.advance(12_000);
  await until(() => keptBy(r, 'alice') <= before, 'what was kept for them is released');
  assert.equal((await r.api.get('/v1/sessions')).status, 200);
  for (const socket of sockets) socket.resume();
  await Promise.race(closed);
});

test('where something else than answers fills the account, what frees goes on', async (t) => {
  const r = await startDaemon(t, { config: { limits: LIMITS } });
  const session = await startSession(r, 'lab');
  const [near, far] = await session.pair();
  const account = r.app.daemon.bytes.of('alice');
  account.count(LIMITS.bytesPerOwner);
  assert.equal((await r.api.get('/v1/sessions')).status, 200);
  await near.ok('sendDisconnect');
  await far.ok('close');
  await r.api.ok.delete(session.path);
  account.release(LIMITS.bytesPerOwner);
  assert.equal(keptBy(r, 'alice'), 0);
});

test('what a client that is cut did not take goes back', async (t) => {
  const clock = new ManualClock();
  const bytesPerOwner = LIMITS.bytesTotal;
  const r = await startDaemon(t, { clock, config: { limits: { ...LIMITS, bytesPerOwner } } });
  const session = await startSession(r, 'lab', { leaseSeconds: 86_400 });
  const near = await full(session);
  const [waiting] = await session.pair();
  const before = keptBy(r, 'alice');
  const socket = connection(t, r.port);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // The answer before it does not come.
  socket.write(recv(r.port, waiting, {}) + recv(r.port, near, { maxBytes: 1000 }));
  const available = async () => (await near.ok('ioctl', { request: 'FIONREAD' })).value;
  for (let i = 0; i < 1000 && (await available()) === MIB - 1024; i++);
  assert.equal(await available(), MIB - 1024 - 1000, 'it is taken');
  const account = r.app.daemon.bytes.of('alice');
  const filled = bytesPerOwner - account.used - MIB;
  account.count(filled);
  await until(() => {
    clock.advance(1000);
    // What has gone back counts where it is held.
    return keptBy(r, 'alice') - filled <= before + 1000;
  }, 'it is cut');
  account.release(filled);
  socket.resume();
  await closed;
  const { data } = await near.ok('recv', { maxBytes: MIB });
  assert.equal(data.len, MIB - 1024);
});

test('a body is counted from before it comes until its call is answered', async (t) => {
  const r = await startDaemon(t, { config: { limits: LIMITS } });
  const session = await startSession(r, 'lab');
  const [near, far] = await session.pair();
  // A small buffer of the lab stays once there was something in it.
  await near.ok('send', { data: { text: 'x' } });
  const before = keptBy(r, 'alice');
  const length = 7.5 * MIB;
  const head = `POST /v1/sockets/${near.id}/send HTTP/1.1\r\nHost: 127.0.0.1:${r.port}\r\nAuthorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\n`;
  const first = connection(t, r.port);
  first.write(`${head}Content-Length: ${length}\r\n\r\n{`);
  await until(() => keptBy(r, 'alice') === before + length, 'what is declared is reserved');
  const second = connection(t, r.port);
  second.write(`${head}Content-Length: ${length}\r\n\r\n{`);
  await until(() => keptBy(r, 'alice') === before + 2 * length, 'a second one fits');
  const third = await near.problem('send', { data: { text: 'x'.repeat(MIB) } });
  assert.equal(third.type, '/problems/quota');
  assert.equal((await r.api.get(`/v1/sockets/${near.id}`)).status, 200, 'small ones go on');
  first.destroy();
  second.destroy();
  await until(() => keptBy(r, 'alice') === before, 'who goes leaves nothing');
  const chunk = `100000\r\n${' '.repeat(MIB)}\r\n`;
  const chunked = connection(t, r.port);
  chunked.write(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
  await until(() => keptBy(r, 'alice') >= before + MIB, 'chunks are counted as they come');
  assert.ok(keptBy(r, 'alice') <= before + 2 * MIB + 2048);
  chunked.destroy();
  await until(() => keptBy(r, 'alice') === before, 'who goes leaves nothing');
  // A send that waits keeps its body.
  await fillSendBuffer(near, far);
  const waits = near.answer('send', { data: { text: 'x'.repeat(MIB) } });
  await near.untilBusy();
  assert.ok(keptBy(r, 'alice') >= before + MIB);
  await far.ok('close');
  await waits;
  await until(() => keptBy(r, 'alice') <= before, 'it is answered');
});

test('what is released counts nothing any more, and can be released again', async (t) => {
  const r = await startDaemon(t);
  const account = r.app.daemon.bytes.of('alice');
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
  assert.deepEqual([account.used - before, owner.untaken], [100, 1]);
  held.release();
  held.count(100);
  assert.equal(held.reserve(1000), undefined);
  held.release();
  assert.deepEqual([account.used - before, owner.untaken], [0, 0]);
});
