/** Exported programs use the ids and ports of their own answers, and repeat all that acted on the socket. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder, freePort } from '../../places.js';
import { needs, start } from '../../programs.js';
import { loopback, startDaemon, startSession, type TestDaemon, TestSocket } from '../test-daemon.js';
import { download, fileOf, run } from './exports.js';

/** Connects to a port repeatedly, and stays until the other side ends the connection. */
const CALLER = (port: number): string => `
import socket, time
while True:
    try:
        c = socket.create_connection(('127.0.0.1', ${port}))
        c.recv(100)
        c.recv(100)
    except OSError:
        time.sleep(0.01)
`;

/** A stream socket that listens at the port to which an outside caller connects. */
const called = async (t: TestContext) => {
  const port = await freePort();
  start(t, 'python3', ['-u', '-c', CALLER(port)]);
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  return { r: daemon, session, listener: await session.stream(), port };
};

/** The program of a socket, and its output; every answer must be as recorded. */
const repeated = async (
  t: TestContext,
  daemon: TestDaemon,
  id: string,
): Promise<{ program: string; out: string }> => {
  const program = (await download(daemon, `/v1/sockets/${id}/journal.py`)).bytes.toString();
  const { code, out, err } = await run(fileOf(t, 'life.py', program), daemon);
  assert.equal(code, 0, `${out}${err}${program}`);
  return { program, out };
};

test('an offer is decided about by the id that the program has received', async (t) => {
  if (!needs(t, 'python3')) return;
  const { r: daemon, listener, port } = await called(t);
  await listener.ok('bind', { address: loopback('AF_INET', port) });
  await listener.ok('listen', { backlog: 4 });
  const decide = (condition: string, offerId?: string) =>
    listener.ok('conditionalAccept', { condition, timeoutMs: 10_000, ...(offerId && { offerId }) });
  const { offerId: first } = await decide('CF_DEFER');
  await decide('CF_REJECT', first);
  const { offerId: second } = await decide('CF_DEFER');
  const stale = await listener.problem('conditionalAccept', { condition: 'CF_ACCEPT', offerId: first });
  assert.equal(stale.name, 'WSAEACCES');
  const accepted = new TestSocket(daemon, (await decide('CF_ACCEPT', second)).socketId);
  await accepted.ok('send', { data: { text: 'hello' } });
  await accepted.ok('close');
  await listener.ok('close');
  const whole = await repeated(t, daemon, listener.id);
  assert.match(whole.out, /conditionalAccept: \d+ 10013/);
  const one = await repeated(t, daemon, accepted.id);
  for (const { program } of [whole, one]) assert.doesNotMatch(program, new RegExp(second));
  assert.equal(
    one.out.match(/conditionalAccept/g)?.length,
    2,
    'the one that showed the offer, and the accept',
  );
  assert.match(one.program, /5 of the 5 bytes of data were not captured: they are zeros here\./);
});

test('the program of an accepted socket first opens its listener, which accepts the caller', async (t) => {
  if (!needs(t, 'python3')) return;
  const { r: daemon, session, listener, port } = await called(t);
  await session.arm({
    socketId: listener.id,
    operation: 'accept',
    nth: 1,
    effect: 'fail',
    code: 'WSAENOBUFS',
  });
  await listener.ok('bind', { address: loopback('AF_INET', port) });
  await listener.ok('listen', { backlog: 4 });
  assert.equal((await listener.problem('accept', { timeoutMs: 10_000 })).fault, 'flt_1');
  const accepted = await listener.accept({ timeoutMs: 10_000 });
  await accepted.ok('close');
  await listener.ok('close');
  const { out } = await repeated(t, daemon, listener.id);
  assert.match(out, /armFault: 201 -[\s\S]*accept: \d+ 10055[\s\S]*accept: 201 -/);
});

test('a path is quoted, so that neither a shell nor Python interprets it', async (t) => {
  if (!needs(t, 'python3')) return;
  const place = folder(t);
  const paths = { allow: [], unixPaths: [`${place}/`] };
  const daemon = await startDaemon(t, { config: { policy: { connect: paths, bind: paths } } });
  const name = `it's $(echo run) \`id\` $HOME "x" '''\n\u2028\\ it's.sock`;
  const path = join(place, name);
  const socket = await (await startSession(daemon, 'posix')).socket({ family: 'AF_UNIX' });
  await socket.ok('bind', { address: { family: 'AF_UNIX', path } });
  await socket.ok('close');
  rmSync(path);
  await repeated(t, daemon, socket.id);
  assert.deepEqual(readdirSync(place), [name]);
});

test('faults, link, clock, select and poll are repeated, in a named lab network', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const fail = { operation: 'sendTo', effect: 'fail', code: 'WSAENETDOWN' };
  const session = await startSession(daemon, 'lab', { labNetwork: 'shared', faults: [{ ...fail, nth: 2 }] });
  const other = await session.datagram();
  await session.arm({ ...fail, socketId: other.id });
  const socket = await session.socket({
    family: 'AF_INET',
    type: 'SOCK_DGRAM',
    capture: { maxBytes: 4 },
    faults: [{ operation: 'bind', nth: 1, effect: 'fail', code: 'WSAEACCES' }],
  });
  const address = loopback('AF_INET', 5000);
  await socket.problem('bind', { address });
  await socket.ok('bind', { address });
  await session.ok('labLink', { latencyMs: 1000 });
  await session.ok('labClock', {});
  const send = { address, data: { text: 'abcdefgh' } };
  await socket.ok('sendTo', send);
  assert.equal((await socket.problem('sendTo', send)).fault, 'flt_1');
  const { faultId } = await session.arm({ ...fail, socketId: socket.id, code: 'WSAENOBUFS' });
  assert.equal((await socket.problem('sendTo', send)).fault, faultId);
  await daemon.api.ok.delete(`${session.path}/faults/${faultId}`);
  await socket.ok('sendTo', { address, buffers: [{ text: 'ab' }, { text: 'cdef' }] });
  await session.ok('select', { read: [socket.id, other.id], timeoutMs: 1 });
  assert.equal((await socket.problem('recvFrom', { timeoutMs: 1 })).name, 'WSAETIMEDOUT');
  await session.ok('labClock', { advanceMs: 1000 });
  const sockets = [socket, other].map(({ id }) => ({ socketId: id, events: ['POLLIN'] }));
  await session.ok('poll', { sockets, timeoutMs: 1000 });
  await socket.ok('recvFrom', { timeoutMs: 1000 });
  await socket.ok('close');
  const { program, out } = await repeated(t, daemon, socket.id);
  const lines = out.split('\n').map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(lines.slice(0, 18), [
    'startup: 200 -',
    'socket: 201 -',
    'bind: 403 10013',
    ...['bind: 200 -', 'setLabLink: 200 -', 'advanceLabClock: 200 -', 'sendTo: 200 -'],
    ...['sendTo: 503 10050', 'armFault: 201 -', 'sendTo: 503 10055', 'removeFault: 200 -'],
    ...['sendTo: 200 -', 'select: 200 -', 'recvFrom: 504 10060', 'advanceLabClock: 200 -'],
    ...['poll: 200 -', 'recvFrom: 200 -', 'close: 200 -'],
  ]);
  for (const said of [
    /The session joins the lab network shared by the same name/,
    /A fault of the session counts the calls of all its sockets/,
    /Another socket of the session, not repeated here, had a part in this call\./,
    /4 of the 8 bytes of data were not captured/,
    /2 of the 4 bytes of buffers were not captured/,
  ]) {
    assert.match(program, said);
  }
  assert.doesNotMatch(program.slice(program.indexOf('"steps": [')), new RegExp(`${socket.id}|${other.id}`));
});

test('a second id in another session: both sessions begin, and the calls of both are repeated', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const target = await startSession(daemon, 'posix', { version: '2.0' });
  const socket = await session.datagram();
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  const second = await socket.duplicate({ sessionId: target.id });
  assert.equal((await second.problem('bind', { address: loopback('AF_INET', 0) })).name, 'WSAEINVAL');
  await socket.ok('shutdown', { how: 'SD_RECEIVE' });
  assert.equal((await second.problem('recvFrom')).name, 'WSAESHUTDOWN');
  await second.ok('close');
  await socket.ok('close');
  const first = await repeated(t, daemon, socket.id);
  assert.equal(first.out.match(/startup: 200/g)?.length, 2);
  assert.match(first.program, /Calls with the second id are not repeated/);
  const other = await repeated(t, daemon, second.id);
  assert.match(
    other.out,
    /duplicate: 201 -[\s\S]*bind: \d+ 10022[\s\S]*shutdown: 200 -[\s\S]*recvFrom: \d+ 10058/,
  );
  for (const { program } of [first, other])
    assert.doesNotMatch(program, new RegExp(`${target.id}|${session.id}`));
  assert.equal((await daemon.api.ok.get('/v1/sessions')).sessions.length, 2, 'all that was begun has ended');
});

test('a fault that cannot be armed again is reported, a cleanup is repeated', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t, { config: { limits: { journalEntries: 6 } } });
  const session = await startSession(daemon, 'lab', {
    faults: [{ operation: 'listen', effect: 'delay', delayMs: 1 }],
  });
  for (let i = 0; i < 6; i++) await session.datagram();
  const socket = await session.stream();
  await socket.problem('listen');
  await session.ok('cleanup');
  const late = await socket.problem('listen');
  assert.equal(late.name, 'WSANOTINITIALISED');
  const { program, out } = await repeated(t, daemon, socket.id);
  assert.match(program, /flt_1 acted on this call, and is not armed here/);
  assert.match(out, /cleanup: 200 -[\s\S]*listen: \d+ 10093/);
});

test('a socket whose session has ended: the session begins with the same faults', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab', {
    version: '2.1',
    labNetwork: 'shared',
    faults: [{ operation: 'bind', effect: 'fail', code: 'WSAENETDOWN' }],
  });
  const socket = await session.stream();
  assert.equal((await socket.problem('bind', { address: loopback('AF_INET', 0) })).fault, 'flt_1');
  await daemon.api.ok.delete(session.path);
  const { program, out } = await repeated(t, daemon, socket.id);
  assert.match(program, /The session joins the lab network shared by the same name/);
  assert.match(program, /version\W+2\.1/);
  assert.match(out, /startup: 200 -[\s\S]*bind: 503 10050/);
});
