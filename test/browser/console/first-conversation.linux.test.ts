/**
 * The first conversation of a person: everything by what the page shows, with a mouse, with a keyboard, and over
 * TLS with a certificate that its user has made and tells the browser to accept.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../http/certificate.js';
import { canRun } from '../../remote/requirements.js';
import { startDaemon } from '../../scenarios/test-daemon.js';
import { openConsole } from './console-page.js';
import { keyboard, mouse } from './hands.js';
import { converse } from './person.js';

/** Each device with a provider of its own: what a hand does is the same on all. */
const WAYS = [
  { device: 'mouse', hands: mouse, provider: 'posix' },
  { device: 'keyboard', hands: keyboard, provider: 'lab' },
] as const;

for (const { device, hands, provider } of WAYS) {
  test(`a conversation on ${provider}, from startup to the end of the session, by ${device}`, async (t) => {
    const { app, url } = await startDaemon(t);
    const visited = await openConsole(t, url);
    if (visited === undefined) return;
    await converse(visited.page, hands, provider);
    assert.deepEqual([app.daemon.sockets.size, app.daemon.sessions.size], [0, 0]);
    assert.deepEqual(visited.errors, []);
  });
}

test('over TLS the page and its WebSocket work, and nothing goes in the clear', async (t) => {
  const tls = makeCertificate();
  if (!canRun(t, tls ? undefined : 'openssl is not installed') || !tls) return;
  const { url } = await startDaemon(t, { config: { tls } });
  assert.match(url, /^https:/);
  const visited = await openConsole(t, url, { ignoreHTTPSErrors: true });
  if (visited === undefined) return;
  const { page, errors, requests } = visited;
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.reload();
  await converse(page, mouse, 'posix');
  assert.deepEqual(sockets, [`${url.replace('https', 'wss')}/v1/rpc`]);
  assert.deepEqual(
    requests.filter((one) => !one.startsWith(`${url}/`)),
    [],
  );
  assert.deepEqual(errors, []);
});
