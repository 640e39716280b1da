/** The exports of a journal as programs that repeat it, and as a transcript. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../../places.js';
import { line, needs, start } from '../../programs.js';
import { ALICE, loopback, startDaemon, startSession } from '../test-daemon.js';
import { cutBeforeReply } from '../transfer/lost-replies.js';
import { capture, download, fileOf, lineReader, run, segments } from './exports.js';

/** A server that reads everything, sends something, and closes; repeatedly, on one port. */
const PEER = `
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 0))
s.listen()
print('port', s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    heard = 0
    while True:
        data = c.recv(65536)
        if not data:
            break
        heard += len(data)
    c.sendall(b'%d heard' % heard)
    c.close()
    print('heard', heard, flush=True)
`;

test("the program repeats a client's calls against a python peer, and reports a difference", async (t) => {
  if (!needs(t, 'python3')) return;
  const peer = start(t, 'python3', ['-u', '-c', PEER]);
  const next = lineReader(peer);
  const port = Number((await next()).split(' ')[1]);
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const socket = await session.socket({
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    capture: { maxBytes: 64 },
  });
  await socket.problem('sendDisconnect');
  await socket.setOption('SOL_SOCKET', 'SO_KEEPALIVE', { boolean: true });
  await socket.problem('connect', { address: { family: 'AF_INET', address: '192.0.2.1', port: 9 } });
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  await socket.ok('send', { data: { text: `it's "quoted" $HOME \`id\` \\ é` } });
  await socket.ok('send', { data: { base64: Buffer.alloc(200_000).toString('base64') } });
  await socket.problem('send', { data: { text: 'short', len: 50 } });
  await daemon.api.ok.get(`/v1/sockets/${socket.id}/peerName`);
  await socket.ok('sendDisconnect');
  await socket.problem('send', { data: { text: 'late' } });
  assert.match(await socket.drain(), /heard/);
  await socket.ok('close');
  const heard = await next();
  const served = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  assert.equal(served.type, 'text/x-python; charset=utf-8');
  const program = served.bytes.toString();
  const same = await run(fileOf(t, 'life.py', program), daemon);
  assert.equal(same.code, 0, same.out + same.err);
  assert.equal(await next(), heard, 'the peer heard as many bytes');
  for (const line of [
    /startup: 200 -/,
    /sendDisconnect: 409 10057/,
    /connect: 403 destination-denied/,
    /send: 422 10014/,
  ]) {
    assert.match(same.out, line);
  }
  assert.equal((await daemon.api.ok.get('/v1/sessions')).sessions.length, 1, 'it ended what it began');
  peer.kill();
  await once(peer, 'exit');
  const other = await run(fileOf(t, 'other.py', program), daemon);
  assert.equal(other.code, 1, other.out);
  assert.match(other.err, /connect: 502 10061, it was 200 -|connect: \d+ 10061, it was 200 -/);
});

test('the program repeats calls that other calls interrupted', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const [socket] = await (await startSession(daemon, 'lab')).pair();
  void socket;
  const datagram = await (await startSession(daemon, 'posix')).datagram();
  await datagram.ok('bind', { address: loopback('AF_INET', 0) });
  const waiting = datagram.problem('recvFrom');
  await datagram.untilBusy();
  await datagram.ok('cancel');
  assert.equal((await waiting).name, 'WSA_OPERATION_ABORTED');
  await datagram.ok('close');
  await datagram.problem('send', { data: { text: 'gone' } });
  const { bytes } = await download(daemon, `/v1/sockets/${datagram.id}/journal.py`);
  const same = await run(fileOf(t, 'life.py', bytes), daemon);
  assert.equal(same.code, 0, same.out + same.err);
  assert.match(same.out, /recvFrom: \d+ 995/);
  assert.match(same.out, /send: 410 10038/);
});

test('the program repeats undelivered calls, but not those whose data went back', async (t) => {
  if (!needs(t, 'python3')) return;
  const peer = start(t, 'python3', ['-u', '-c', PEER]);
  const next = lineReader(peer);
  const port = Number((await next()).split(' ')[1]);
  const send = cutBeforeReply('send');
  const recv = cutBeforeReply('recv');
  const sendDisconnect = cutBeforeReply('sendDisconnect');
  const daemon = await startDaemon(t, {
    beforeReply: async (id, name) => {
      for (const seam of [send, recv, sendDisconnect]) await seam.beforeReply(id, name);
    },
  });
  const session = await startSession(daemon, 'posix');
  const socket = await session.socket({
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    capture: { maxBytes: 64 },
  });
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  await send.cut(daemon, `/v1/sockets/${socket.id}/send`, {
    buffers: [{ text: 'four' }, { text: 'more' }],
  });
  await sendDisconnect.cut(daemon, `/v1/sockets/${socket.id}/sendDisconnect`, {});
  assert.equal(await next(), 'heard 8');
  await recv.cut(daemon, `/v1/sockets/${socket.id}/recv`, {});
  assert.equal(await socket.drain(), '8 heard');
  await socket.ok('close');
  if (needs(t, 'tshark')) {
    const seen = await segments(await capture(t, daemon, socket.id), port);
    assert.deepEqual(seen.slice(3), [
      ...['< AP 8', '> A 0', '< AF 0', '> A 0'],
      ...['> AP 7', '< A 0', '> AF 0', '< A 0'],
    ]);
  }
  const { bytes } = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  const program = bytes.toString();
  for (const text of ['four', 'more']) assert.ok(program.includes(Buffer.from(text).toString('base64')));
  assert.match(
    program,
    /\d+ recv: its answer was not delivered, and what it had consumed went back; left out\./,
  );
  assert.equal(program.match(/Its answer was not delivered, but the call had its effect\./g)?.length, 2);
  const { code, out, err } = await run(fileOf(t, 'life.py', program), daemon);
  assert.equal(code, 0, out + err);
  assert.match(out, /send: 200 -\n.*sendDisconnect: 200 -\n.*recv: 200 -/);
  assert.equal(await next(), 'heard 8');
});

test('without a token the program reads it from the token file', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'lab')).datagram();
  await socket.ok('close');
  const { bytes } = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  const file = fileOf(t, 'life.py', bytes);
  const state = folder(t);
  const none = await run(file, daemon, { XDG_STATE_HOME: state });
  assert.notEqual(none.code, 0, none.out);
  mkdirSync(join(state, 'winsockd'));
  writeFileSync(join(state, 'winsockd', 'token'), `${ALICE}\n`);
  const same = await run(file, daemon, { XDG_STATE_HOME: state });
  assert.equal(same.code, 0, same.out + same.err);
});

test('the Python export for an unknown socket says which operation has failed', async (t) => {
  const daemon = await startDaemon(t);
  const { id } = await (await startSession(daemon, 'lab')).datagram();
  const problem = await daemon.api.problem.get(`/v1/sockets/${id.slice(0, -4)}aaaa/journal.py`);
  const name = 'exportPythonProgram';
  assert.deepEqual([problem.status, problem.operation, problem.function], [404, name, name]);
  const events = await daemon.api.problem.get(`/v1/events?socketId=${id.slice(0, -4)}aaaa`);
  assert.deepEqual([events.status, events.operation, events.function], [404, 'events', 'events']);
});

test('the program arms the most faults of one call; it says that a longer list was cut', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const faults = Array.from({ length: 100 }, (_, i) => ({
    ...{ operation: 'listen', nth: i + 1, effect: 'fail' },
    code: i < 99 ? 'WSAENETDOWN' : 'WSAENOBUFS',
  }));
  const socket = await session.socket({ family: 'AF_INET', type: 'SOCK_STREAM', faults });
  await socket.problem('listen');
  const read = Array.from({ length: 150 }, () => socket.id);
  await session.ok('select', { read, timeoutMs: 1 });
  await socket.ok('close');
  const { bytes } = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  const program = bytes.toString();
  assert.match(program, /WSAENOBUFS/);
  assert.match(program, /The journal has kept only the beginning of read: this call has no more of it\./);
  const { entries } = await daemon.api.ok.get(`${session.path}/journal?limit=1000`);
  const select = entries.find(({ operation }: { operation: string }) => operation === 'select');
  assert.deepEqual([select.cutParameters, select.parameters.read.length], [['read'], 100]);
});

test('the program of an accepted socket opens its listener first', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const listener = await session.listener();
  const address = await listener.sockName();
  const client = await session.stream();
  await client.ok('connect', { address });
  const { socketId } = await listener.ok('accept', { timeoutMs: 10_000 });
  await daemon.api.ok.delete(`/v1/sockets/${socketId}`);
  await listener.ok('close');
  const { bytes } = await download(daemon, `/v1/sockets/${socketId}/journal.py`);
  // A listener of its own has another port: no caller comes, so accept ends differently.
  const program = bytes.toString().replace('{"timeoutMs":10000}', '{"timeoutMs":50}');
  const { code, out, err } = await run(fileOf(t, 'life.py', program), daemon);
  assert.deepEqual([code, /bind: 200 -\n.*listen: 200 -/.test(out)], [1, true], out + err);
  assert.match(err, /accept: \d+ 10060, it was 201 -/);
});

test('the transcript has one line for each entry of the journal', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.datagram();
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  for (let i = 0; i < 1200; i++) await socket.problem('listen', { backlog: 1 });
  const { bytes, type } = await download(daemon, `/v1/sockets/${socket.id}/journal.ndjson`);
  assert.equal(type, 'application/x-ndjson; charset=utf-8');
  const lines = bytes.toString().trimEnd().split('\n');
  const { entries } = await daemon.api.ok.get(`/v1/sockets/${socket.id}/journal?limit=1000`);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    entries,
  );
});

test('an AF_UNIX socket has a program that repeats it, and no packets', async (t) => {
  if (!needs(t, 'python3') || !needs(t, 'socat')) return;
  const place = folder(t);
  const path = join(place, 'echo.sock');
  // Placeholders of the program are not replaced in texts that a client has given.
  const own = join(place, '{"$given":"socket"}.sock');
  const echo = start(t, 'socat', ['-d', '-d', `UNIX-LISTEN:${path},fork`, 'EXEC:cat']);
  await line(echo.stderr, /listening on/);
  const paths = { allow: [], unixPaths: [`${place}/`] };
  const daemon = await startDaemon(t, { config: { policy: { connect: paths, bind: paths } } });
  const session = await startSession(daemon, 'posix');
  const socket = await session.socket({ family: 'AF_UNIX', capture: { maxBytes: 64 } });
  await socket.problem('connect', { address: { family: 'AF_UNIX', path: '/var/run/docker.sock' } });
  await socket.ok('bind', { address: { family: 'AF_UNIX', path: own } });
  await socket.ok('connect', { address: { family: 'AF_UNIX', path } });
  await socket.ok('send', { data: { text: 'hello' } });
  await socket.ok('sendDisconnect');
  assert.equal(await socket.drain(), 'hello');
  await socket.ok('close');
  const refused = await daemon.api.problem.get(`/v1/sockets/${socket.id}/journal.pcapng`);
  assert.deepEqual([refused.status, refused.type], [404, '/problems/not-found']);
  assert.match(refused.detail, /are not sent in packets/);
  const { bytes } = await download(daemon, `/v1/sockets/${socket.id}/journal.ndjson`);
  assert.match(bytes.toString(), new RegExp(`"remoteAddress":{"family":"AF_UNIX","path":"${path}"}`));
  const served = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  const program = served.bytes.toString();
  const remark = `The file ${JSON.stringify(own)} must not exist: no close has removed it.`;
  assert.ok(program.includes(JSON.stringify(remark)));
  const there = await run(fileOf(t, 'life.py', program), daemon);
  assert.deepEqual([there.code, /bind: 409 10048, it was 200 -/.test(there.err)], [1, true], there.err);
  rmSync(own);
  const same = await run(fileOf(t, 'life.py', program), daemon);
  assert.equal(same.code, 0, same.out + same.err);
  assert.match(same.out, /connect: 403 destination-denied\n[\s\S]*connect: 200 -\n/);
});
