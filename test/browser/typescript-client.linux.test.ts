/** The TypeScript client in a real browser: the built modules as they are, without a bundler. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { BUILT, build } from '../clients/typescript/build.js';
import { ALICE, startDaemon, until } from '../scenarios/test-daemon.js';
import { visit } from './browser.js';

before(() => build());

/** The origin of a web server with an empty page, and the built client below `/dist/`. */
const originOfClient = async (t: TestContext): Promise<string> => {
  const server = http.createServer(({ url = '/' }, response) => {
    const module = /^\/dist\/(?:core|browser)\/[\w.-]+\.js$/.exec(url)?.[0];
    if (module === undefined)
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>A page</title>');
    else response.setHeader('content-type', 'text/javascript').end(readFileSync(join(BUILT, module)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return `http://127.0.0.1:${port}`;
};

/** What the page knows: the module of the client, the daemon and its token. */
const known = (url: string) => ({ module: '/dist/browser/index.js', url, token: ALICE });

/** A whole conversation of both ends in the page. */
const converse = (page: Page, url: string) =>
  page.evaluate(async ({ module, url, token }) => {
    const { Rig, WinsockError } = await import(module);
    const rig = await Rig.open({ url, token });
    const listener = await rig.listen({ port: 0 });
    const [client, peer] = await Promise.all([rig.connect(listener.address()), listener.accept()]);
    const seen: unknown[] = [];

    // Megabytes in one direction, read by buffers of the reader; then the end, then the answer.
    const writer = client.writable.getWriter();
    const sending = (async () => {
      for (let piece = 0; piece < 20; piece++) await writer.write(new Uint8Array(100_000).fill(piece));
      await writer.close();
    })();
    const reader = peer.readable.getReader({ mode: 'byob' });
    let [length, sum] = [0, 0];
    for (let buffer = new ArrayBuffer(50_000); ; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      length += value.length;
      for (const byte of value) sum += byte;
      buffer = value.buffer;
    }
    await sending;
    seen.push(length, sum);
    const failed = await client.socket.send('late').catch((error: unknown) => error);
    seen.push(failed instanceof WinsockError, failed.code, failed.name);
    const answer = peer.writable.getWriter();
    await answer.write(new TextEncoder().encode('answer'));
    await answer.close();
    seen.push(await new Response(client.readable).text());

    const batch = rig.batch();
    const opened = batch.add('socket', { sessionId: rig.session.id, provider: 'lab' });
    const late = batch.add(
      'send',
      { socketId: opened.ref('socketId'), data: { text: 'x' } },
      { expectError: 'WSAENOTCONN' },
    );
    await batch.run();
    seen.push(batch.outcome, late.error.code);

    const fault = await rig.armFault({ effect: 'fail', operation: 'connect', code: 'WSAENETDOWN' });
    seen.push(await rig.connect(listener.address()).catch(({ name }: Error) => name), await fault.hits());
    await fault.remove();
    const given = listener.accept({ signal: AbortSignal.timeout(20) });
    seen.push(await given.catch(({ name }: Error) => name));
    await rig.close();
    return seen;
  }, known(url));

/** What a page sees that opens a rig, and one that opens the WebSocket without asking before. */
const attempt = (page: Page, url: string) =>
  page.evaluate(async ({ module, url, token }) => {
    const { Rig } = await import(module);
    const opened = await Rig.open({ url, token }).catch(({ name, message }: Error) => `${name}: ${message}`);
    const webSocket = new WebSocket(`${url.replace('http', 'ws')}/v1/rpc`, [
      'winsockd.v1',
      `winsockd.token.${btoa(token).replaceAll('=', '')}`,
    ]);
    const ended = await new Promise((resolve) => {
      webSocket.onopen = () => resolve('opened');
      webSocket.onclose = ({ code }) => resolve(code);
    });
    return [opened, ended];
  }, known(url));

test('a page of an allowed origin converses; the same page of another origin gets nothing', async (t) => {
  const [allowed, foreign] = [await originOfClient(t), await originOfClient(t)];
  const { url, app } = await startDaemon(t, { config: { allowedOrigins: [allowed] } });
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors } = visited;
  await page.goto(allowed);
  assert.deepEqual(await converse(page, url), [
    2_000_000,
    19_000_000,
    true,
    10058,
    'WSAESHUTDOWN',
    'answer',
    'completed',
    10057,
    'WSAENETDOWN',
    1,
    'TimeoutError',
  ]);
  assert.deepEqual(errors, []);
  await until(() => app.daemon.sessions.size === 0, 'the session has ended');

  await page.goto(foreign);
  const hint = 'it does not run, or does not allow the origin of this page';
  assert.deepEqual(await attempt(page, url), [`RigLostError: no answer of the daemon: ${hint}`, 1006]);
  assert.equal(app.daemon.sessions.size, 0);
});
