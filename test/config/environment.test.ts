import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, isInsecureRemote, loadConfig } from '../../src/config/load.js';

const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, platform: 'linux' });

test('an empty WINSOCKD_TOKEN is an error, not the wish for a token file', () => {
  assert.throws(() => load({ WINSOCKD_TOKEN: '' }), ConfigError);
  assert.equal(load({}).token, undefined);
});

test('WINSOCKD_TOKEN has at least 16 characters', () => {
  assert.throws(() => load({ WINSOCKD_TOKEN: 'a'.repeat(15) }), ConfigError);
  assert.equal(load({ WINSOCKD_TOKEN: 'a'.repeat(16) }).token, 'a'.repeat(16));
});

test('a listener is insecure elsewhere than loopback, without TLS, and only if it was told to be', () => {
  const { config } = load({});
  const tls = { certFile: 'cert', keyFile: 'key', minVersion: 'TLSv1.2' } as const;
  const remote = { ...config, host: '192.0.2.1', insecureRemote: true };
  assert.equal(isInsecureRemote(remote), true);
  assert.equal(isInsecureRemote({ ...remote, tls }), false);
  assert.equal(isInsecureRemote({ ...remote, host: '127.0.0.1' }), false);
  assert.equal(isInsecureRemote({ ...remote, insecureRemote: false }), false);
});
