/**
 * The daemon as a Windows program under Wine, started and stopped as by a user, with Linux programs as peers.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Body, TestClient } from '../http/client.js';
import { CHECKOUT } from '../project/checkout.js';
import { Program } from '../remote/program.js';
import { canRun, missing } from '../remote/requirements.js';
import { dockerfileCommand } from './dockerfile-command.js';
import { noWine, production, windowsDaemon } from './windows-daemon.js';

const PEER = fileURLToPath(new URL('../../../test/wine/peer.py', import.meta.url));
const DOCKERFILE = join(CHECKOUT, 'Dockerfile.windows');

/** Determined before the tests, because the first preparation takes longer than any of them. */
const against = missing('python3') ?? (await noWine());

const peer = (t: TestContext, ...args: readonly string[]): Program => {
  const program = new Program(['python3', PEER, ...args]);
  t.after(() => program.stop());
  return program;
};

/** A Linux server that accepts one connection. */
const server = async (t: TestContext): Promise<{ program: Program; address: object }> => {
  const program = peer(t, 'serve');
  const [, port] = await program.line(/"port": (\d+)/);
  return { program, address: { family: 'AF_INET', address: '127.0.0.1', port: Number(port) } };
};

/** What the peer has reported about its connection. */
const seen = async (program: Program): Promise<Body> => {
  const [line] = await program.line(/\{"end": .*\}/);
  return JSON.parse(line);
};

/** Begins a session; returns its path. */
const begin = async (t: TestContext, api: TestClient): Promise<string> => {
  const { sessionId } = await api.ok.post('/v1/startup', { version: '2.2' });
  t.after(() => api.delete(`/v1/sessions/${sessionId}`));
  return `/v1/sessions/${sessionId}`;
};

const stream = async (api: TestClient, session: string): Promise<string> => {
  const { socketId } = await api.ok.post(`${session}/sockets`, {
    provider: 'ws2_32',
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    protocol: 'IPPROTO_TCP',
  });
  return `/v1/sockets/${socketId}`;
};

/** A listener of Windows on a free port of loopback. */
const listening = async (
  t: TestContext,
  api: TestClient,
): Promise<{ listener: string; address: { port: number } }> => {
  const listener = await stream(api, await begin(t, api));
  await api.ok.post(`${listener}/bind`, {
    address: { family: 'AF_INET', address: '127.0.0.1', port: 0 },
  });
  await api.ok.post(`${listener}/listen`, { backlog: 5 });
  const { address } = await api.ok.get(`${listener}/sockName`);
  return { listener, address };
};

const sendAll = async (api: TestClient, socket: string, bytes: Buffer): Promise<void> => {
  for (let at = 0; at < bytes.length; ) {
    const base64 = bytes.subarray(at).toString('base64');
    const { bytesSent } = await api.ok.post(`${socket}/send`, { data: { base64 }, timeoutMs: 20_000 });
    assert.ok(bytesSent > 0);
    at += bytesSent;
  }
};

const readAll = async (api: TestClient, socket: string): Promise<string> => {
  const parts: Buffer[] = [];
  for (let calls = 0; calls < 1000; calls++) {
    const { data, eof } = await api.ok.post(`${socket}/recv`, { timeoutMs: 20_000 });
    if (eof) return Buffer.concat(parts).toString();
    parts.push(Buffer.from(data.base64, 'base64'));
  }
  throw new Error('the stream did not end');
};

test("the daemon makes connections through Wine's ws2_32, and SIGINT ends it with 0", {
  timeout: 180_000,
}, async (t) => {
  if (!canRun(t, against)) return;
  const daemon = await windowsDaemon(t, ['start']);
  const { api } = daemon;

  await t.test('the first provider is ws2_32', async (t) => {
    const { providers } = await api.ok.get('/v1');
    assert.deepEqual(providers, ['ws2_32', 'lab']);
    const { protocols } = await api.ok.get(`${await begin(t, api)}/protocols`);
    const entries: { provider: string; protocol: number; serviceFlags: string[] }[] = protocols;
    const own = entries.filter(({ provider }) => provider === 'ws2_32');
    assert.equal(entries[0]?.provider, 'ws2_32');
    assert.ok(own.some(({ protocol }) => protocol === 6) && own.some(({ protocol }) => protocol === 17));
    const withData = entries.filter(({ serviceFlags }) => serviceFlags.includes('XP1_DISCONNECT_DATA'));
    assert.deepEqual([...new Set(withData.map(({ provider }) => provider))], ['lab']);
  });

  await t.test(
    'after sendDisconnect the peer reads every byte, then FIN, and its reply arrives',
    async (t) => {
      const { program, address } = await server(t);
      const session = await begin(t, api);
      const socket = await stream(api, session);
      const connected = await api.ok.post(`${socket}/connect`, { address, timeoutMs: 20_000 });
      assert.deepEqual(connected.remoteAddress, address);
      const bytes = Buffer.alloc(300_000, 'every byte of it, ');
      await sendAll(api, socket, bytes);
      await api.ok.post(`${socket}/sendDisconnect`, {});
      const { end, length, sha256 } = await seen(program);
      assert.deepEqual(
        { end, length, sha256 },
        { end: 'fin', length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      );
      assert.equal(await readAll(api, socket), `read ${bytes.length} bytes`);
      const { name } = await api.problem.post(`${socket}/send`, { data: { text: 'more' } });
      assert.equal(name, 'WSAESHUTDOWN');
      await api.ok.post(`${socket}/close`, {});
      await api.ok.post(`${session}/cleanup`, {});
      assert.equal(await program.exit(), 0, program.stderr);
    },
  );

  await t.test('close after SO_LINGER with a time of 0 resets the peer', async (t) => {
    const { program, address } = await server(t);
    const socket = await stream(api, await begin(t, api));
    await api.ok.post(`${socket}/connect`, { address, timeoutMs: 20_000 });
    await api.ok.post(`${socket}/send`, { data: { text: 'and then nothing' } });
    await api.ok.put(`${socket}/options/SOL_SOCKET/SO_LINGER`, {
      value: { linger: { onoff: true, linger: 0 } },
    });
    await api.ok.post(`${socket}/close`, {});
    assert.equal((await seen(program)).end, 'reset');
    assert.equal(await program.exit(), 0, program.stderr);
  });

  await t.test('sendDisconnect with data is refused on TCP, and does not shut down sending', async (t) => {
    const { program, address } = await server(t);
    const socket = await stream(api, await begin(t, api));
    await api.ok.post(`${socket}/connect`, { address, timeoutMs: 20_000 });
    await api.ok.post(`${socket}/send`, { data: { text: 'before, ' } });
    const refused = await api.problem.post(`${socket}/sendDisconnect`, { disconnectData: { text: 'bye' } });
    assert.deepEqual([refused.status, refused.code, refused.provider], [422, 10042, 'ws2_32']);
    // Wine itself accepts the data and shuts down: this send shows that it was not called.
    await api.ok.post(`${socket}/send`, { data: { text: 'after' } });
    await api.ok.post(`${socket}/sendDisconnect`, {});
    const { end, text } = await seen(program);
    assert.deepEqual([end, text], ['fin', 'before, after']);
    assert.equal(await readAll(api, socket), 'read 13 bytes');
    await api.ok.post(`${socket}/close`, {});
  });

  await t.test('a Linux client connects to a Windows listener', async (t) => {
    const { listener, address } = await listening(t, api);
    const program = peer(t, 'call', String(address.port), 'hello from Linux');
    const { socketId, remoteAddress } = await api.ok.post(`${listener}/accept`, { timeoutMs: 20_000 });
    assert.equal(remoteAddress.address, '127.0.0.1');
    const accepted = `/v1/sockets/${socketId}`;
    assert.equal(await readAll(api, accepted), 'hello from Linux');
    await api.ok.post(`${accepted}/send`, { data: { text: 'hello from Windows' } });
    await api.ok.post(`${accepted}/close`, {});
    const { end, text } = await seen(program);
    assert.deepEqual([end, text], ['fin', 'hello from Windows']);
    assert.equal(await program.exit(), 0, program.stderr);
  });

  await t.test('conditionalAccept shows Linux clients, rejects one and accepts the next', async (t) => {
    const { listener, address } = await listening(t, api);
    const decide = (condition: string, more: object = {}) =>
      api.ok.post(`${listener}/conditionalAccept`, { condition, timeoutMs: 20_000, ...more });
    const unwanted = peer(t, 'call', String(address.port), 'let me in');
    const { offerId } = await decide('CF_DEFER');
    assert.equal((await decide('CF_DEFER')).offerId, offerId);
    assert.equal((await decide('CF_REJECT', { offerId })).offerId, offerId);
    assert.equal((await seen(unwanted)).end, 'reset');
    const welcome = peer(t, 'call', String(address.port), 'me too');
    const offer = await decide('CF_DEFER');
    assert.notEqual(offer.offerId, offerId);
    const { socketId, remoteAddress } = await decide('CF_ACCEPT', { offerId: offer.offerId });
    assert.deepEqual(remoteAddress, offer.remoteAddress);
    const accepted = `/v1/sockets/${socketId}`;
    assert.equal(await readAll(api, accepted), 'me too');
    await api.ok.post(`${accepted}/close`, {});
    assert.equal((await seen(welcome)).end, 'fin');
  });

  assert.equal(await daemon.interrupt(), 0);
});

test('POST /v1/drain ends waits and connections, then the Windows program with 0', {
  timeout: 120_000,
}, async (t) => {
  if (!canRun(t, against)) return;
  const { api, exit } = await windowsDaemon(t, ['start']);
  const { program, address } = await server(t);
  const { sessionId } = await api.ok.post('/v1/startup', {});
  const socket = await stream(api, `/v1/sessions/${sessionId}`);
  await api.ok.post(`${socket}/connect`, { address, timeoutMs: 20_000 });
  await api.ok.post(`${socket}/send`, { data: { text: 'until the end' } });
  // The peer sends nothing: the recv waits or comes after the drain, and ends with a problem in both cases.
  const waiting = api.problem.post(`${socket}/recv`, {});
  const { status, body } = await api.post('/v1/drain');
  assert.deepEqual([status, body], [202, { status: 'draining' }]);
  assert.equal((await waiting).type, '/problems/draining');
  const { end, text } = await seen(program);
  assert.deepEqual([end, text], ['fin', 'until the end']);
  assert.equal(await exit(), 0);
});

test('the command of Dockerfile.windows starts the files of a container', { timeout: 120_000 }, async (t) => {
  if (!existsSync(DOCKERFILE)) return t.skip('there is no Dockerfile.windows');
  if (!canRun(t, against)) return;
  const [program, ...args] = dockerfileCommand(readFileSync(DOCKERFILE, 'utf8')) ?? [];
  assert.match(program ?? '', /^(?:.*[\\/])?node(?:\.exe)?$/i);
  const daemon = await windowsDaemon(t, ['exec', ...args], await production(t));
  assert.deepEqual(await daemon.api.as(undefined).ok.get('/health/live'), { status: 'live' });
  assert.equal((await daemon.api.ok.get('/v1')).providers[0], 'ws2_32');
  assert.equal(await daemon.interrupt(), 0);
});
