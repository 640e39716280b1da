/** Programs that know nothing of the rig: http, https and TLS of Node over its connections, and servers of others. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import type { Connection, Listener } from 'winsockd-client';
import { open } from './rigs.js';

/** Gives the connections of a listener to a server. */
const serve = (listener: Listener, server: http.Server): void => {
  listener.on('connection', (connection) => server.emit('connection', connection));
};

/** A program that says at which port it listens. It ends with the test. */
const program = async (
  t: TestContext,
  [file = '', ...args]: readonly string[],
  cwd: string,
  pattern: RegExp,
): Promise<{ readonly child: ChildProcess; readonly port: number }> => {
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const port = new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        const found = pattern.exec(output);
        if (found !== null) resolve(Number(found[1]));
      });
    }
    child.on('exit', () => reject(new Error(output)));
  });
  return { child, port: await port };
};

const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'winsockd-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
};

test('http.Server and http.request, both over the rig, with kept connections', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const server = http.createServer(async (request, response) => {
    const body = await text(request);
    response.end(`${request.method} ${request.url} ${body.length} ${request.socket.remoteAddress}`);
  });
  serve(listener, server);
  const agent = rig.httpAgent({ keepAlive: true });
  t.after(() => agent.destroy());
  const { port } = listener.address();
  for (const length of [0, 10, 300_000]) {
    const request = http.request({ port, method: 'POST', path: '/page', agent, host: '127.0.0.1' });
    request.end('x'.repeat(length));
    const [response]: http.IncomingMessage[] = await once(request, 'response');
    assert.ok(response);
    assert.equal(await text(response), `POST /page ${length} 127.0.0.1`);
  }
  const calls = (await rig.session.journal()).map(({ operation }) => operation);
  assert.equal(calls.filter((name) => name === 'connect').length, 1);
});

test('http.request with createConnection reads pages of python -m http.server', async (t) => {
  const rig = await open(t);
  const place = folder(t);
  const page = 'a page\n'.repeat(50_000);
  writeFileSync(join(place, 'page.txt'), page);
  const argv = ['python3', '-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'];
  const { port } = await program(t, argv, place, /port (\d+)/);
  const { createConnection } = rig;
  const request = http.get({ host: '127.0.0.1', port, path: '/page.txt', createConnection });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  assert.ok(response);
  assert.deepEqual([response.statusCode, await text(response)], [200, page]);
});

test('what ends an http request early: an error of the connection, a signal', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const { port } = listener.address();
  const { createConnection } = rig;
  const refused = http.get({ host: '127.0.0.1', port: 1, createConnection });
  const [error] = await once(refused, 'error');
  assert.equal(error.name, 'WSAECONNREFUSED');
  const abort = new AbortController();
  const hanging = http.get({ host: '127.0.0.1', port, createConnection, signal: abort.signal });
  const abandoned = once(hanging, 'error');
  const first: Connection = await listener.accept();
  abort.abort();
  const [aborted] = await abandoned;
  assert.equal(aborted.name, 'AbortError');
  first.destroy();
  const broken = http.get({ host: '127.0.0.1', port, createConnection });
  const second: Connection = await listener.accept();
  second.destroy();
  await once(broken, 'error');
});

test('the time-out of an http request is that of its connection', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const { createConnection } = rig;
  const { port } = listener.address();
  const silent = http.get({ host: '127.0.0.1', port, createConnection, timeout: 50 });
  silent.on('error', () => undefined);
  await once(silent, 'timeout');
  silent.destroy();
});

test('TLS over a connection, to openssl s_server, and https.request by it', async (t) => {
  const rig = await open(t);
  const place = folder(t);
  const [key, cert] = [join(place, 'key.pem'), join(place, 'cert.pem')];
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...made, ...name], { stdio: 'ignore' });
  const argv = ['openssl', 's_server', '-accept', '127.0.0.1:0', '-key', key, '-cert', cert, '-www'];
  const { port } = await program(t, argv, place, /ACCEPT 127\.0\.0\.1:(\d+)/);
  const ca = readFileSync(cert);

  const plain = await rig.connect({ host: '127.0.0.1', port }, { timeoutMs: 5000 });
  const secure = tls.connect({ socket: plain, servername: 'localhost', ca });
  await once(secure, 'secureConnect');
  assert.equal(secure.authorized, true);
  secure.end('GET / HTTP/1.0\r\n\r\n');
  assert.match(String(await buffer(secure)), /^HTTP\/1\.0 200 ok/);

  const wrong = tls.connect({
    socket: rig.createConnection({ host: '127.0.0.1', port }),
    servername: 'other',
    ca,
  });
  const [error] = await once(wrong, 'error');
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  wrong.destroy();

  const request = https.get({
    host: 'localhost',
    port,
    ca,
    createConnection: () =>
      tls.connect({ socket: rig.createConnection({ host: '127.0.0.1', port }), servername: 'localhost', ca }),
  });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  assert.ok(response);
  assert.match(await text(response), /s_server/);
});
