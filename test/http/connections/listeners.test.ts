import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { build, TOKEN } from '../build.js';
import { client } from '../client.js';
import { FAKE_OPERATIONS } from '../fake-operations.js';
import { ipv6 } from '../ipv6.js';

const CLOSE = '/v1/sockets/sck_1/close';
const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Sends bytes to one of the addresses, and gives all that it receives until the connection ends. */
const exchange = async (address: string, port: number, bytes: string): Promise<string> => {
  const socket = net.connect(port, address);
  socket.setEncoding('latin1');
  socket.write(bytes);
  let received = '';
  for await (const text of socket) received += text;
  return received;
};

const statusesOf = (text: string): string[] => text.match(/^HTTP\/1\.1 \d+/gm) ?? [];

test('localhost listens at both loopback addresses, with one port and one state', ipv6, async (t) => {
  const { port, calls, url } = await build(t, { host: 'localhost' });
  assert.equal(url, `http://127.0.0.1:${port}`);
  for (const base of [url, `http://[::1]:${port}`]) {
    const api = client(base, TOKEN, { operations: FAKE_OPERATIONS });
    await api.ok.post(CLOSE);
    assert.equal((await api.post(CLOSE, undefined, { headers: { host: `localhost:${port}` } })).status, 200);
    assert.equal((await api.post(CLOSE, undefined, { headers: { host: `evil:${port}` } })).status, 421);
    assert.equal((await api.as(undefined).post(CLOSE)).status, 401);
  }
  assert.equal(calls.length, 4);
});

// Node itself would answer these, or nothing would, if the second listener had a server of its own.
const RAW: readonly [string, string, (port: number) => string][] = [
  ['bytes that are not HTTP', '400', () => 'NONSENSE\r\n\r\n'],
  ['CONNECT', '405', (port) => `CONNECT x:1 HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`],
  [
    'an expectation',
    '417',
    (port) => `GET /v1 HTTP/1.1\r\nHost: localhost:${port}\r\nExpect: x\r\nConnection: close\r\n\r\n`,
  ],
  [
    'an upgrade',
    '401',
    (port) =>
      `GET /v1 HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
  ],
  ['a request that never ends', '408', () => 'GET /v1 HTTP/1.1\r\nHost: x'],
];

test('both listeners refuse alike what Node does not parse as a request', ipv6, async (t) => {
  const { port } = await build(t, {
    host: 'localhost',
    timeouts: { headers: 100, request: 200, check: 50 },
  });
  for (const [name, status, bytes] of RAW) {
    for (const address of LOOPBACK) {
      const received = await exchange(address, port, bytes(port));
      assert.deepEqual(statusesOf(received), [`HTTP/1.1 ${status}`], `${name} at ${address}`);
      assert.match(received, /application\/problem\+json/);
    }
  }
});

test('a client that has ended its sending side gets its answer at either address', ipv6, async (t) => {
  const { port } = await build(t, { host: 'localhost' });
  for (const address of LOOPBACK) {
    const socket = net.connect({ port, host: address, allowHalfOpen: true });
    socket.setEncoding('latin1');
    socket.end(`POST ${CLOSE} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    let received = '';
    for await (const text of socket) received += text;
    assert.deepEqual(statusesOf(received), ['HTTP/1.1 200'], address);
  }
});

test('listening fails when the port is in use at one of the two addresses', ipv6, async (t) => {
  for (const address of LOOPBACK) {
    const holder = net.createServer().listen(0, address);
    t.after(() => holder.close());
    await once(holder, 'listening');
    const port = (holder.address() as net.AddressInfo).port;
    await assert.rejects(
      build(t, { host: 'localhost', port }),
      (error: NodeJS.ErrnoException & { address?: string }) =>
        error.code === 'EADDRINUSE' && error.address === address,
    );
    // The port at the other address was released.
    const other = net.createServer().listen(
      port,
      LOOPBACK.find((one) => one !== address),
    );
    t.after(() => other.close());
    await once(other, 'listening');
  }
});

test('closing stops accepting at both addresses, and waits for the answers of both', ipv6, async (t) => {
  let finish: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { app, port, listeners, calls } = await build(t, {
    host: 'localhost',
    answers: { close: () => waiting.then(() => ({})) },
  });
  const pending = LOOPBACK.map((address) =>
    client(`http://${address === '::1' ? '[::1]' : address}:${port}`, TOKEN).ok.post(CLOSE),
  );
  while (calls.length < 2) await new Promise(setImmediate);
  let closed = false;
  const closing = listeners.close().then(() => {
    closed = true;
  });
  while (app.server.listening) await new Promise(setImmediate);
  for (const address of LOOPBACK) await refused(t, address, port);
  assert.equal(closed, false);
  finish();
  await Promise.all(pending);
  await closing;
});

test('connections that the system could not accept make few log lines, and at last a count', async (t) => {
  const { app, listeners, logged } = await build(t);
  for (let i = 0; i < 15; i++) app.server.emit('error', new Error('EMFILE'));
  await listeners.close();
  const lines = logged.map((line) => JSON.parse(line)).filter(({ msg }) => /could not be accepted/.test(msg));
  assert.equal(lines.length, 11);
  const last = lines.at(-1);
  assert.deepEqual([last.msg, last.leftOut], ['more of: a connection could not be accepted', 5]);
});

const refused = async (t: TestContext, address: string, port: number): Promise<void> => {
  const socket = net.connect(port, address);
  t.after(() => socket.destroy());
  const [error] = await once(socket, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
};
