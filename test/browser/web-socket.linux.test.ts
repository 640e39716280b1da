/** WebSockets that a page in a real browser opens: JSON-RPC, and the stream of a socket. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ALICE, loopback, startDaemon, startSession, until } from '../scenarios/test-daemon.js';
import { visit } from './browser.js';

/** The origin of a web server with the same empty page at every path. */
const otherOrigin = async (t: TestContext): Promise<string> => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A page</title>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return `http://127.0.0.1:${port}`;
};

/** Opens a WebSocket in the page, and begins a session that ends with it. */
const begin = (page: Page, url: string, token: string) =>
  page.evaluate(
    async ({ target, subprotocols }) => {
      const daemon = new WebSocket(target, subprotocols);
      const opened = await new Promise((resolve) => {
        daemon.onopen = () => resolve(true);
        daemon.onclose = () => resolve(false);
      });
      if (!opened) return undefined;
      daemon.send('{"jsonrpc":"2.0","id":1,"method":"startup","params":{"endWithConnection":true}}');
      const answer = await new Promise<string>((resolve) => {
        daemon.onmessage = ({ data }) => resolve(data);
      });
      return { protocol: daemon.protocol, answer: JSON.parse(answer) };
    },
    {
      target: `${url.replace('http', 'ws')}/v1/rpc`,
      subprotocols: ['winsockd.v1', `winsockd.token.${Buffer.from(token).toString('base64url')}`],
    },
  );

test('a page of the daemon opens a WebSocket with its token, and its session ends with the page', async (t) => {
  const { url, app } = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors } = visited;
  await page.goto(`${url}/docs`);
  const begun = await begin(page, url, ALICE);
  assert.equal(begun?.protocol, 'winsockd.v1');
  const { sessionId } = begun.answer.result;
  assert.ok(app.daemon.sessions.findOfAnyOwner(sessionId));
  await page.close();
  await until(() => app.daemon.sessions.size === 0, 'the session has ended');
  assert.deepEqual(errors, []);
});

test('a page of another origin opens one only if it is allowed, and none without a known token', async (t) => {
  const [foreign, allowed] = [await otherOrigin(t), await otherOrigin(t)];
  const { url } = await startDaemon(t, { config: { allowedOrigins: [allowed] } });
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(allowed);
  assert.equal((await begin(page, url, ALICE))?.protocol, 'winsockd.v1');
  assert.equal(await begin(page, url, `${ALICE}x`), undefined);
  await page.goto(foreign);
  assert.equal(await begin(page, url, ALICE), undefined);
});

test('a page talks to a server through the stream of a socket', async (t) => {
  const daemon = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors } = visited;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const socket = await (await startSession(daemon, 'posix')).stream();
  await socket.ok('connect', { address: loopback('AF_INET', port) });
  await page.goto(daemon.url);
  const seen = await page.evaluate(
    async ({ target, subprotocols }) => {
      const stream = new WebSocket(target, subprotocols);
      stream.binaryType = 'arraybuffer';
      let length = 0;
      const told: string[] = [];
      stream.onmessage = ({ data }) => {
        if (typeof data !== 'string') length += data.byteLength;
        else told.push(JSON.parse(data).type);
      };
      await new Promise((resolve) => {
        stream.onopen = resolve;
      });
      for (let n = 0; n < 100; n++) stream.send(new Uint8Array(50_000));
      stream.send('{"type":"shutdown"}');
      const { code, reason } = await new Promise<{ code: number; reason: string }>((resolve) => {
        stream.onclose = resolve;
      });
      return { length, code, reason, first: told[0], last: told.at(-1) };
    },
    {
      target: `${daemon.url.replace('http', 'ws')}/v1/sockets/${socket.id}/stream`,
      subprotocols: ['winsockd.v1', `winsockd.token.${Buffer.from(ALICE).toString('base64url')}`],
    },
  );
  assert.deepEqual(seen, { length: 5_000_000, code: 1000, reason: '', first: 'opened', last: 'end' });
  assert.deepEqual(errors, []);
});
