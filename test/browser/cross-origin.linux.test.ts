/**
 * What pages of other origins can do in a real browser: everything if they are allowed, otherwise nothing.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { ALICE, startDaemon, type TestDaemon } from '../scenarios/test-daemon.js';
import { visit } from './browser.js';

/** A web server with the same empty page at every path; returns its port. */
const pages = async (t: TestContext): Promise<number> => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A page</title>');
  });
  return listening(t, server);
};

/** A TCP server that sends back what it receives, and ends when its peer does; returns its port. */
const echo = (t: TestContext): Promise<number> =>
  listening(
    t,
    net.createServer((socket) => socket.pipe(socket)),
  );

const listening = async (t: TestContext, server: net.Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return port;
};

/** What a script of the page has read from one answer. */
interface Read {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | null>>;
  // biome-ignore lint/suspicious/noExplicitAny: the test asserts on the members that it reads
  readonly body: any;
}

/** Makes one call from a script of the page. */
const call = (page: Page, url: string, path: string, params: object = {}): Promise<Read> =>
  page.evaluate(
    async ({ target, token, body }) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(target, { method: 'POST', headers, body });
      const names = ['Location', 'Server-Timing', 'X-Request-Id', 'Winsockd-Fault', 'Retry-After'];
      const fields = Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
      return { status: response.status, fields, body: await response.json() };
    },
    { target: `${url}/v1/${path}`, token: ALICE, body: JSON.stringify(params) },
  );

test('a page of an allowed origin can make calls, and read their bodies and header fields', async (t) => {
  const origin = `http://127.0.0.1:${await pages(t)}`;
  const { url, app } = await startDaemon(t, { config: { allowedOrigins: [origin] } });
  const port = await echo(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(origin);

  const begun = await call(page, url, 'startup', { version: '2.2' });
  assert.equal(begun.status < 300, true, JSON.stringify(begun));
  const session = `sessions/${begun.body.sessionId}`;
  assert.equal(begun.fields.Location, `/v1/${session}`);
  const opened = await call(page, url, `${session}/sockets`, { family: 'AF_INET', type: 'SOCK_STREAM' });
  const socket = `sockets/${opened.body.socketId}`;
  const rule = { operation: 'send', nth: 1, effect: 'fail', code: 'WSAENETDOWN' };
  const fault = await call(page, url, `${session}/faults`, rule);

  const address = { family: 'AF_INET', address: '127.0.0.1', port };
  const connected = await call(page, url, `${socket}/connect`, { address });
  assert.deepEqual(connected.body.remoteAddress, address, JSON.stringify(connected));
  const failed = await call(page, url, `${socket}/send`, { data: { text: 'hello' } });
  assert.deepEqual([failed.status, failed.body.name], [503, 'WSAENETDOWN']);
  assert.equal(failed.body.instance, `urn:winsockd:request:${failed.fields['X-Request-Id']}`);
  assert.equal(failed.fields['Winsockd-Fault'], fault.body.faultId);
  assert.match(String(failed.fields['Retry-After']), /^\d+$/);
  assert.match(String(failed.fields['Server-Timing']), /^native;dur=/);

  assert.equal((await call(page, url, `${socket}/send`, { data: { text: 'hello' } })).body.bytesSent, 5);
  const received = await call(page, url, `${socket}/recv`, { as: 'text', timeoutMs: 5000 });
  assert.equal(received.body.data.text, 'hello', JSON.stringify(received));
  assert.equal((await call(page, url, `${socket}/sendDisconnect`)).status, 200);
  assert.equal((await call(page, url, `${socket}/recv`, { timeoutMs: 5000 })).body.eof, true);
  assert.equal((await call(page, url, `${socket}/close`)).status, 200);
  assert.equal((await call(page, url, `${session}/cleanup`)).body.startups, 0);
  assert.equal(app.daemon.sockets.size, 0);
});

/** The outcomes of all ways to request another origin from a script, with the right token where possible. */
const attempts = (frame: Frame, url: string): Promise<string[]> =>
  frame.evaluate(
    async ({ base, token }) => {
      const authorization = `Bearer ${token}`;
      const json = { authorization, 'content-type': 'application/json' };
      const plain = { 'content-type': 'text/plain' };
      const asks: [string, RequestInit][] = [
        ['/v1', { headers: { authorization } }],
        ['/v1', { mode: 'no-cors' }],
        ['/v1/startup', { method: 'POST', headers: json, body: '{}' }],
        ['/v1/startup', { method: 'POST', headers: plain, body: '{}' }],
        ['/v1/startup', { method: 'POST', headers: plain, body: '{}', mode: 'no-cors' }],
        ['/v1/startup', { method: 'POST', headers: json, body: '{}', credentials: 'include' }],
        ['/openapi.json', {}],
        ['/docs', { mode: 'no-cors' }],
        ['/health/live', {}],
        ['/problems', { mode: 'no-cors' }],
      ];
      const outcome = ([path, init]: [string, RequestInit]): Promise<string> =>
        fetch(base + path, init).then(
          ({ status, type }) => `${init.method ?? 'GET'} ${path} gave ${type} ${status}`,
          (error) => error.name,
        );
      return Promise.all(asks.map(outcome));
    },
    { base: url, token: ALICE },
  );

/** A document that sends a form. */
const formOf = (url: string): string =>
  `<form method="post" enctype="text/plain" action="${url}/v1/startup"><input name="{}"></form>`;
/** A document that loads URLs of the daemon as images and a script. */
const loads = (url: string): string =>
  `<img src="${url}/docs/static/theme/icon.svg"><img src="${url}/v1">` +
  `<script src="${url}/openapi.json"></script>`;

/** The daemon has no sessions and no sockets. */
const assertNothing = ({ app }: TestDaemon): void => {
  assert.deepEqual([app.daemon.sessions.size, app.daemon.sockets.size], [0, 0]);
};

test('a page of another origin gets no answer, and creates no session', async (t) => {
  const port = await pages(t);
  const r = await startDaemon(t, { config: { allowedOrigins: [`http://127.0.0.1:${await pages(t)}`] } });
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  const statuses: number[] = [];
  page.on('response', (response) => {
    if (response.url().startsWith(r.url)) statuses.push(response.status());
  });
  // For the browser the first host is of the same site as the daemon, the second of another.
  for (const host of ['127.0.0.1', 'localhost']) {
    await page.goto(`http://${host}:${port}/`);
    const outcomes = await attempts(page.mainFrame(), r.url);
    assert.deepEqual([...new Set(outcomes)], ['TypeError'], `${host}: ${outcomes.join(', ')}`);

    await page.setContent(loads(r.url));
    const widths = await page
      .locator('img')
      .evaluateAll((all) => all.map((image) => 'naturalWidth' in image && image.naturalWidth));
    assert.deepEqual(widths, [0, 0], `${host}: an image was loaded`);

    await page.goto(`http://${host}:${port}/`);
    await page.setContent(formOf(r.url));
    await page
      .locator('form')
      .evaluate((form) => 'submit' in form && typeof form.submit === 'function' && form.submit());
    await page.waitForURL(`${r.url}/v1/startup`);
    assertNothing(r);
  }
  // The daemon has refused the requests, not only the browser.
  assert.ok(statuses.length > 0);
  assert.deepEqual([...new Set(statuses)], [403]);
});

test('a sandboxed frame (Origin: null) gets no answer, even in a page of an allowed origin', async (t) => {
  const origin = `http://127.0.0.1:${await pages(t)}`;
  const r = await startDaemon(t, { config: { allowedOrigins: [origin] } });
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page } = visited;
  await page.goto(origin);
  await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<p>A frame</p>"></iframe>');
  const frame = page.frames().find((one) => one.parentFrame() !== null);
  assert.ok(frame);
  await frame.locator('p').waitFor();
  assert.equal(await frame.evaluate('origin'), 'null');
  const outcomes = await attempts(frame, r.url);
  assert.deepEqual([...new Set(outcomes)], ['TypeError'], outcomes.join(', '));
  assertNothing(r);
});
