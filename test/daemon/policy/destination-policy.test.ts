import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DestinationPolicy, reaches } from '../../../src/daemon/policy/destination-policy.js';
import { v4, v6 } from '../../addresses.js';
import { folder } from '../../places.js';

const policy = (connect: string[], bind: string[] = [], reuseAddress = false) =>
  new DestinationPolicy({
    connect: { allow: connect },
    bind: { allow: bind, reuseAddress },
    isOwnListener: (address, port) => address === '127.0.0.1' && port === 10093,
  });

test('ranges and ports are allowed as listed, everything else is refused', () => {
  const p = policy(['127.0.0.0/8', '10.1.0.0/16 80,8000-8999', '::1/128'], ['127.0.0.0/8 0,1024-65535']);
  assert.equal(p.judge('connect', v4('127.9.9.9', 1)), undefined);
  assert.equal(p.judge('connect', v4('10.1.2.3', 80)), undefined);
  assert.equal(p.judge('connect', v4('10.1.2.3', 8500)), undefined);
  assert.equal(p.judge('connect', v4('10.1.2.3', 81))?.refusal, 'destination-denied');
  assert.equal(p.judge('connect', v4('10.2.0.1', 80))?.refusal, 'destination-denied');
  assert.equal(p.judge('connect', v6('::1', 80)), undefined);
  assert.equal(p.judge('connect', v6('fe80::1', 80))?.refusal, 'destination-denied');
  assert.equal(p.judge('bind', v4('127.0.0.1', 0)), undefined);
  assert.equal(p.judge('bind', v4('127.0.0.1', 80))?.refusal, 'destination-denied');
  assert.equal(p.judge('bind', v4('0.0.0.0', 5000))?.refusal, 'destination-denied');
});

test('an IPv4-mapped address is judged as its IPv4 address', () => {
  const p = policy(['127.0.0.0/8', '::/0']);
  assert.equal(p.judge('connect', v6('::ffff:127.0.0.1', 80)), undefined);
  assert.equal(p.judge('connect', v6('::ffff:192.0.2.1', 80))?.refusal, 'destination-denied');
});

test('an IPv6 address that leads to an IPv4 address is judged as that address', () => {
  const p = policy(['127.0.0.0/8', '::/0']);
  // biome-ignore format: one mechanism a line
  const spelt = (hex: string, inverted: string): readonly string[] => [
    `::${hex}`,                                     // IPv4-compatible
    `::ffff:${hex}`,                                // IPv4-mapped
    `::ffff:0:${hex}`,                              // IPv4-translated
    `64:ff9b::${hex}`,                              // NAT64
    `2002:${hex}::1`,                               // 6to4
    `2001:0:7f00:1:0:0:${inverted}`,                // the client of Teredo
    `2001:db8::5efe:${hex}`, `fe80::200:5efe:${hex}`, // ISATAP
  ];
  for (const address of spelt('7f00:2', '80ff:fffd')) {
    assert.equal(p.judge('connect', v6(address, 80)), undefined, address);
  }
  for (const address of spelt('c000:201', '3fff:fdfe')) {
    assert.equal(p.judge('connect', v6(address, 80))?.refusal, 'destination-denied', address);
  }
  for (const address of [
    '2001:0:c000:201:0:0:80ff:fffd', // the server of Teredo
    '64:ff9b:1::7f00:1', // NAT64 of local use
  ]) {
    assert.equal(p.judge('connect', v6(address, 80))?.refusal, 'destination-denied', address);
  }
  for (const address of ['::', '::1', '2001:db8::1', '2001:1::1', '64:ff9b:2::1', 'fe80::5eff:7f00:1']) {
    assert.equal(p.judge('connect', v6(address, 80)), undefined, address);
  }
  for (const address of ['64:ff9b::7f00:1', '2002:7f00:1::', '::7f00:1']) {
    assert.match(p.judge('connect', v6(address, 10093))?.detail ?? '', /listener of this daemon/, address);
  }
});

test('multicast groups and broadcast addresses are allowed only if they are listed', () => {
  const groups = [v4('239.1.2.3', 5000), v4('255.255.255.255', 5000), v6('ff02::1', 5000)];
  for (const p of [policy(['127.0.0.0/8', '::1/128'], ['0.0.0.0/32', '::/128']), policy([], [])]) {
    for (const group of groups) {
      assert.equal(p.judge('connect', group)?.refusal, 'destination-denied');
      assert.equal(p.judge('bind', group)?.refusal, 'destination-denied');
    }
  }
  const listed = ['239.0.0.0/8 5000', '255.255.255.255/32 5000', 'ff02::/16 5000'];
  const p = policy(listed, listed);
  for (const group of groups) {
    assert.equal(p.judge('connect', group), undefined);
    assert.equal(p.judge('bind', group), undefined);
    assert.equal(p.judge('bind', { ...group, port: 0 })?.refusal, 'destination-denied');
    assert.equal(p.judge('bind', { ...group, port: 0 }, true), undefined, 'joining a group ignores the port');
  }
  assert.equal(p.judge('bind', v4('240.0.0.1', 0), true)?.refusal, 'destination-denied');
});

test("the daemon's own listener is refused in every spelling of its address", () => {
  const p = policy(['0.0.0.0/0', '::/0']);
  assert.equal(p.judge('connect', v4('127.0.0.1', 10093))?.refusal, 'destination-denied');
  assert.equal(p.judge('connect', v6('::ffff:127.0.0.1', 10093))?.refusal, 'destination-denied');
  assert.equal(p.judge('connect', v6('::ffff:7f00:1', 10093))?.refusal, 'destination-denied');
  assert.equal(p.judge('connect', v4('127.0.0.1', 10094)), undefined);
  const open = new DestinationPolicy({
    connect: { allow: [] },
    bind: { allow: ['0.0.0.0/0'], reuseAddress: false },
    isOwnListener: (_, port) => port === 10093,
  });
  assert.equal(open.judge('bind', v4('0.0.0.0', 10093))?.refusal, 'destination-denied');
});

test('SO_REUSEADDR needs its own permission', () => {
  assert.equal(policy([], ['0.0.0.0/0']).judgeReuse()?.refusal, 'option-denied');
  assert.equal(policy([], [], true).judgeReuse(), undefined);
});

test('an entry that is not valid throws, and so prevents the start', () => {
  for (const bad of [
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '::1/129',
    '127.0.0.1 80-',
    '127.0.0.1 9-1',
    '1.2.3.4 70000',
    '1.2.3.4 1 2',
  ]) {
    assert.throws(() => policy([bad]), new RegExp(bad.split(' ').at(-1)?.slice(0, 2) ?? ''), bad);
    assert.throws(() => policy([bad]), /^Error: policy\.connect\.allow: /);
  }
});

const unix = (path: string) => ({ family: 'AF_UNIX', path }) as const;

test('paths are denied by default, whichever networks are allowed', (t) => {
  const path = join(folder(t), 'a.sock');
  const p = policy(['0.0.0.0/0', '::/0'], ['0.0.0.0/0', '::/0']);
  for (const kind of ['connect', 'bind'] as const) {
    for (const to of [path, '/var/run/docker.sock', 'a.sock', '']) {
      assert.equal(p.judge(kind, unix(to))?.refusal, 'destination-denied', to);
    }
  }
});

test('paths are allowed for the listed kind of call; a refusal does not reveal which files exist', (t) => {
  const root = realpathSync.native(folder(t));
  writeFileSync(join(root, 'there'), '');
  const p = new DestinationPolicy({
    connect: { allow: [], unixPaths: [join(root, 'a.sock')] },
    bind: { allow: [], unixPaths: [join(root, 'deep', '/')], reuseAddress: false },
    isOwnListener: () => false,
  });
  assert.equal(p.judge('connect', unix(join(root, 'a.sock'))), undefined);
  assert.equal(p.judge('bind', unix(join(root, 'deep', 'a.sock'))), undefined);
  assert.equal(p.judge('bind', unix(join(root, 'a.sock')))?.refusal, 'destination-denied');
  assert.deepEqual(
    p.judge('connect', unix(join(root, 'there'))),
    p.judge('connect', unix(join(root, 'not-there'))),
  );
});

test('no socket may be bound to the path of a file of the daemon', (t) => {
  const root = realpathSync.native(folder(t));
  const p = new DestinationPolicy({
    connect: { allow: [], unixPaths: [] },
    bind: { allow: [], unixPaths: [`${root}/`], reuseAddress: false },
    ownFiles: [join(root, 'token')],
    isOwnListener: () => false,
  });
  assert.equal(p.judge('bind', unix(join(root, 'other'))), undefined);
  assert.equal(p.judge('bind', unix(join(root, 'token')))?.refusal, 'destination-denied');
});

test('a relay has a listener that only this machine reaches, unless policy.relay.remote is on', () => {
  const settings = {
    connect: { allow: [] },
    bind: { allow: [], reuseAddress: false },
    isOwnListener: () => false,
  };
  const [closed, open] = [false, true].map(
    (remote) => new DestinationPolicy({ ...settings, relay: { remote } }),
  );
  for (const address of [v4('127.0.0.9', 80), v6('::1', 80), v6('::ffff:127.0.0.1', 80)]) {
    assert.equal(closed?.judgeRelay(address), undefined, address.address);
  }
  assert.equal(closed?.judgeRelay({ family: 'AF_UNIX', path: '/run/relay' }), undefined);
  for (const address of [v4('0.0.0.0', 80), v4('192.0.2.1', 80), v6('::', 80), v6('::ffff:192.0.2.1', 80)]) {
    assert.equal(closed?.judgeRelay(address)?.refusal, 'destination-denied', address.address);
    assert.equal(open?.judgeRelay(address), undefined, address.address);
  }
});

test('a connect reaches a listener by its address, or by any of this machine if that is a wildcard', () => {
  const any = v4('0.0.0.0', 80);
  assert.ok(reaches(v4('127.0.0.1', 80), v4('127.0.0.1', 80)));
  assert.ok(reaches(v6('::ffff:127.0.0.1', 80), v4('127.0.0.1', 80)));
  for (const address of ['127.0.0.1', '127.9.9.9', '0.0.0.0']) assert.ok(reaches(v4(address, 80), any));
  assert.ok(reaches(v6('::1', 80), v6('::', 80)));
  assert.ok(!reaches(v4('127.0.0.1', 81), any));
  assert.ok(!reaches(v4('192.0.2.1', 80), any));
  assert.ok(!reaches(v4('127.0.0.2', 80), v4('127.0.0.1', 80)));
  assert.ok(!reaches({ family: 'AF_UNIX', path: '/a' }, any));
});
