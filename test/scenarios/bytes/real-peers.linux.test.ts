/** Raw bytes with programs of others: curl as the client, python and socat at the other end of the socket. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder, freePort } from '../../places.js';
import { line, needs, start } from '../../programs.js';
import {
  ALICE,
  loopback,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
} from '../test-daemon.js';
import { pattern } from './raw-client.js';

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
}

/** Runs curl on the bytes of a socket. */
const curl = (
  t: TestContext,
  { url }: TestDaemon,
  socket: TestSocket,
  what: string,
  args: readonly string[] = [],
): Promise<Ran> => {
  const token = ['--header', `Authorization: Bearer ${ALICE}`];
  const child = start(t, 'curl', [
    '-sS',
    '-X',
    'POST',
    ...token,
    ...args,
    `${url}/v1/sockets/${socket.id}/${what}`,
  ]);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks) }));
  });
};

const OCTETS = ['--header', 'Content-Type: application/octet-stream'];

test("a file up to python's http.server and its page down, by curl; sendDisconnect in between", async (t) => {
  if (!needs(t, 'python3') || !needs(t, 'curl')) return;
  const root = folder(t);
  writeFileSync(join(root, 'page.bin'), pattern(3_000_000));
  writeFileSync(join(root, 'request'), 'GET /page.bin HTTP/1.0\r\n\r\n');
  const server = start(t, 'python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], root);
  const [, port] = await line(server.stdout, /port (\d+)/);
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', Number(port)) });
  const up = await curl(t, daemon, socket, 'sendBytes', [
    ...OCTETS,
    '--data-binary',
    `@${join(root, 'request')}`,
  ]);
  assert.deepEqual(JSON.parse(up.stdout.toString()), { bytesSent: 26 });
  await socket.ok('sendDisconnect');
  const down = await curl(t, daemon, socket, 'recvBytes?untilEnd=true');
  assert.equal(down.code, 0);
  const page = down.stdout.subarray(down.stdout.indexOf('\r\n\r\n') + 4);
  assert.ok(page.equals(pattern(3_000_000)));
});

test('curl -T to socat, which echoes until our end; both directions at the same time', async (t) => {
  if (!needs(t, 'socat') || !needs(t, 'curl')) return;
  const file = join(folder(t), 'bytes');
  writeFileSync(file, pattern(5_000_000));
  const port = await freePort();
  const socat = start(t, 'socat', ['-d', '-d', `TCP4-LISTEN:${port},bind=127.0.0.1,reuseaddr`, 'EXEC:cat']);
  await line(socat.stderr, /listening on/);
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  const down = curl(t, daemon, socket, 'recvBytes?untilEnd=true');
  const up = await curl(t, daemon, socket, 'sendBytes', [...OCTETS, '-T', file]);
  assert.deepEqual(JSON.parse(up.stdout.toString()), { bytesSent: 5_000_000 });
  await socket.ok('sendDisconnect');
  const { code, stdout } = await down;
  assert.equal(code, 0);
  assert.ok(stdout.equals(readFileSync(file)));
});

test('a failure in the middle is one for curl: 18 for a cut body, 22 for a problem', async (t) => {
  if (!needs(t, 'curl')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const [client, server] = await session.pair();
  await session.arm({
    socketId: server.id,
    operation: 'recv',
    nth: 2,
    effect: 'fail',
    code: 'WSAECONNRESET',
  });
  await client.ok('send', { data: { text: 'the first' } });
  const down = await curl(t, daemon, server, 'recvBytes?untilEnd=true');
  assert.deepEqual([down.code, down.stdout.toString()], [18, 'the first']);

  const [other] = await session.pair();
  const file = join(folder(t), 'bytes');
  writeFileSync(file, pattern(3_000_000));
  await session.arm({ socketId: other.id, operation: 'send', nth: 2, effect: 'fail', code: 'WSAENETDOWN' });
  const up = await curl(t, daemon, other, 'sendBytes', [...OCTETS, '--fail-with-body', '-T', file]);
  assert.equal(up.code, 22);
  const { name, bytesSent } = JSON.parse(up.stdout.toString());
  assert.equal(name, 'WSAENETDOWN');
  assert.ok(bytesSent > 0 && bytesSent < 3_000_000, String(bytesSent));
});
