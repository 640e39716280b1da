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

test('the preflight of an allowed origin is answered, without a token', async (t) => {
  const { port, calls } = await build(t, { allowedOrigins: [PAGE] });
  const [answer] = await rawExchange(port, preflight(port, PAGE));
  assert.ok(answer);
  checkAnswer(answer, PAGE);
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], PAGE);
  assert.equal(answer.headers.vary, 'Origin');
  assert.match(String(answer.headers['access-control-allow-methods']), /\bPOST\b.*\bDELETE\b/);
  const allowed = String(answer.headers['access-control-allow-headers']).split(', ');
  for (const field of ['Authorization', 'Content-Type', 'Idempotency-Key', 'Winsockd-Not-Before']) {
    assert.ok(allowed.includes(field), field);
  }
  assert.equal(calls.length, 0);
});

test('a page of an allowed origin may read every answer and the header fields of it', async (t) => {
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
    for (const field of [
      ...['Location', 'Server-Timing', 'X-Request-Id', 'Winsockd-Fault', 'Retry-After'],
      ...['Winsockd-Replayed', 'Winsock-Bytes', 'Winsock-Eof', 'Winsock-Truncated'],
    ]) {
      assert.ok(String(answer.headers['access-control-expose-headers']).split(', ').includes(field), field);
    }
  }
});

test('a page of an allowed origin may read refusals that do not come from gates', async (t) => {
  const { port } = await build(t, { allowedOrigins: [PAGE] });
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\nOrigin: ${PAGE}\r\n`;
  for (const [start, status] of [
    ['GET /v1/%zz HTTP/1.1', 400],
    [`POST /v1/sockets/${'a'.repeat(300)}/close HTTP/1.1`, 414],
    [`GET /${'a'.repeat(9000)} HTTP/1.1`, 414],
    ['GET /v1/../x HTTP/1.1', 400],
    ['GET /v1 HTTP/1.1\r\nHost: other.example', 400],
    ['GET /v1 HTTP/1.1\r\nExpect: foo', 417],
    [`POST ${CLOSE} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked`, 501],
    ['GET /v1 HTTP/2.0', 505],
  ] as const) {
    const [answer] = await rawExchange(port, `${start}\r\n${fields}\r\n`);
    assert.ok(answer, start);
    assert.equal(answer.status, status, start);
    checkAnswer(answer, PAGE);
    assert.equal(answer.headers['access-control-allow-origin'], PAGE, start);
    assert.match(String(answer.headers['access-control-expose-headers']), /\bX-Request-Id\b/);
    assert.equal(answer.headers.vary, 'Origin');
  }
});

test('a page of another origin may read nothing, and the Host of an allowed page is checked', async (t) => {
  const { port } = await build(t, { allowedOrigins: [PAGE] });
  for (const origin of ['http://evil.example', 'null', `${PAGE}.evil.example`, PAGE.toUpperCase()]) {
    await rawProblem(port, preflight(port, origin), 403);
    const fields = `Host: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n`;
    await rawProblem(port, `GET /v1/%zz HTTP/1.1\r\n${fields}\r\n`, 400);
    await rawProblem(port, `GET /v1 HTTP/1.1\r\nExpect: foo\r\n${fields}\r\n`, 417);
  }
  const [misdirected] = await rawExchange(port, preflight(port, PAGE, 'evil.example'));
  assert.equal(misdirected?.status, 421);
  assert.equal(misdirected.headers['access-control-allow-methods'], undefined);
  // Pages of the daemon's own origin send no preflights, so OPTIONS without Origin is an unknown method.
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  await rawProblem(port, `OPTIONS ${CLOSE} HTTP/1.1\r\n${fields}\r\n`, 405);
});
