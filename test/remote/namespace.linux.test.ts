/** The daemon with a client on another machine: TLS, named tokens, Hosts, the policy. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder } from '../places.js';
import { pathToPython } from '../python.js';
import { RECORDING } from '../recording.js';
import { canRun, missing } from './requirements.js';
import { type Family, noNamespaces, twoMachines } from './two-machines.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const CLIENT = fileURLToPath(new URL('../../../test/remote/client.py', import.meta.url));
/** The tests of client.py; each becomes one here. */
const PARTS = [...readFileSync(CLIENT, 'utf8').matchAll(/^ {4}def test_(\w+)\(self\)/gm)].map(
  ([, name = '']) => name,
);

const ALICE = 'token-of-alice-0123456789';
const BOB = 'token-of-bob-0123456789';
const PAGE_LENGTH = 100_000;
/** The environment of the programs, without other settings of this machine. */
const ENV = { PATH: pathToPython(), HOME: process.env.HOME, ...RECORDING };

/** Makes a self-signed certificate for one address and one name. */
const certificate = (root: string, address: string): { certFile: string; keyFile: string } => {
  const files = { certFile: join(root, 'cert.pem'), keyFile: join(root, 'key.pem') };
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', files.keyFile, '-out', files.certFile, '-days', '1', '-subj', '/CN=winsockd'],
    ...['-addext', `subjectAltName=IP:${address},DNS:winsockd.test`],
  ]);
  assert.equal(made.status, 0, made.stderr.toString());
  return files;
};

const against = missing('openssl', 'python3') ?? noNamespaces();

const drive = async (t: TestContext, family: Family): Promise<void> => {
  const root = folder(t);
  const { daemon: here, client: there } = twoMachines(t);
  const own = here.addresses[family];

  const pages = join(root, 'pages');
  mkdirSync(pages);
  writeFileSync(join(pages, 'page.txt'), 'x'.repeat(PAGE_LENGTH));
  const peer = here.run(['python3', '-u', '-m', 'http.server', '0', '--bind', own], {
    cwd: pages,
    env: ENV,
  });
  const peerPort = Number((await peer.line(/ port (\d+)/))[1]);

  const tls = certificate(root, own);
  const bobsFile = join(root, 'bob.token');
  writeFileSync(bobsFile, BOB, { mode: 0o600 });
  const config = join(root, 'config.json');
  const settings = {
    host: own,
    port: 0,
    tls,
    tokens: [
      { name: 'alice', token: ALICE },
      { name: 'bob', tokenFile: bobsFile },
    ],
    allowedHosts: ['winsockd.test'],
    policy: { connect: { allow: [`${own}/${family === 'IPv4' ? 32 : 128} ${peerPort}`] } },
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
  const daemon = here.run([process.execPath, MAIN, '--config', config], { env: ENV });
  const [, address, port] = await daemon.line(/listening on https:\/\/\[?([\da-f.:]+?)\]?:(\d+) /);
  assert.equal(address, own);

  const input = JSON.stringify({
    address: own,
    port: Number(port),
    ownAddress: there.addresses[family],
    ca: tls.certFile,
    alice: ALICE,
    bob: BOB,
    peerPort,
    pageLength: PAGE_LENGTH,
  });
  assert.notEqual(PARTS.length, 0);
  for (const part of PARTS) {
    await t.test(part.replaceAll('_', ' '), async () => {
      const client = there.run(['python3', CLIENT, `Remote.test_${part}`], { env: ENV, input });
      assert.equal(await client.exit(60_000), 0, client.stderr + daemon.stdout);
    });
  }

  await t.test('it stops with 0, and its log contains no token', async () => {
    daemon.signal('SIGTERM');
    assert.equal(await daemon.exit(), 0, daemon.stderr);
    assert.equal(daemon.stderr, '');
    for (const token of [ALICE, BOB]) assert.ok(!daemon.stdout.includes(token));
    assert.ok(!daemon.stdout.includes('insecureRemote'));
  });
};

for (const family of ['IPv4', 'IPv6'] as const) {
  test(`a client in another network namespace, over TLS and ${family}`, { timeout: 120_000 }, async (t) => {
    if (canRun(t, against)) await drive(t, family);
  });
}

test('without TLS the daemon starts only on loopback', { timeout: 60_000 }, async (t) => {
  if (!canRun(t, against)) return;
  const root = folder(t);
  const { daemon: here } = twoMachines(t);
  const config = join(root, 'config.json');
  const settings = { port: 0, tokens: [{ name: 'alice', token: ALICE }] };
  for (const host of [here.addresses.IPv4, here.addresses.IPv6, '0.0.0.0', '::', 'winsockd.test']) {
    writeFileSync(config, JSON.stringify({ ...settings, host }), { mode: 0o600 });
    const daemon = here.run([process.execPath, MAIN, '--config', config], { env: ENV });
    assert.equal(await daemon.exit(), 1);
    assert.match(daemon.stderr, /^winsockd: host: \S+ is not loopback; configure tls, [^\n]+\n$/);
    assert.equal(daemon.stdout, '');
  }
});
