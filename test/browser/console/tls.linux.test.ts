/** The console over TLS, with a certificate that its user has made and tells the browser to accept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../http/certificate.js';
import { canRun } from '../../remote/requirements.js';
import { startDaemon } from '../../scenarios/test-daemon.js';
import { openConsole } from './console-page.js';
import { mouse } from './hands.js';
import { converse } from './person.js';

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
