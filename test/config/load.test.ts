import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';
import { appConfigOf } from '../../src/config/app-config.js';
import { ConfigError, isInsecureRemote, loadConfig } from '../../src/config/load.js';
import { VARIABLES } from '../../src/config/sources.js';

const config = (env: Record<string, string> = {}) => loadConfig({ env, platform: 'linux' }).config;

const fileWith = (t: TestContext, text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.json');
  writeFileSync(file, text);
  return file;
};

const refused = (env: Record<string, string>, message: RegExp): void => {
  assert.throws(
    () => config(env),
    (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    },
  );
};

test('the defaults are loopback, port 10093, and only loopback destinations', () => {
  const { host, port, policy, insecureRemote, tls } = config();
  assert.deepEqual(
    { host, port, insecureRemote, tls },
    { host: 'localhost', port: 10093, insecureRemote: false, tls: undefined },
  );
  assert.deepEqual(policy.connect.allow, ['127.0.0.0/8', '::1/128']);
  assert.deepEqual(policy.bind.allow, ['127.0.0.0/8 0,1024-65535', '::1/128 0,1024-65535']);
  assert.equal(policy.bind.reuseAddress, false);
});

test('no path of AF_UNIX is allowed unless it is listed', () => {
  const { policy } = config();
  assert.deepEqual([policy.connect.unixPaths, policy.bind.unixPaths], [[], []]);
  const listed = config({
    WINSOCKD_POLICY_CONNECT_UNIX_PATHS: '/run/rig/;/run/one.sock',
    WINSOCKD_POLICY_BIND_UNIX_PATHS: '/run/rig/',
  }).policy;
  assert.deepEqual(listed.connect.unixPaths, ['/run/rig/', '/run/one.sock']);
  assert.deepEqual(listed.bind.unixPaths, ['/run/rig/']);
  refused({ WINSOCKD_POLICY_BIND_UNIX_PATH: '/run/rig/' }, /there is no such variable/);
});

test('the files of the daemon are refused as paths of sockets', (t) => {
  const [certFile, keyFile, tokenFile] = [fileWith(t, 'cert'), fileWith(t, 'key'), fileWith(t, 'token')];
  const tokens = [
    { name: 'alice', tokenFile },
    { name: 'bob', token: '0123456789abcdef' },
    { name: 'carol', tokenFile: join('run', 'carol.token') },
  ];
  const file = fileWith(t, JSON.stringify({ tokens, tls: { certFile, keyFile } }));
  const { config: loaded } = loadConfig({ file, env: {}, platform: 'linux' });
  const { ownFiles } = appConfigOf(loaded, [], '0.0.0');
  const carols = resolve('run', 'carol.token');
  assert.deepEqual(ownFiles, [resolve(loaded.tokenFile), tokenFile, carols, certFile, keyFile]);
});

test('the default provider depends on the system', () => {
  const on = (platform: NodeJS.Platform): string => loadConfig({ env: {}, platform }).config.provider;
  assert.deepEqual(
    ['win32', 'linux', 'darwin'].map((name) => on(name as NodeJS.Platform)),
    ['ws2_32', 'posix', 'lab'],
  );
  assert.equal(config({ WINSOCKD_PROVIDER: 'lab' }).provider, 'lab');
});

test('the token file is in the state folder of the user', () => {
  assert.equal(config({ XDG_STATE_HOME: '/state' }).tokenFile, join('/state', 'winsockd', 'token'));
  const windows = loadConfig({ env: { LOCALAPPDATA: 'C:\\Local' }, platform: 'win32' }).config.tokenFile;
  assert.match(windows, /^C:\\Local.winsockd.token$/);
});

test('an empty variable for the state folder means the default folder', () => {
  const usual = join(homedir(), '.local', 'state', 'winsockd', 'token');
  for (const env of [{}, { XDG_STATE_HOME: '' }]) assert.equal(config(env).tokenFile, usual);
  const onWindows = (env: Record<string, string>) => loadConfig({ env, platform: 'win32' }).config.tokenFile;
  assert.equal(onWindows({ LOCALAPPDATA: '' }), onWindows({}));
  assert.ok(isAbsolute(onWindows({})));
});

test('config/default.json has the defaults of the schema', () => {
  const defaults: unknown = JSON.parse(
    readFileSync(new URL('../../../config/default.json', import.meta.url), 'utf8'),
  );
  const { provider: _p, tokenFile: _t, ...fromSchema } = config();
  assert.deepEqual(defaults, fromSchema);
});

test('every key has a description, and every leaf a default or a reason for none', () => {
  for (const { path, schema } of VARIABLES) {
    const { description, default: value } = schema as { description?: string; default?: unknown };
    assert.ok(description, path.join('.'));
    const optional = path[0] === 'tls' || path[0] === 'provider' || path[0] === 'tokenFile';
    assert.ok(value !== undefined || optional, path.join('.'));
  }
});

test('a file is merged over the defaults, the environment over the file', (t) => {
  const file = fileWith(
    t,
    '{"port":1,"log":{"level":"debug"},"limits":{"waitSeconds":5},"allowedHosts":["a"]}',
  );
  const { config: merged } = loadConfig({ file, env: { WINSOCKD_PORT: '2' }, platform: 'linux' });
  assert.equal(merged.port, 2);
  assert.deepEqual(merged.log, { level: 'debug', bufferBytes: 1048576, pretty: 'auto' });
  assert.deepEqual([merged.limits.waitSeconds, merged.limits.leaseSeconds], [5, 60]);
  assert.deepEqual(merged.allowedHosts, ['a']);
});

test('the environment replaces single keys of an inner section, not the section', (t) => {
  const file = fileWith(
    t,
    '{"policy":{"connect":{"allow":["10.0.0.0/8"]},"bind":{"reuseAddress":true,"unixPaths":["/run/rig/"]}}}',
  );
  const env = { WINSOCKD_POLICY_CONNECT_UNIX_PATHS: '/run/one.sock', WINSOCKD_POLICY_BIND_UNIX_PATHS: '' };
  const { policy } = loadConfig({ file, env, platform: 'linux' }).config;
  assert.deepEqual(policy.connect, { allow: ['10.0.0.0/8'], unixPaths: ['/run/one.sock'] });
  assert.deepEqual(policy.bind, { ...config().policy.bind, reuseAddress: true, unixPaths: [] });
});

test('a file of UTF-8 may begin with the mark that Windows writes; another encoding is named', (t) => {
  const marked = fileWith(t, '\ufeff{"port":1}');
  assert.equal(loadConfig({ file: marked, env: {} }).config.port, 1);
  writeFileSync(marked, Buffer.from('\ufeff{"port":1}', 'utf16le'));
  assert.throws(() => loadConfig({ file: marked, env: {} }), /^ConfigError: .*config\.json: is not UTF-8$/);
});

test('on Windows the letters of a variable may be small', () => {
  const env = { winsockd_port: '1', Winsockd_Token: '0123456789abcdef', LocalAppData: 'C:\\Local' };
  const { config: set, token } = loadConfig({ env, platform: 'win32' });
  assert.deepEqual([set.port, token], [1, '0123456789abcdef']);
  assert.match(set.tokenFile, /^C:\\Local.winsockd.token$/);
  const misspelt = () => loadConfig({ env: { winsockd_potr: '1' }, platform: 'win32' });
  assert.throws(misspelt, /^ConfigError: WINSOCKD_POTR: there is no such variable$/);
  assert.equal(config(env).port, 10093);
});

test('every key can be set by the environment', () => {
  const names = VARIABLES.map(({ name }) => name);
  for (const name of ['WINSOCKD_HOST', 'WINSOCKD_TLS_CERT_FILE', 'WINSOCKD_LIMITS_MAX_LEASE_SECONDS']) {
    assert.ok(names.includes(name), name);
  }
  const set = config({
    WINSOCKD_POLICY_CONNECT_ALLOW: '10.0.0.0/8;::1/128',
    WINSOCKD_ALLOWED_HOSTS: '',
    WINSOCKD_INSECURE_REMOTE: 'true',
    WINSOCKD_TOKENS: 'alice=0123456789abcdef;bob=0123456789abcde=',
    WINSOCKD_LOG_PRETTY: 'off',
  });
  assert.deepEqual(set.policy.connect.allow, ['10.0.0.0/8', '::1/128']);
  assert.deepEqual(set.allowedHosts, []);
  assert.equal(set.insecureRemote, true);
  assert.deepEqual(set.tokens, [
    { name: 'alice', token: '0123456789abcdef' },
    { name: 'bob', token: '0123456789abcde=' },
  ]);
  assert.equal(set.log.pretty, 'off');
});

test('the variables of clients are ignored', () => {
  const env = { WINSOCKD_URL: 'http://127.0.0.1:20093', WINSOCKD_CAFILE: '/etc/rig.pem' };
  assert.deepEqual(config(env), config());
});

test('an error has one line that names the key', (t) => {
  refused({ WINSOCKD_POTR: '1' }, /^WINSOCKD_POTR: there is no such variable$/);
  refused({ WINSOCKD_PORT: 'x' }, /^port: must be integer$/);
  refused({ WINSOCKD_PORT: '65536' }, /^port: must be <= 65535$/);
  refused({ WINSOCKD_LOG_LEVEL: 'loud' }, /^log\.level: must be one of trace, debug/);
  refused({ WINSOCKD_LIMITS_WAIT_SECONDS: '0' }, /^limits\.waitSeconds: must be >= 1$/);
  refused({ WINSOCKD_INSECURE_REMOTE: 'yes' }, /^insecureRemote: must be boolean$/);
  refused({ WINSOCKD_TLS_CERT_FILE: 'x' }, /^tls\.keyFile: is missing$/);
  refused({ WINSOCKD_PORT: '-1' }, /^port: must be >= 0$/);
  refused({ WINSOCKD_TOKENS: 'alice=short' }, /^tokens\.0\.token: must be at least 16 printable ASCII/);
  refused({ WINSOCKD_TOKENS: 'a b=0123456789abcdef' }, /^tokens\.0\.name: must be 1 to 64 letters/);
  refused({ WINSOCKD_TOKENS: 'a=0123456789abcdef;b' }, /^WINSOCKD_TOKENS: each entry must be NAME=TOKEN$/);
  refused({ WINSOCKD_ALLOWED_ORIGINS: 'https://rig/' }, /^allowedOrigins\.0: must be an origin, such as/);
  refused({ WINSOCKD_ALLOWED_ORIGINS: 'https://rig:http' }, /^allowedOrigins\.0: is no origin$/);
  refused(
    { WINSOCKD_ALLOWED_ORIGINS: 'https://rig;https://Page.example:443' },
    /^allowedOrigins\.1: a browser sends https:\/\/page\.example for https:\/\/Page\.example:443$/,
  );
  refused(
    { WINSOCKD_ALLOWED_HOSTS: 'https://rig' },
    /^allowedHosts\.0: must be a host with or without a port/,
  );
  const withFile = (text: string, message: RegExp): void =>
    assert.throws(() => loadConfig({ file: fileWith(t, text), env: {} }), message);
  withFile('{"limits":{"waitSecond":1}}', /^ConfigError: limits\.waitSecond: there is no such key$/);
  withFile('{', /config\.json: /);
  withFile('[]', /must hold a JSON object$/);
  assert.throws(
    () => loadConfig({ file: '/nowhere/config.json', env: {} }),
    /^ConfigError: \/nowhere\/config\.json: /,
  );
});

test('a listener outside loopback needs TLS or insecureRemote', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'rig', '127.0.0.1.example']) {
    refused({ WINSOCKD_HOST: host }, /^host: .* is not loopback/);
    assert.equal(isInsecureRemote(config({ WINSOCKD_HOST: host, WINSOCKD_INSECURE_REMOTE: 'true' })), true);
    const tls = { WINSOCKD_TLS_CERT_FILE: 'c', WINSOCKD_TLS_KEY_FILE: 'k' };
    assert.equal(isInsecureRemote(config({ WINSOCKD_HOST: host, ...tls })), false);
  }
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.9.9.9']) {
    assert.equal(isInsecureRemote(config({ WINSOCKD_HOST: host, WINSOCKD_INSECURE_REMOTE: 'true' })), false);
  }
});

test('the token of the environment has at least 16 characters; an empty one is refused', () => {
  const token = (env: Record<string, string>) => loadConfig({ env, platform: 'linux' }).token;
  assert.equal(token({}), undefined);
  assert.equal(token({ WINSOCKD_TOKEN: '0123456789abcdef' }), '0123456789abcdef');
  for (const short of ['', '0123456789abcde']) refused({ WINSOCKD_TOKEN: short }, /^WINSOCKD_TOKEN: /);
});
