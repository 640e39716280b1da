import assert from 'node:assert/strict';
import test from 'node:test';
import { acceptedHosts } from '../../../src/http/gates/host-gate.js';
import { build, TOKEN } from '../build.js';
import { rawProblem } from '../raw.js';

const CLOSE = '/v1/sockets/sck_1/close';

test("a request has exactly one Host, which is well-formed and one of the daemon's names", async (t) => {
  const { port, api, calls } = await build(t, { allowedHosts: ['rig', 'Proxy.Example:8443'] });
  const accepted = [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`];
  for (const host of [...accepted, 'rig', `rig:${port}`, 'proxy.example:8443']) {
    assert.equal((await api.post(CLOSE, undefined, { headers: { host } })).status, 200, host);
  }
  const reached = calls.length;
  const misdirected = [
    ...['evil.example', `evil.example:${port}`, `localhost.evil.com:${port}`, `evil-localhost:${port}`],
    ...[
      `127.0.0.1.nip.io:${port}`,
      `localhost6:${port}`,
      `localhost.:${port}`,
      `x.localhost:${port}`,
      'foo.local',
    ],
    ...[`0177.0.0.1:${port}`, `127.1:${port}`, `2130706433:${port}`, `0x7f.1:${port}`, `127.0.0.09:${port}`],
    ...[`[::ffff:127.0.0.1]:${port}`, '127.0.0.1', '127.0.0.1:1', 'proxy.example', 'rig:1'],
  ];
  for (const host of misdirected) {
    // Node's client sends any of these.
    assert.equal((await api.post(CLOSE, undefined, { headers: { host } })).status, 421, host);
  }
  const malformed = [
    'a,b',
    'user@localhost',
    'local host',
    '[::1',
    'localhost:x',
    'localhost:',
    'a/b',
    '-a',
    '[::1%25lo]',
    `127.0.0.1:0${port}`,
  ];
  for (const host of malformed) {
    await rawProblem(port, `POST ${CLOSE} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400);
  }
  await rawProblem(port, `POST ${CLOSE} HTTP/1.1\r\n\r\n`, 400);
  await rawProblem(port, `POST ${CLOSE} HTTP/1.0\r\n\r\n`, 400);
  await rawProblem(port, `POST ${CLOSE} HTTP/1.1\r\nHost:\r\n\r\n`, 400);
  const own = `Host: 127.0.0.1:${port}\r\n`;
  await rawProblem(port, `POST ${CLOSE} HTTP/1.1\r\n${own}${own}\r\n`, 400);
  assert.equal(calls.length, reached);
});

test('the Host header is also judged if the target has an authority', async (t) => {
  const { port, calls } = await build(t);
  const own = `POST http://127.0.0.1:${port}${CLOSE} HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const problem = await rawProblem(port, `${own}Host: a,b\r\n\r\n`, 400);
  assert.equal(problem.type, '/problems/bad-host');
  assert.equal(calls.length, 0);
});

test('a target in absolute form is judged by its authority', async (t) => {
  const { port, calls } = await build(t);
  const rest = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  const evil = await rawProblem(port, `POST http://evil.example${CLOSE} HTTP/1.1\r\n${rest}`, 421);
  assert.equal(evil.type, '/problems/misdirected');
  assert.match(evil.detail, /allowedHosts; add it there or to WINSOCKD_ALLOWED_HOSTS/);
  await rawProblem(port, `POST http://127.0.0.1:${port}@evil.example${CLOSE} HTTP/1.1\r\n${rest}`, 400);
  assert.equal(calls.length, 0);
  // With the daemon's authority it passes the gate, and its path is unknown.
  await rawProblem(port, `POST http://127.0.0.1:${port}/v1/none HTTP/1.1\r\n${rest}`, 404);
  await rawProblem(
    port,
    `POST http://127.0.0.1:${port}/v1/none HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    401,
  );
});

test("a Host without a port has the scheme's default port", () => {
  const hosts = (tls: boolean, port: number) =>
    acceptedHosts({ host: '127.0.0.1', allowedHosts: [], tls: tls ? {} : undefined }, port).has('localhost');
  assert.deepEqual(
    [hosts(true, 443), hosts(true, 80), hosts(false, 80), hosts(false, 443)],
    [true, false, true, false],
  );
});
