/** A path of AF_UNIX is allowed by the place that it leads to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, realpathSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join, sep } from 'node:path';
import { type TestContext, test } from 'node:test';
import { kindAt, PathRules } from '../../../src/daemon/policy/path-rules.js';
import { isWine } from '../../is-wine.js';
import { folder } from '../../places.js';

/** A folder that is allowed and one that is not, side by side. */
const places = (t: TestContext) => {
  const root = realpathSync.native(folder(t));
  const [allowed, secret] = [join(root, 'allowed'), join(root, 'secret')];
  mkdirSync(join(allowed, 'sub'), { recursive: true });
  mkdirSync(secret);
  writeFileSync(join(secret, 'agent.sock'), '');
  return { root, allowed, secret };
};

/** Makes a link; false if the system does not permit it: Windows requires a privilege. */
const linked = (t: TestContext, target: string, path: string): boolean => {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if (process.platform !== 'win32') throw error;
    t.diagnostic(`no links here: ${String(error)}`);
    return false;
  }
};

test('without entries nothing is allowed', () => {
  const none = new PathRules([]);
  for (const path of ['/tmp/x.sock', '/', 'x.sock', '']) assert.equal(none.allows(path), false, path);
});

test('an entry allows exactly its path, whether a file exists there or not', (t) => {
  const { allowed, secret } = places(t);
  const rules = new PathRules([join(allowed, 'a.sock'), join(secret, 'agent.sock')]);
  assert.ok(rules.allows(join(allowed, 'a.sock')));
  assert.ok(rules.allows(join(secret, 'agent.sock')));
  for (const name of ['a.sock2', 'a.soc', join('a.sock', 'b'), 'b.sock', '']) {
    assert.equal(rules.allows(join(allowed, name)), false, name);
  }
});

test('a folder entry allows everything below it, but not itself, nor paths with a similar name', (t) => {
  const { root, allowed, secret } = places(t);
  mkdirSync(`${allowed}-not`);
  const rules = new PathRules([`${allowed}/`]);
  for (const name of ['a.sock', 'sub/a.sock', 'missing/a.sock', '..a']) {
    assert.ok(rules.allows(join(allowed, name)), name);
  }
  for (const path of [allowed, `${allowed}/`, `${allowed}-not/a.sock`, join(secret, 'agent.sock'), root]) {
    assert.equal(rules.allows(path), false, path);
  }
});

test('`..` is resolved as by the system, and does not lead out of an allowed folder', (t) => {
  const { allowed, secret } = places(t);
  const rules = new PathRules([`${allowed}/`]);
  assert.ok(rules.allows([allowed, 'sub', '..', 'a.sock'].join(sep)));
  assert.ok(rules.allows([secret, '..', 'allowed', 'a.sock'].join(sep)));
  for (const way of [
    ['..', 'secret', 'agent.sock'],
    ['sub', '..', '..', 'secret', 'agent.sock'],
    ['missing', '..', '..', 'secret', 'agent.sock'],
    // Windows resolves `..` in the text alone: there this is a name in the allowed folder.
    ...(process.platform === 'win32' ? [] : [['missing', '..', 'a.sock']]),
    ['sub', '..'],
    ['missing', '..'],
    ['.'],
  ]) {
    assert.equal(rules.allows([allowed, ...way].join(sep)), false, way.join('/'));
  }
});

const noLinks =
  isWine() && 'Wine follows Linux links without showing them as links; it has no AF_UNIX either';

test('a link counts as its target', { skip: noLinks }, (t) => {
  const { root, allowed, secret } = places(t);
  const rules = new PathRules([`${allowed}/`]);
  const link = join(allowed, 'link');
  if (!linked(t, join(secret, 'agent.sock'), link)) return;
  assert.equal(rules.allows(link), false, 'a file outside');
  unlinkSync(link);
  symlinkSync(secret, link);
  assert.equal(rules.allows(join(link, 'agent.sock')), false, 'a folder outside');
  assert.equal(rules.allows(join(link, 'not-yet.sock')), false, 'a name in a folder outside');
  assert.equal(rules.allows([link, '..', 'allowed', 'sub', 'a.sock'].join(sep)), true, 'out and in again');
  unlinkSync(link);
  symlinkSync(join(secret, 'not-yet.sock'), link);
  assert.equal(rules.allows(link), false, 'a name that does not exist yet');
  unlinkSync(link);
  symlinkSync(join(allowed, 'sub'), join(root, 'inwards'));
  assert.ok(rules.allows(join(root, 'inwards', 'a.sock')), 'from outside to inside');
  const byLink = new PathRules([join(root, 'inwards', sep), join(root, 'alias.sock')]);
  assert.ok(byLink.allows(join(allowed, 'sub', 'a.sock')), 'a folder that is named by a link');
  symlinkSync(join(secret, 'agent.sock'), join(root, 'alias.sock'));
  assert.ok(byLink.allows(join(secret, 'agent.sock')), 'a path that is named by a link');
});

/** Creates a listening socket at a path. */
const listening = async (t: TestContext, path: string): Promise<void> => {
  const server = net.createServer().listen(path);
  t.after(() => server.close());
  await once(server, 'listening');
};

const noSockets = process.platform === 'win32' && 'on Windows, Node listens on named pipes, not on AF_UNIX';

test('a socket is allowed by its name, and through links to it', { skip: noSockets }, async (t) => {
  const { allowed, secret } = places(t);
  await listening(t, join(allowed, 'a.sock'));
  await listening(t, join(secret, 's.sock'));
  const rules = new PathRules([`${allowed}/`]);
  assert.ok(rules.allows(join(allowed, 'a.sock')));
  assert.equal(rules.allows(join(allowed, 'a.sock', 'below')), false, 'below a socket');
  symlinkSync(join(allowed, 'a.sock'), join(secret, 'inwards'));
  assert.ok(rules.allows(join(secret, 'inwards')));
  symlinkSync(join(secret, 's.sock'), join(allowed, 'outwards'));
  assert.equal(rules.allows(join(allowed, 'outwards')), false);
  const one = new PathRules([join(allowed, 'a.sock'), join(allowed, 'outwards')]);
  assert.ok(one.allows(join(allowed, 'a.sock')));
  assert.ok(one.allows(join(secret, 's.sock')), 'a socket that is named by a link');
});

test('kindAt distinguishes links from other files, also sockets', { skip: noSockets }, async (t) => {
  const { allowed, secret } = places(t);
  await listening(t, join(allowed, 'a.sock'));
  for (const [name, target] of [
    ['to-socket', 'a.sock'],
    ['to-folder', secret],
    ['to-nothing', 'missing'],
    ['to-itself', 'to-itself'],
  ] as const) {
    symlinkSync(target, join(allowed, name));
    assert.equal(kindAt(join(allowed, name)), 'link', name);
  }
  for (const name of ['a.sock', 'sub', '.']) assert.equal(kindAt(join(allowed, name)), 'other', name);
  assert.equal(kindAt(join(secret, 'agent.sock')), 'other', 'a file');
  assert.equal(kindAt(join(allowed, 'missing')), 'nothing');
  assert.equal(kindAt(join(allowed, 'a.sock', 'below')), 'unknown');
});

test('a path that is not absolute is not allowed, and is not a valid entry', () => {
  const rules = new PathRules([`${process.cwd()}/`]);
  assert.ok(rules.allows(join(process.cwd(), 'a.sock')));
  assert.equal(rules.allows('a.sock'), false);
  for (const bad of ['a.sock', './a.sock', '~/a.sock', '', '/tmp/a\0b']) {
    assert.throws(() => new PathRules([bad]), /is not an absolute path/, bad);
  }
});
