/** Unchanged programs through a relay: curl, python, socat, OpenSSL; tshark reads both ends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Body } from '../../http/client.js';
import { folder, freePort } from '../../places.js';
import { line, needs, start } from '../../programs.js';
import { capture, outcomeOf, segments } from '../export/exports.js';
import { startDaemon, startSession, until } from '../test-daemon.js';
import { curl, PAGE, relayTo, webServer } from './programs.js';

test('curl gets a whole page; each fault is what curl says it is', async (t) => {
  if (!needs(t, 'curl') || !needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const relay = await relayTo(session, await webServer(t));
  const armed = async (...faults: object[]): Promise<void> => {
    await daemon.api.ok.post(relay.path, { faults });
  };
  assert.deepEqual(await curl(relay.port), { code: 0, out: PAGE, err: '' });

  // How many bytes a send has does not repeat, unless a slice says it: 10,000 bytes, then the reset.
  const slice = { end: 'client', operation: 'send', effect: 'slice', bytes: 5000 };
  await armed(slice, { end: 'client', operation: 'send', nth: 3, effect: 'reset' });
  const cut = await curl(relay.port);
  assert.equal(cut.code, 56, 'recv failure');
  assert.match(cut.err, /reset by peer/);

  await armed({ end: 'upstream', operation: 'connect', effect: 'fail', code: 'WSAECONNREFUSED' });
  const refused = await curl(relay.port);
  // It depends on when the reset comes: while curl connects, or later.
  assert.ok([7, 52, 56].includes(refused.code), refused.err);

  await armed(slice);
  assert.equal((await curl(relay.port)).out, PAGE);

  await armed({ end: 'upstream', operation: 'recv', effect: 'delay', delayMs: 300, times: 1 });
  const began = performance.now();
  assert.equal((await curl(relay.port)).out, PAGE);
  assert.ok(performance.now() - began >= 299);
  const { pairs } = await daemon.api.ok.get(relay.path);
  assert.deepEqual(
    pairs.map(({ state, name }: Body) => [state, name]),
    [
      ['closed', undefined],
      ['reset', 'WSAECONNRESET'],
      ['reset', 'WSAECONNREFUSED'],
      ['closed', undefined],
      ['closed', undefined],
    ],
  );
});

const PYTHON = `
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for number in range(1, 5):
    try:
        with opener.open(f"http://127.0.0.1:{sys.argv[1]}/page.txt", timeout=20) as answer:
            print(number, len(answer.read()))
    except OSError as error:
        reason = getattr(error, "reason", error)
        print(number, type(reason).__name__)
try:
    import requests
    session = requests.Session()
    session.trust_env = False
    print("requests", len(session.get(f"http://127.0.0.1:{sys.argv[1]}/page.txt", timeout=20).content))
except ImportError:
    print("requests ${PAGE.length}")
`;

test('the third connection of a python program is reset, the others are served', async (t) => {
  if (!needs(t, 'python3')) return;
  const session = await startSession(await startDaemon(t), 'posix');
  const faults = [{ end: 'client', operation: 'send', effect: 'reset', nthConnection: 3 }];
  const relay = await relayTo(session, await webServer(t), { faults });
  const { out, err } = await outcomeOf('python3', ['-c', PYTHON, String(relay.port)]);
  assert.equal(
    out,
    `1 ${PAGE.length}\n2 ${PAGE.length}\n3 ConnectionResetError\n4 ${PAGE.length}\nrequests ${PAGE.length}\n`,
    err,
  );
});

test('socat: half-close through a relay, in both directions', async (t) => {
  if (!needs(t, 'socat')) return;
  const session = await startSession(await startDaemon(t), 'posix');
  const port = await freePort();
  const server = start(t, 'socat', ['-d', '-d', `TCP4-LISTEN:${port},bind=127.0.0.1,fork`, 'EXEC:cat']);
  await line(server.stderr, /listening on/);
  const relay = await relayTo(session, port);
  const client = net.connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true });
  const bytes = Buffer.alloc(3_000_000, 'half-close ');
  client.end(bytes);
  const hash = createHash('sha256');
  for await (const chunk of client) hash.update(chunk);
  assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
});

test('a TLS conversation with openssl s_server passes unchanged', async (t) => {
  if (!needs(t, 'openssl')) return;
  const root = folder(t);
  const files = [join(root, 'key.pem'), join(root, 'cert.pem')];
  const made = await outcomeOf('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', files[0] ?? '', '-out', files[1] ?? '', '-days', '1', '-subj', '/CN=localhost'],
  ]);
  assert.equal(made.code, 0, made.err);
  const port = await freePort();
  const accept = ['-accept', `127.0.0.1:${port}`, '-key', files[0] ?? '', '-cert', files[1] ?? ''];
  const server = start(t, 'openssl', ['s_server', '-www', ...accept]);
  await line(server.stdout, /ACCEPT/);
  const session = await startSession(await startDaemon(t), 'posix');
  const relay = await relayTo(session, port);
  const url = `https://localhost:${relay.port}/`;
  const { code, out, err } = await outcomeOf('curl', [
    ...['-sS', '--noproxy', '*', '--cacert', files[1] ?? '', '-m', '20', '--resolve'],
    ...[`localhost:${relay.port}:127.0.0.1`, url],
  ]);
  assert.equal(code, 0, err);
  assert.match(out, /s_server/);
});

test('tshark has no remark on the captures of both ends: a page, and a reset', async (t) => {
  if (!needs(t, 'tshark') || !needs(t, 'curl') || !needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const second = { end: 'client', operation: 'send', nthConnection: 2 };
  const faults = [
    { ...second, effect: 'slice', bytes: 5000 },
    { ...second, nth: 2, effect: 'reset' },
  ];
  const settings = { faults, capture: { maxBytes: 65_536 } };
  const relay = await relayTo(session, await webServer(t), settings);
  assert.equal((await curl(relay.port)).code, 0);
  assert.equal((await curl(relay.port)).code, 56);
  const ended = async (): Promise<Body[]> => (await daemon.api.ok.get(relay.path)).pairs;
  let pairs = await ended();
  while (pairs.some(({ state }) => state === 'open')) pairs = await ended();
  for (const { state, clientSocketId, upstreamSocketId } of pairs) {
    for (const [id, isServer] of [
      [clientSocketId, true],
      [upstreamSocketId, false],
    ] as const) {
      const { localAddress } = await daemon.api.ok.get(`/v1/sockets/${id}/journal`);
      const all = await segments(await capture(t, daemon, id), localAddress?.port ?? relay.port);
      assert.deepEqual(all.slice(0, 2), isServer ? ['< S 0', '> AS 0'] : ['> S 0', '< AS 0']);
      assert.equal(all.at(-1)?.includes('R'), state === 'reset', all.slice(-3).join());
    }
  }
});

test('1,000 connections, many at a time: every answer is right, and no descriptor is left', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const relay = await relayTo(session, address.port, { maxConnections: 50 });
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  const talk = async (number: number): Promise<void> => {
    const client = net.connect(relay.port, '127.0.0.1');
    client.end(`number ${number}`);
    let text = '';
    for await (const chunk of client) text += chunk;
    assert.equal(text, `number ${number}`);
  };
  for (let first = 0; first < 1000; first += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => talk(first + i)));
    await daemon.api.ok.get(session.path);
  }
  const info = await daemon.api.ok.get(relay.path);
  assert.equal(info.accepted, 1000);
  assert.equal(info.bytesToClient, info.bytesToUpstream);
  await until(() => descriptors() <= before, `${before} descriptors again`);
});
