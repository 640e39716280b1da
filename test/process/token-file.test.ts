import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Config, loadConfig } from '../../src/config/load.js';
import { resolveTokens, TokenError } from '../../src/process/token-file.js';

const onPosix = { skip: process.platform === 'win32' ? 'file modes mean nothing on Windows' : false };

const folder = (t: TestContext): string => {
  const made = mkdtempSync(join(tmpdir(), 'winsockd-token-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
};

const configWith = (parts: Partial<Config>): Config => ({ ...loadConfig({ env: {} }).config, ...parts });

test('the first start makes an owner-only file, later ones read it', onPosix, (t) => {
  const tokenFile = join(folder(t), 'state', 'winsockd', 'token');
  const config = configWith({ tokenFile });
  const first = resolveTokens(config);
  assert.deepEqual([first.created, first.file], [true, tokenFile]);
  const [made] = first.tokens;
  assert.equal(made?.name, 'default');
  assert.ok(Buffer.from(made?.token ?? '', 'base64url').length * 8 >= 128);
  assert.equal(statSync(tokenFile).mode & 0o777, 0o600);
  assert.equal(statSync(join(tokenFile, '..')).mode & 0o777, 0o700);
  const second = resolveTokens(config);
  assert.equal(second.created, false);
  assert.deepEqual(second.tokens, first.tokens);
});

test('a file that others can read or change is refused', onPosix, (t) => {
  const tokenFile = join(folder(t), 'token');
  writeFileSync(tokenFile, '0123456789abcdef', { mode: 0o600 });
  const config = configWith({ tokenFile });
  assert.equal(resolveTokens(config).tokens[0]?.token, '0123456789abcdef');
  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    chmodSync(tokenFile, mode);
    assert.throws(() => resolveTokens(config), /others may read or change it/);
  }
});

test('a link, a folder and a short token are refused', onPosix, (t) => {
  const place = folder(t);
  const real = join(place, 'real');
  writeFileSync(real, '0123456789abcdef', { mode: 0o600 });
  symlinkSync(real, join(place, 'link'));
  writeFileSync(join(place, 'short'), 'short', { mode: 0o600 });
  writeFileSync(join(place, 'empty'), '', { mode: 0o600 });
  for (const name of ['link', '.', 'short', 'empty', 'real/below']) {
    assert.throws(() => resolveTokens(configWith({ tokenFile: join(place, name) })), TokenError, name);
  }
});

test('tokens from elsewhere count in place of the file, which is not made', (t) => {
  const tokenFile = join(folder(t), 'token');
  const named = resolveTokens(
    configWith({ tokenFile, tokens: [{ name: 'alice', token: '0123456789abcdef' }] }),
  );
  assert.deepEqual(named, { tokens: [{ name: 'alice', token: '0123456789abcdef' }], created: false });
  const fromEnvironment = resolveTokens(configWith({ tokenFile }), 'fedcba9876543210');
  assert.deepEqual(fromEnvironment.tokens, [{ name: 'default', token: 'fedcba9876543210' }]);
  assert.throws(() => statSync(tokenFile));
});

test('a named token comes from exactly one place, and two owners never share one', onPosix, (t) => {
  const file = join(folder(t), 'bob');
  writeFileSync(file, '0123456789abcdef\n', { mode: 0o600 });
  const bob = { name: 'bob', tokenFile: file };
  assert.equal(resolveTokens(configWith({ tokens: [bob] })).tokens[0]?.token, '0123456789abcdef');
  assert.throws(() => resolveTokens(configWith({ tokens: [{ name: 'bob' }] })), /bob needs exactly one/);
  const both = { ...bob, token: '0123456789abcdef' };
  assert.throws(() => resolveTokens(configWith({ tokens: [both] })), /bob needs exactly one/);
  const twin = { name: 'eve', token: '0123456789abcdef' };
  assert.throws(() => resolveTokens(configWith({ tokens: [bob, twin] })), /eve has the same token/);
  assert.throws(() => resolveTokens(configWith({ tokens: [twin] }), twin.token), /eve has the same token/);
});

// Plays icacls and whoami: what they print, and what was asked of them.
const windows = (sddl: string, asked: string[][] = []) => {
  return {
    platform: 'win32' as const,
    run: (command: string, args: readonly string[]): string => {
      asked.push([command, ...args]);
      if (command === 'whoami') return '"rig\\me","S-1-5-21-1-2-3-1001"\r\n';
      const saved = args[args.indexOf('/save') + 1];
      if (args.includes('/save') && saved !== undefined)
        writeFileSync(saved, `token\r\n${sddl}\r\n`, 'utf16le');
      return '';
    },
  };
};

const OWN = '(A;;FA;;;S-1-5-21-1-2-3-1001)';

test('on Windows the access list is set before the token is written, then verified', (t) => {
  const asked: string[][] = [];
  const tokenFile = join(folder(t), 'token');
  const around = windows(`D:PAI${OWN}(A;;FA;;;SY)`, asked);
  const { created, tokens } = resolveTokens(configWith({ tokenFile }), undefined, around);
  assert.equal(created, true);
  assert.deepEqual(
    asked.find((call) => call.includes('/inheritance:r')),
    ['icacls', tokenFile, '/inheritance:r', '/grant:r', '*S-1-5-21-1-2-3-1001:F', '/grant:r', '*S-1-5-18:F'],
  );
  assert.deepEqual(resolveTokens(configWith({ tokenFile }), undefined, around).tokens, tokens);
});

for (const [what, sddl] of [
  ['inherited entries', `D:AI${OWN}(A;ID;FA;;;BA)`],
  ['entries that the folder may add to', `D:AI${OWN}(A;;FA;;;SY)`],
  ['another account than the owner', `D:PAI${OWN}(A;;FA;;;LA)`],
  ['a group', `D:PAI${OWN}(A;;FR;;;BU)`],
  ['everybody', `D:P${OWN}(A;;FR;;;WD)`],
  ['nothing that can be read', ''],
  ['an empty list', 'D:P'],
] as const) {
  test(`on Windows an access list with ${what} is refused, and no file stays behind`, (t) => {
    const tokenFile = join(folder(t), 'token');
    const make = () => resolveTokens(configWith({ tokenFile }), undefined, windows(sddl));
    assert.throws(make, TokenError);
    assert.throws(() => statSync(tokenFile));
    writeFileSync(tokenFile, '0123456789abcdef');
    assert.throws(make, TokenError);
  });
}
