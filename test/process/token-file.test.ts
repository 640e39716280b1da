import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type Config, loadConfig } from '../../src/config/load.js';
import { byAccessList, byMode } from '../../src/process/owner-only-files.js';
import { removeUnshown, resolveTokens, TokenError } from '../../src/process/token-file.js';

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
  const first = resolveTokens(config, byMode);
  assert.deepEqual([first.created, first.file], [true, tokenFile]);
  const [made] = first.tokens;
  assert.equal(made?.name, 'default');
  assert.ok(Buffer.from(made?.token ?? '', 'base64url').length * 8 >= 128);
  assert.equal(statSync(tokenFile).mode & 0o777, 0o600);
  assert.equal(statSync(join(tokenFile, '..')).mode & 0o777, 0o700);
  const second = resolveTokens(config, byMode);
  assert.equal(second.created, false);
  assert.deepEqual(second.tokens, first.tokens);
});

test('a file that others can read or change is refused', onPosix, (t) => {
  const tokenFile = join(folder(t), 'token');
  writeFileSync(tokenFile, '0123456789abcdef', { mode: 0o600 });
  const config = configWith({ tokenFile });
  assert.equal(resolveTokens(config, byMode).tokens[0]?.token, '0123456789abcdef');
  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    chmodSync(tokenFile, mode);
    assert.throws(() => resolveTokens(config, byMode), /others may read or change it/);
  }
});

test('a link, a folder and a file with a short token are refused', onPosix, (t) => {
  const place = folder(t);
  const real = join(place, 'real');
  writeFileSync(real, '0123456789abcdef', { mode: 0o600 });
  symlinkSync(real, join(place, 'link'));
  writeFileSync(join(place, 'short'), 'short', { mode: 0o600 });
  writeFileSync(join(place, 'empty'), '', { mode: 0o600 });
  for (const name of ['link', '.', 'short', 'empty', 'real/below']) {
    assert.throws(
      () => resolveTokens(configWith({ tokenFile: join(place, name) }), byMode),
      TokenError,
      name,
    );
  }
});

test('a refusal says what is wrong and what to do', onPosix, (t) => {
  const place = folder(t);
  symlinkSync(join(place, 'real'), join(place, 'link'));
  writeFileSync(join(place, 'empty'), '', { mode: 0o600 });
  spawnSync('mkfifo', ['-m', '600', join(place, 'pipe')]);
  for (const [name, message] of [
    ['link', /link: is a link; name the file itself$/],
    ['empty', /empty: holds no token of .*; remove it to get a new token$/],
    ['pipe', /pipe: is not a regular file$/],
  ] as const) {
    assert.throws(() => resolveTokens(configWith({ tokenFile: join(place, name) }), byMode), message);
  }
});

test('a token that cannot be written leaves no file, and the refusal names it', onPosix, (t) => {
  const tokenFile = join(folder(t), 'token');
  // A descriptor for reading refuses the write, as a full disk does.
  const files = {
    ...byMode,
    create(file: string): number {
      closeSync(byMode.create(file));
      return openSync(file, 'r');
    },
  };
  assert.throws(() => resolveTokens(configWith({ tokenFile }), files), /token: cannot be written \(EBADF\)$/);
  assert.ok(!existsSync(tokenFile));
});

test('a file that another start has made, but not written yet, is waited for', onPosix, async (t) => {
  const tokenFile = join(folder(t), 'token');
  writeFileSync(tokenFile, '', { mode: 0o600 });
  const write = `setTimeout(() => require('node:fs').appendFileSync(process.argv[2], '0123456789abcdef\\n'), 50)`;
  const other = new Worker(write, { eval: true, argv: [tokenFile] });
  t.after(() => other.terminate());
  await once(other, 'online');
  const { created, tokens } = resolveTokens(configWith({ tokenFile }), byMode);
  assert.deepEqual([created, tokens[0]?.token], [false, '0123456789abcdef']);
});

test('other tokens replace the token file, which is not made', (t) => {
  const tokenFile = join(folder(t), 'token');
  const named = resolveTokens(
    configWith({ tokenFile, tokens: [{ name: 'alice', token: '0123456789abcdef' }] }),
    byMode,
  );
  assert.deepEqual(named, { tokens: [{ name: 'alice', token: '0123456789abcdef' }], created: false });
  const fromEnvironment = resolveTokens(configWith({ tokenFile }), byMode, 'fedcba9876543210');
  assert.deepEqual(fromEnvironment.tokens, [{ name: 'default', token: 'fedcba9876543210' }]);
  assert.throws(() => statSync(tokenFile));
});

test('a named token has exactly one source, and two owners never share one', onPosix, (t) => {
  const file = join(folder(t), 'bob');
  writeFileSync(file, '0123456789abcdef\n', { mode: 0o600 });
  const bob = { name: 'bob', tokenFile: file };
  assert.equal(resolveTokens(configWith({ tokens: [bob] }), byMode).tokens[0]?.token, '0123456789abcdef');
  assert.throws(
    () => resolveTokens(configWith({ tokens: [{ name: 'bob' }] }), byMode),
    /bob needs exactly one/,
  );
  const both = { ...bob, token: '0123456789abcdef' };
  assert.throws(() => resolveTokens(configWith({ tokens: [both] }), byMode), /bob needs exactly one/);
  const twin = { name: 'eve', token: '0123456789abcdef' };
  assert.throws(() => resolveTokens(configWith({ tokens: [bob, twin] }), byMode), /eve has the same token/);
  assert.throws(
    () => resolveTokens(configWith({ tokens: [twin] }), byMode, twin.token),
    /eve has the same token/,
  );
});

/** The implementation for Windows with a given result. */
const windows = (wide: () => string | undefined) => {
  const made: string[] = [];
  const createOwnerOnly = (file: string): boolean => {
    try {
      writeFileSync(file, '', { flag: 'wx' });
    } catch {
      return false;
    }
    made.push(file);
    return true;
  };
  return { made, files: byAccessList({ createOwnerOnly, accessProblem: wide }) };
};

test('on Windows the file is made with its access list and checked before the token is written', (t) => {
  const tokenFile = join(folder(t), 'token');
  const sizes: number[] = [];
  const { made, files } = windows(() => {
    sizes.push(statSync(tokenFile).size);
    return undefined;
  });
  const { created, tokens } = resolveTokens(configWith({ tokenFile }), files);
  assert.deepEqual([created, made, sizes], [true, [tokenFile], [0]]);
  const again = resolveTokens(configWith({ tokenFile }), files);
  assert.deepEqual([again.created, again.tokens, made.length], [false, tokens, 1]);
});

test('a start that fails removes the file that it has made, unless another daemon uses it', (t) => {
  const files = process.platform === 'win32' ? windows(() => undefined).files : byMode;
  const config = configWith({ tokenFile: join(folder(t), 'token') });
  removeUnshown(resolveTokens(config, files));
  assert.ok(!existsSync(config.tokenFile));
  const first = resolveTokens(config, files);
  const second = resolveTokens(config, files);
  removeUnshown(second);
  removeUnshown(first);
  assert.deepEqual(resolveTokens(config, files).tokens, second.tokens);
});

for (const [what, wide, expected] of [
  ['that lets others in', () => 'others may use it', /others may use it; remove it to get a new token/],
  [
    'that cannot be read',
    () => {
      throw new Error('GetNamedSecurityInfoW failed with 5');
    },
    /its access list cannot be read \(GetNamedSecurityInfoW failed with 5\)/,
  ],
] as const) {
  test(`on Windows an access list ${what} is refused, and no file remains`, (t) => {
    const tokenFile = join(folder(t), 'token');
    const make = () => resolveTokens(configWith({ tokenFile }), windows(wide).files);
    assert.throws(make, expected);
    assert.throws(() => statSync(tokenFile));
    writeFileSync(tokenFile, '0123456789abcdef');
    assert.throws(make, expected);
    assert.ok(statSync(tokenFile).isFile(), 'what was there before stays');
  });
}
