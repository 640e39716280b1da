/** Long answers are compressed if the client asks for it; answers of calls are not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { OPERATIONS } from '../../src/operations/list.js';
import { ALICE, startDaemon, startSession } from '../scenarios/test-daemon.js';
import { build, TOKEN } from './build.js';

const ask = (port: number, path: string, encoding?: string, method = 'GET', token = TOKEN) =>
  new Promise<{ headers: http.IncomingHttpHeaders; bytes: Buffer }>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(encoding !== undefined && { 'accept-encoding': encoding }),
    };
    const request = http.request(
      { port, path, method, headers, host: '127.0.0.1', agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ headers: answer.headers, bytes: Buffer.concat(chunks) }));
      },
    );
    request.on('error', reject).end();
  });

test('the document, the pages and the problem catalog are compressed as the client asks', async (t) => {
  const { port } = await build(t, { operations: OPERATIONS });
  for (const path of [
    '/openapi.json',
    '/openrpc.json',
    '/docs/rpc',
    '/docs/static/swagger-ui-bundle.js',
    '/problems',
  ]) {
    const plain = await ask(port, path);
    assert.equal(plain.headers['content-encoding'], undefined, path);
    assert.equal(plain.headers.vary, 'accept-encoding', path);
    const gzip = await ask(port, path, 'gzip');
    assert.equal(gzip.headers['content-encoding'], 'gzip', path);
    assert.equal(gzip.headers.vary, 'accept-encoding', path);
    assert.ok(gzip.bytes.length < plain.bytes.length / 2, path);
    assert.ok(gunzipSync(gzip.bytes).equals(plain.bytes), path);
    const br = await ask(port, path, 'br;q=1, gzip;q=0.5');
    assert.ok(brotliDecompressSync(br.bytes).equals(plain.bytes), path);
    for (const encoding of ['identity', 'gzip;q=0', 'unknown']) {
      assert.equal((await ask(port, path, encoding)).headers['content-encoding'], undefined, encoding);
    }
    const head = await ask(port, path, 'gzip', 'HEAD');
    assert.equal(head.bytes.length, 0);
    assert.equal(head.headers.vary, 'accept-encoding', path);
  }
});

test('journals and exports are compressed, answers of calls are not', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  for (let i = 0; i < 20; i++) await socket.problem('send', { data: { text: 'x' } });
  const { port } = daemon;
  const socketPath = `/v1/sockets/${socket.id}`;
  for (const path of [
    `${session.path}/journal`,
    `${socketPath}/journal`,
    ...['ndjson', 'py', 'pcapng'].map((format) => `${socketPath}/journal.${format}`),
  ]) {
    const { headers, bytes } = await ask(port, path, 'gzip', 'GET', ALICE);
    assert.equal(headers['content-encoding'], 'gzip', path);
    assert.match(gunzipSync(bytes).toString(), /sequence|import|winsockd/, path);
  }
  for (const path of [`${session.path}/protocols`, session.path, '/v1']) {
    const { headers } = await ask(port, path, 'gzip', 'GET', ALICE);
    assert.deepEqual([headers['content-encoding'], headers.vary], [undefined, undefined], path);
  }
});

test('a file of /docs is sent whole, even if a range is requested', async (t) => {
  const { url } = await build(t);
  const path = `${url}/docs/static/swagger-ui.css`;
  const whole = await (await fetch(path)).text();
  const ranged = await fetch(path, { headers: { range: 'bytes=99999999-' } });
  assert.equal(ranged.status, 200);
  assert.equal(await ranged.text(), whole);
});

test('compressed pages that clients do not read are not copied for each client', async (t) => {
  const { port } = await build(t, { operations: OPERATIONS });
  for (const path of ['/openapi.json', '/docs/json', '/docs/static/swagger-ui-bundle.js']) {
    await ask(port, path, 'gzip');
    const before = process.memoryUsage().rss;
    const requests =
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept-Encoding: gzip\r\n\r\n`.repeat(64);
    const clients = Array.from({ length: 40 }, () => net.connect(port, '127.0.0.1').pause());
    for (const client of clients) {
      client.on('error', () => undefined);
      await once(client, 'connect');
      client.write(requests);
    }
    // These answers come after the unread ones were made.
    for (let i = 0; i < 20; i++) await ask(port, '/problems', 'gzip');
    const more = process.memoryUsage().rss - before;
    for (const client of clients) client.destroy();
    assert.ok(more < 100 * 2 ** 20, `${path}: ${more} bytes more`);
  }
});
