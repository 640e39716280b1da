import assert from 'node:assert/strict';
import test from 'node:test';
import { UsageError } from '../../src/process/arguments.js';
import { consoleUrl, consoleUrlOf } from '../../src/process/console-url.js';
import { greetingOf, waysInOf } from '../../src/process/greeting.js';

const tls = { certFile: 'cert.pem', keyFile: 'key.pem', minVersion: 'TLSv1.2' } as const;
const alice = { name: 'alice', token: 'token-of-alice-0123456789' };
const bob = { name: 'bob', token: 'b=b+b/b%b#b&b?b"bbb' };

test('the page is at the host that a browser on this machine can use', () => {
  for (const [host, name] of [
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['FE80:0::1', '[fe80::1]'],
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['192.168.50.10', '192.168.50.10'],
    ['rig.example', 'rig.example'],
  ] as const) {
    assert.equal(consoleUrl({ host, port: 10093 }), `http://${name}:10093/`, host);
  }
  assert.equal(consoleUrl({ host: 'localhost', port: 8443, tls }), 'https://localhost:8443/');
});

test('the port is the configured one, or the one that the daemon got', () => {
  assert.equal(consoleUrl({ host: '::', port: 0 }, 'http://[::1]:40001'), 'http://localhost:40001/');
  assert.equal(consoleUrl({ host: '::1', port: 80 }, 'http://[::1]'), 'http://[::1]:80/');
  assert.throws(() => consoleUrlOf({ host: '::1', port: 0 }, [alice]), /only the running daemon knows/);
});

test('a token is in the fragment as a browser gives it back', () => {
  const listener = { host: 'localhost', port: 10093 };
  assert.equal(
    consoleUrlOf(listener, [alice, bob]),
    'http://localhost:10093/#token=token-of-alice-0123456789',
  );
  const { hash } = new URL(consoleUrlOf(listener, [alice, bob], 'bob'));
  assert.equal(decodeURIComponent(hash.slice('#token='.length)), bob.token);
  assert.equal(new URLSearchParams(hash.slice(1)).get('token'), bob.token);
  assert.throws(
    () => consoleUrlOf(listener, [alice, bob], 'eve'),
    (error) => error instanceof UsageError && error.message.endsWith('eve; owners: alice, bob'),
  );
});

const PAGE = 'http://localhost:10093/';
const URL_OF_API = 'http://127.0.0.1:10093';

test('the log says where the page and the token file are, and has no token', () => {
  const said = (file: string | undefined, created: boolean, isTerminal: boolean) =>
    waysInOf({ tokens: [alice], created, ...(file && { file }) }, PAGE, isTerminal);
  const both = `open ${PAGE} in a browser; the token is in /state/token`;
  assert.deepEqual([said('/state/token', true, false), said('/state/token', false, false)], [both, both]);
  assert.equal(said(undefined, false, false), `open ${PAGE} in a browser`);
  assert.equal(said('/state/token', false, true), 'the token is in /state/token');
  assert.equal(said('/state/token', true, true), undefined);
  assert.equal(said(undefined, false, true), undefined);
});

test('a terminal is shown the URL at each start, a new token also by itself, and one owner of several', () => {
  const open = `Open the lab in a browser:\n\n  ${PAGE}#token=${alice.token}\n\n`;
  assert.equal(greetingOf({ tokens: [alice], created: false }, PAGE, URL_OF_API), open);
  assert.equal(greetingOf({ tokens: [alice], file: '/state/token', created: false }, PAGE, URL_OF_API), open);
  const first = greetingOf({ tokens: [alice], file: '/state/token', created: true }, PAGE, URL_OF_API);
  assert.ok(first.endsWith(`"Authorization: Bearer ${alice.token}"\n\n${open}`));
  const several = greetingOf({ tokens: [alice, bob], created: false }, PAGE, URL_OF_API);
  assert.match(several, /^Open the lab in a browser, as alice \(for others: winsockd url --owner NAME\):\n/);
  assert.ok(!several.includes(encodeURIComponent(bob.token)));
});
