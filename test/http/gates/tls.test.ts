import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import tls from 'node:tls';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { RpcSocket, refusedSocket } from '../../scenarios/rpc/rpc-socket.js';
import { build, TOKEN } from '../build.js';
import { makeCertificate } from '../certificate.js';
import { client } from '../client.js';
import { FAKE_OPERATIONS } from '../fake-operations.js';

const certificate = makeCertificate();
const CLOSE = '/v1/sockets/sck_1/close';

test("with TLS the gates are the same, and the daemon's own origin is https", {
  skip: certificate ? false : 'no openssl',
}, async (t) => {
  if (certificate === undefined) return;
  const { url, port } = await build(t, { tls: certificate });
  const api = client(url, TOKEN, { ca: certificate.cert, operations: FAKE_OPERATIONS });
  await api.ok.post(CLOSE);
  assert.equal((await api.post(CLOSE, undefined, { headers: { origin: url } })).status, 200);
  assert.equal(
    (await api.post(CLOSE, undefined, { headers: { origin: `http://127.0.0.1:${port}` } })).status,
    403,
  );
  assert.equal((await api.post(CLOSE, undefined, { headers: { host: 'localhost' } })).status, 421);
  assert.equal((await api.as(undefined).post(CLOSE)).status, 401);
});

test('TLS below 1.2 is refused', { skip: certificate ? false : 'no openssl' }, async (t) => {
  if (certificate === undefined) return;
  const { port } = await build(t, { tls: certificate });
  const old = tls.connect({
    port,
    host: '127.0.0.1',
    ca: certificate.cert,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL@SECLEVEL=0',
  });
  const ended = await new Promise<string>((resolve) => {
    old.once('error', () => resolve('refused'));
    old.once('secureConnect', () => resolve('connected'));
  });
  old.destroy();
  assert.equal(ended, 'refused');
});

test('the lowest TLS version is configurable', {
  skip: certificate ? false : 'no openssl',
}, async (t) => {
  if (certificate === undefined) return;
  const versionWith = async (minVersion: tls.SecureVersion): Promise<string> => {
    const { port } = await build(t, { tls: { ...certificate, minVersion } });
    const peer = tls.connect({ port, host: '127.0.0.1', ca: certificate.cert, maxVersion: 'TLSv1.2' });
    const ended = await new Promise<string>((resolve) => {
      peer.once('error', () => resolve('refused'));
      peer.once('secureConnect', () => resolve(String(peer.getProtocol())));
    });
    peer.destroy();
    return ended;
  };
  assert.equal(await versionWith('TLSv1.2'), 'TLSv1.2');
  assert.equal(await versionWith('TLSv1.3'), 'refused');
});

test('a TLS connection with a token keeps its slot when others displace each other', {
  skip: certificate ? false : 'no openssl',
}, async (t) => {
  if (certificate === undefined) return;
  const { port } = await build(t, { tls: certificate, connections: 16 });
  const connect = async (): Promise<tls.TLSSocket> => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca: certificate.cert });
    socket.on('error', () => undefined).setEncoding('latin1');
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  const ask = async (socket: tls.TLSSocket): Promise<void> => {
    socket.write(
      `POST ${CLOSE} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 200/);
  };
  const authenticated = await connect();
  await ask(authenticated);
  const others: tls.TLSSocket[] = [];
  for (let i = 0; i < 16; i++) others.push(await connect());
  const [oldest] = others;
  if (oldest?.destroyed === false) await once(oldest, 'close');
  await ask(authenticated);
});

test('pipelined requests with long answers are all answered over TLS', {
  skip: certificate ? false : 'no openssl',
}, async (t) => {
  if (certificate === undefined) return;
  const close = () => ({ answer: { ok: true, value: { long: 'x'.repeat(20_000) } } }) as const;
  const { port } = await build(t, { tls: certificate, answers: { close } });
  const socket = tls.connect({ port, host: '127.0.0.1', ca: certificate.cert });
  t.after(() => socket.destroy());
  let received = 0;
  const all = new Promise<void>((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed after ${received} answers`)));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1').split('HTTP/1.1 200').length - 1;
      if (received === 300) resolve();
    });
  });
  const fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const request = `POST ${CLOSE} HTTP/1.1\r\n${fields}\r\n`;
  for (let i = 0; i < 300; i++) socket.write(request);
  await all;
});

test('a WebSocket over TLS: its gates, long messages, what is counted', {
  skip: certificate ? false : 'no openssl',
}, async (t) => {
  if (certificate === undefined) return;
  const bytes = new ByteAccounts({ bytesPerOwner: 1 << 24, bytesTotal: 1 << 24 });
  const { url, port } = await build(t, { tls: certificate, bytes });
  const { cert: ca } = certificate;
  assert.equal((await refusedSocket(url, { ca, token: undefined })).status, 401);
  assert.equal(
    (await refusedSocket(url, { ca, headers: { origin: `http://127.0.0.1:${port}` } })).status,
    403,
  );
  const rpc = await RpcSocket.open(t, { url }, { ca, headers: { origin: `https://127.0.0.1:${port}` } });
  const long = 'x'.repeat(4 * 1024 * 1024);
  assert.deepEqual(await rpc.ok('rpc.cancel', { id: long }), { cancelled: false });
  for (let n = 0; n < 500; n++) rpc.ws.pong();
  await rpc.ok('rpc.discover');
  assert.equal(bytes.used, 0);
  rpc.ws.close();
  assert.equal((await rpc.closed).code, 1005);
});
