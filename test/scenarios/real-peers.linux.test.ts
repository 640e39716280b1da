/** Conversations with independent servers and clients: python, socat, OpenSSL. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import tls from 'node:tls';
import { folder, freePort } from '../places.js';
import { line, needs, start } from '../programs.js';
import { loopback, startDaemon, startSession, type TestSocket, textOf } from './test-daemon.js';

/** The bytes of a test socket as a stream. */
const throughHttp = (socket: TestSocket): Duplex =>
  new Duplex({
    write: (chunk: Buffer, _encoding, done) => {
      socket.ok('send', { data: { base64: chunk.toString('base64') } }).then(() => done(), done);
    },
    read() {
      socket.answer('recv').then(({ status, body }) => {
        if (status === 200) this.push(body.eof ? null : Buffer.from(body.data.base64, 'base64'));
      }, this.destroy.bind(this));
    },
  });

test("python's http.server: request, sendDisconnect, the whole reply, the end", async (t) => {
  if (!needs(t, 'python3')) return;
  const root = folder(t);
  writeFileSync(join(root, 'page.txt'), 'x'.repeat(100_000));
  const server = start(t, 'python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], root);
  const [, port] = await line(server.stdout, /port (\d+)/);
  const socket = await (await startSession(await startDaemon(t), 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', Number(port)) });
  await socket.ok('send', { data: { text: 'GET /page.txt HTTP/1.0\r\n\r\n' } });
  await socket.ok('sendDisconnect');
  const reply = await socket.drain();
  assert.match(reply, /^HTTP\/1\.0 200 OK\r\n/);
  assert.ok(reply.endsWith('x'.repeat(100_000)));
  await socket.ok('close');
});

test('socat echoes until our end, then its own end comes', async (t) => {
  if (!needs(t, 'socat')) return;
  const port = await freePort();
  const server = start(t, 'socat', ['-d', '-d', `TCP4-LISTEN:${port},bind=127.0.0.1,reuseaddr`, 'EXEC:cat']);
  await line(server.stderr, /listening on/);
  const socket = await (await startSession(await startDaemon(t), 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  await socket.ok('send', { data: { text: 'there and back' } });
  await socket.ok('sendDisconnect');
  assert.equal(await socket.drain(), 'there and back');
});

test('socat connects to our listener and receives what we send', async (t) => {
  if (!needs(t, 'socat')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const listener = await session.listener();
  const { port } = await listener.sockName();
  const peer = start(t, 'socat', ['-u', `TCP4:127.0.0.1:${port}`, 'STDOUT']);
  const { socketId } = await listener.ok('accept', { timeoutMs: 10_000 });
  const heard = line(peer.stdout, /goodbye/);
  await daemon.api.ok.post(`/v1/sockets/${socketId}/send`, { data: { text: 'goodbye' } });
  await daemon.api.ok.post(`/v1/sockets/${socketId}/sendDisconnect`, {});
  await heard;
  const [code] = await once(peer, 'exit');
  assert.equal(code, 0, 'it saw the end of the stream, not a reset');
});

test("a TLS conversation with OpenSSL's s_server, every byte of it through the socket", async (t) => {
  if (!needs(t, 'openssl')) return;
  const root = folder(t);
  const [key, cert] = [join(root, 'key.pem'), join(root, 'cert.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=localhost'],
  ]);
  assert.equal(made.status, 0, made.stderr.toString());
  const port = await freePort();
  const server = start(t, 'openssl', [
    's_server',
    '-accept',
    `127.0.0.1:${port}`,
    '-key',
    key,
    '-cert',
    cert,
  ]);
  await line(server.stdout, /ACCEPT/);
  const socket = await (await startSession(await startDaemon(t), 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  const secure = tls.connect({
    socket: throughHttp(socket),
    ca: readFileSync(cert),
    servername: 'localhost',
  });
  await once(secure, 'secureConnect');
  assert.ok(secure.authorized);
  const heard = line(server.stdout, /said through HTTP/);
  secure.write('said through HTTP\n');
  await heard;
  server.stdin?.write('and answered\n');
  const [answer] = await once(secure, 'data');
  assert.equal(String(answer), 'and answered\n');
  secure.destroy();
});

test('UDP with python: a datagram, its answer, and the address of the sender', async (t) => {
  if (!needs(t, 'python3')) return;
  const server = start(t, 'python3', [
    '-u',
    '-c',
    [
      'import socket',
      's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
      "s.bind(('127.0.0.1', 0))",
      "print('port', s.getsockname()[1])",
      'data, peer = s.recvfrom(100)',
      's.sendto(data[::-1], peer)',
    ].join('\n'),
  ]);
  const [, port] = await line(server.stdout, /port (\d+)/);
  const socket = await (await startSession(await startDaemon(t), 'posix')).datagram();
  await socket.ok('sendTo', { data: { text: 'abc' }, address: loopback('AF_INET', Number(port)) });
  const { data, address } = await socket.ok('recvFrom', { timeoutMs: 10_000 });
  assert.equal(textOf({ data }), 'cba');
  assert.deepEqual(address, loopback('AF_INET', Number(port)));
});

test('UDP with socat: datagrams come back, each with its boundary', async (t) => {
  if (!needs(t, 'socat')) return;
  const port = await freePort();
  const server = start(t, 'socat', ['-d', '-d', `UDP4-RECVFROM:${port},bind=127.0.0.1,fork`, 'EXEC:cat']);
  await line(server.stderr, /receiving on/);
  const socket = await (await startSession(await startDaemon(t), 'posix')).datagram();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  for (const text of ['first', 'and second']) {
    await socket.ok('send', { data: { text } });
    const { data, truncated } = await socket.ok('recv', { timeoutMs: 10_000 });
    assert.equal(textOf({ data }), text);
    assert.equal(truncated, false);
  }
});

test('an IPv6 socket without IPV6_V6ONLY and an IPv4 socket reach each other', async (t) => {
  if (!needs(t, 'python3')) return;
  const root = folder(t);
  writeFileSync(join(root, 'page.txt'), 'over IPv4');
  const server = start(t, 'python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], root);
  const [, port] = await line(server.stdout, /port (\d+)/);
  const address = { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: Number(port) };
  const session = await startSession(await startDaemon(t), 'posix');
  const socket = await session.stream('AF_INET6');
  await socket.setOption('IPPROTO_IPV6', 'IPV6_V6ONLY', { boolean: false });
  assert.deepEqual((await socket.ok('connect', { address })).remoteAddress, address);
  await socket.ok('send', { data: { text: 'GET /page.txt HTTP/1.0\r\n\r\n' } });
  await socket.ok('sendDisconnect');
  assert.ok((await socket.drain()).endsWith('over IPv4'));

  const listener = await session.stream('AF_INET6');
  await listener.setOption('IPPROTO_IPV6', 'IPV6_V6ONLY', { boolean: false });
  await listener.ok('bind', { address: { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: 0 } });
  await listener.ok('listen', {});
  const client = net.connect((await listener.sockName()).port, '127.0.0.1');
  t.after(() => client.destroy());
  const { remoteAddress } = await listener.ok('accept', { timeoutMs: 10_000 });
  assert.equal(remoteAddress.address, '::ffff:127.0.0.1');
});
