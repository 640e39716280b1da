import assert from 'node:assert/strict';
import test from 'node:test';
import { build, TOKEN } from '../build.js';
import { checkAnswer } from '../client.js';
import { rawExchange, rawProblem } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';
const PAGE = 'https://rig.example:8443';

const preflight = (port: number, origin: string, host = `127.0.0.1:${port}`): string =>
  `OPTIONS ${CLOSE} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n` +
  'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n' +
  'Access-Control-Request-Private-Network: true\r\n\r\n';

test('a page of an allowed origin asks first and is told what it may do, without a token', async (t) => {
  const { port, calls } = await build(t, { allowedOrigins: [PAGE] });
  const [answer] = await rawExchange(port, preflight(port, PAGE));
  assert.ok(answer);
  checkAnswer(answer, PAGE);
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], PAGE);
  assert.equal(answer.headers.vary, 'Origin');
  assert.match(String(answer.headers['access-control-allow-methods']), /\bPOST\b.*\bDELETE\b/);
  assert.match(String(answer.headers['access-control-allow-headers']), /\bAuthorization, Content-Type\b/);
  assert.equal(calls.length, 0);
});

test('it may read every answer, problems too, with the fields that clients need', async (t) => {
  const { api } = await build(t, { allowedOrigins: [PAGE] });
  const headers = { origin: PAGE, 'sec-fetch-site': 'cross-site' };
  for (const [answer, status] of [
    [await api.post(CLOSE, {}, { headers }), 200],
    [await api.as(undefined).post(CLOSE, {}, { headers }), 401],
    [await api.get('/v1/none', { headers }), 404],
    [await api.post(CLOSE, '{', { headers }), 400],
  ] as const) {
    assert.equal(answer.status, status);
    assert.equal(answer.headers['access-control-allow-origin'], PAGE);
    for (const field of ['Location', 'Server-Timing', 'X-Request-Id', 'Winsockd-Fault', 'Retry-After']) {
      assert.ok(String(answer.headers['access-control-expose-headers']).split(', ').includes(field), field);
    }
  }
});

test('another page learns nothing, and no Host but the own ones lets one in', async (t) => {
  const { port } = await build(t, { allowedOrigins: [PAGE] });
  for (const origin of ['http://evil.example', 'null', `${PAGE}.evil.example`, PAGE.toUpperCase()]) {
    await rawProblem(port, preflight(port, origin), 403);
  }
  await rawProblem(port, preflight(port, PAGE, 'evil.example'), 421);
  // Its own pages ask for nothing first; OPTIONS is a method as any other.
  const own = `OPTIONS ${CLOSE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  await rawProblem(port, own, 405);
});
