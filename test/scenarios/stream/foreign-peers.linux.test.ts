/** Streams whose sockets talk with programs of other projects: python, socat. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, freePort } from '../../places.js';
import { line, needs, start } from '../../programs.js';
import { loopback, startDaemon, startSession } from '../test-daemon.js';
import { StreamSocket } from './stream-socket.js';

test("python's http.server: a request, our end, the whole reply, its end", async (t) => {
  if (!needs(t, 'python3')) return;
  const root = folder(t);
  writeFileSync(join(root, 'page.txt'), 'x'.repeat(3_000_000));
  const server = start(t, 'python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], root);
  const [, port] = await line(server.stdout, /port (\d+)/);
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', Number(port)) });
  const stream = await StreamSocket.open(t, daemon, socket.id);
  stream.send('GET /page.txt HTTP/1.0\r\n\r\n');
  stream.command({ type: 'shutdown' });
  assert.deepEqual(await stream.closed, { code: 1000, reason: '' });
  assert.match(stream.text, /^HTTP\/1\.0 200 OK\r\n/);
  assert.ok(stream.text.endsWith('x'.repeat(3_000_000)));
});

test('socat echoes until our end, then its own end comes', async (t) => {
  if (!needs(t, 'socat')) return;
  const port = await freePort();
  const server = start(t, 'socat', ['-d', '-d', `TCP4-LISTEN:${port},bind=127.0.0.1,reuseaddr`, 'EXEC:cat']);
  await line(server.stderr, /listening on/);
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  const stream = await StreamSocket.open(t, daemon, socket.id);
  const sent = Buffer.alloc(1_000_000, 'there and back ');
  for (let at = 0; at < sent.length; at += 100_000) stream.send(sent.subarray(at, at + 100_000));
  stream.command({ type: 'shutdown' });
  assert.equal((await stream.closed).code, 1000);
  assert.ok(stream.bytes.equals(sent));
});

test('socat as the client sees our bytes and our end, not a reset', async (t) => {
  if (!needs(t, 'socat')) return;
  const daemon = await startDaemon(t);
  const listener = await (await startSession(daemon, 'posix')).listener();
  const { port } = await listener.sockName();
  const peer = start(t, 'socat', ['-u', `TCP4:127.0.0.1:${port}`, 'STDOUT']);
  const accepted = await listener.accept({ timeoutMs: 10_000 });
  const stream = await StreamSocket.open(t, daemon, accepted.id);
  const heard = line(peer.stdout, /goodbye/);
  stream.send('goodbye');
  stream.command({ type: 'shutdown' });
  await heard;
  const [code] = await once(peer, 'exit');
  assert.equal(code, 0);
  assert.equal((await stream.closed).code, 1000);
});

test('a peer that is killed with unread bytes resets: the stream says so', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const listener = await (await startSession(daemon, 'posix')).listener();
  const { port } = await listener.sockName();
  const peer = start(t, 'python3', [
    '-c',
    `import socket, time; s = socket.create_connection(("127.0.0.1", ${port})); time.sleep(60)`,
  ]);
  const accepted = await listener.accept({ timeoutMs: 10_000 });
  const stream = await StreamSocket.open(t, daemon, accepted.id);
  stream.send('never read');
  // Its bytes are in the system of the peer by then.
  await stream.untilTold('opened');
  await new Promise((resolve) => stream.ws.ping(undefined, undefined, resolve));
  await once(stream.ws, 'pong');
  peer.kill('SIGKILL');
  assert.deepEqual(await stream.closed, { code: 4000, reason: '10054 WSAECONNRESET' });
});
