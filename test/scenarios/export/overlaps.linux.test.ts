/** Exported programs repeat overlapping calls as overlapping, and other calls one after the other. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../../places.js';
import { needs } from '../../programs.js';
import {
  loopback,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
} from '../test-daemon.js';
import { download, fileOf, run } from './exports.js';

/** A datagram socket that can send to itself, at the same port in every repetition. */
const toItself = async (
  session: TestSession,
): Promise<{ socket: TestSocket; send: () => Promise<unknown> }> => {
  const address = loopback('AF_INET', await freePort());
  const socket = await session.datagram();
  await socket.ok('bind', { address });
  return { socket, send: () => socket.ok('sendTo', { address, data: { text: 'hello' } }) };
};

/** Destroys the connection of every request whose target ends so: it gets no answer. */
const unanswered = (t: TestContext, end: string): void => {
  const cut = (message: unknown): void => {
    // The message that Node publishes: https://nodejs.org/api/diagnostics_channel.html#http
    const { request, socket } = message as { request: { url: string }; socket: { destroy(): void } };
    if (request.url.endsWith(end)) socket.destroy();
  };
  subscribe('http.server.request.start', cut);
  t.after(() => unsubscribe('http.server.request.start', cut));
};

const program = async (t: TestContext, daemon: TestDaemon, { id }: TestSocket): Promise<string> =>
  fileOf(t, 'life.py', (await download(daemon, `/v1/sockets/${id}/journal.py`)).bytes);

/** The output of the program of a socket; every answer must be as recorded. */
const repeated = async (t: TestContext, daemon: TestDaemon, socket: TestSocket): Promise<string> => {
  const { code, out, err } = await run(await program(t, daemon, socket), daemon);
  assert.deepEqual([code, err], [0, ''], out);
  return out;
};

describe('programs of calls that overlapped', () => {
  test('a call that ended before another began also ends before it in the program', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const { socket, send } = await toItself(await startSession(daemon, 'posix'));
    const limited = socket.problem('recvFrom', { timeoutMs: 500 });
    await socket.untilBusy();
    await daemon.api.ok.get(`/v1/sockets/${socket.id}/options/SOL_SOCKET/SO_TYPE`);
    assert.equal((await limited).name, 'WSAETIMEDOUT');
    await send();
    await socket.ok('recvFrom', { timeoutMs: 10_000 });
    await socket.ok('close');
    const out = await repeated(t, daemon, socket);
    assert.match(out, /recvFrom: 504 10060\n\d+ sendTo: 200 -\n\d+ recvFrom: 200 -\n\d+ close: 200 -\n/);
  });

  test('a delayed close has ended before the socket is used again', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, 'posix');
    const { socket, send } = await toItself(session);
    const fault = { socketId: socket.id, operation: 'close', effect: 'delay', delayMs: 800 };
    await session.arm(fault);
    const closing = socket.ok('close');
    const pending = async (): Promise<number> => (await daemon.api.ok.get(session.path)).pendingCalls;
    while ((await pending()) === 0);
    await send();
    await closing;
    const late = await socket.problem('recvFrom');
    assert.equal(late.name, 'WSAENOTSOCK');
    const out = await repeated(t, daemon, socket);
    assert.match(out, /sendTo: 200 -\n\d+ close: 200 -\n\d+ recvFrom: 410 10038\n/);
  });

  test('a call with a short limit gets what was sent to it while it waited', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const { socket, send } = await toItself(await startSession(daemon, 'posix'));
    const received = socket.ok('recvFrom', { timeoutMs: 290 });
    await socket.untilBusy();
    await send();
    await received;
    await socket.ok('close');
    const out = await repeated(t, daemon, socket);
    assert.match(out, /recvFrom: 200 -\n/);
  });

  test('a socket whose port the system chose sends to itself at its new port', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, 'posix');
    const socket = await session.datagram();
    await socket.ok('bind', { address: loopback('AF_INET', 0) });
    const address = await socket.sockName();
    const received = socket.ok('recvFrom', { timeoutMs: 10_000 });
    await socket.untilBusy();
    await socket.ok('sendTo', { address, data: { text: 'hello' } });
    await received;
    await socket.ok('connect', { address });
    await socket.ok('send', { data: { text: 'again' } });
    await socket.ok('recv', { timeoutMs: 10_000 });
    const sender = await session.datagram();
    await sender.ok('sendTo', { address, data: { text: 'from another' } });
    // The socket still has the old port, so the socket of the program gets another one.
    const out = await repeated(t, daemon, socket);
    assert.match(out, /sendTo: 200 -\n[\s\S]*connect: 200 -\n\d+ send: 200 -\n\d+ recv: 200 -/);
    assert.equal(out.match(/getSocket/g)?.length, 1);
    // The port of another socket stays as it was.
    const others = (await download(daemon, `/v1/sockets/${sender.id}/journal.py`)).bytes.toString();
    assert.match(others, new RegExp(String(address.port)));
  });

  test('the end of a session ends the calls that wait in it', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const [session, other] = [await startSession(daemon, 'posix'), await startSession(daemon, 'posix')];
    const { socket, send } = await toItself(session);
    const second = await socket.duplicate({ sessionId: other.id });
    const waiting = second.problem('recvFrom');
    await second.untilBusy();
    await daemon.api.ok.delete(other.path);
    assert.equal((await waiting).name, 'WSA_OPERATION_ABORTED');
    await send();
    await socket.ok('recvFrom');
    const last = socket.problem('recvFrom');
    await socket.untilBusy();
    await daemon.api.ok.delete(session.path);
    assert.equal((await last).name, 'WSA_OPERATION_ABORTED');
    for (const one of [socket, second]) {
      const out = await repeated(t, daemon, one);
      assert.match(out, /recvFrom: 409 995/);
      assert.match(out, /endSession: 200 -/);
    }
    assert.deepEqual((await daemon.api.ok.get('/v1/sessions')).sessions, [], 'all that was begun has ended');
  });

  test('an overlapping call without an answer is reported as a difference, by its name', async (t) => {
    if (!needs(t, 'python3')) return;
    const daemon = await startDaemon(t);
    const { socket, send } = await toItself(await startSession(daemon, 'posix'));
    const received = socket.ok('recvFrom', { timeoutMs: 10_000 });
    await socket.untilBusy();
    await send();
    await received;
    await socket.ok('close');
    const file = await program(t, daemon, socket);
    unanswered(t, '/recvFrom');
    const { code, out, err } = await run(file, daemon);
    assert.equal(code, 1, out + err);
    assert.match(err, /^\d+ recvFrom: no answer.*, it was 200 -$/m);
    assert.match(out, /close: 200 -/);
    assert.equal((await daemon.api.ok.get('/v1/sessions')).sessions.length, 1, 'it ended what it began');
  });
});
