import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errnoNumber } from '../../../src/providers/posix/errno.js';
import { failureOf, PosixResolver } from '../../../src/providers/posix/resolver.js';
import type { AddrInfoQuery, Resolver } from '../../../src/providers/provider.js';
import { wsaNameOf } from '../../../src/winsock/errors.js';

const QUERY = { node: 'name.invalid', flags: 0, family: 0, socketType: 1, protocol: 0 };

/** A fake glibc that fails with the given codes and records its queries. */
const failing = (eai: number, errno = 0) => {
  const asked: AddrInfoQuery[] = [];
  const askedForNames: Parameters<Resolver['getNameInfo']>[] = [];
  const glibc: Resolver = {
    getAddrInfo: async (query) => {
      asked.push(query);
      return failureOf('getaddrinfo', eai, errno);
    },
    getNameInfo: async (...args) => {
      askedForNames.push(args);
      return failureOf('getnameinfo', eai, errno);
    },
  };
  return { resolver: new PosixResolver(glibc), asked, askedForNames };
};

test('each EAI_ code has its Winsock code', async () => {
  const expected: [eai: number, name: string][] = [
    [-1, 'WSAEINVAL'],
    [-2, 'WSAHOST_NOT_FOUND'],
    [-3, 'WSATRY_AGAIN'],
    [-4, 'WSANO_RECOVERY'],
    [-5, 'WSANO_DATA'],
    [-6, 'WSAEAFNOSUPPORT'],
    [-7, 'WSAESOCKTNOSUPPORT'],
    [-8, 'WSATYPE_NOT_FOUND'],
    [-9, 'WSAHOST_NOT_FOUND'],
    [-10, 'WSA_NOT_ENOUGH_MEMORY'],
    [-12, 'WSAEFAULT'],
    [-99, 'WSANO_RECOVERY'],
  ];
  for (const [eai, name] of expected) {
    const answer = await failing(eai).resolver.getAddrInfo(QUERY);
    assert.ok(!answer.ok && wsaNameOf(answer.code) === name, `${eai} is ${name}`);
  }
  const down = await failing(-11, errnoNumber('ENETDOWN')).resolver.getAddrInfo(QUERY);
  assert.ok(!down.ok && wsaNameOf(down.code) === 'WSAENETDOWN', 'EAI_SYSTEM stands for errno');
});

test('flags and families are passed with the numbers of Linux', async () => {
  const { resolver, asked, askedForNames } = failing(-2);
  await resolver.getAddrInfo({ ...QUERY, flags: 0x1 | 0x2 | 0x8 | 0x100 | 0x400 | 0x800, family: 23 });
  assert.deepEqual(asked[0], {
    node: 'name.invalid',
    flags: 0x1 | 0x2 | 0x400 | 0x10 | 0x20 | 0x8,
    family: 10,
    socketType: 1,
    protocol: 0,
  });
  await resolver.getNameInfo({ family: 'AF_INET', address: '127.0.0.1', port: 1 }, 0x1 | 0x4 | 0x10);
  assert.equal(askedForNames[0]?.[1], 0x4 | 0x8 | 0x10);
});

test('localhost and names of this machine are never looked up', async () => {
  for (const node of ['localhost', 'LocalHost', '', '..localmachine']) {
    const { resolver, asked } = failing(-2);
    await resolver.getAddrInfo({ ...QUERY, node });
    assert.deepEqual(
      asked.map(({ node: name }) => name),
      ['127.0.0.1'],
    );
  }
});

test('an internationalised name is looked up in its ASCII form; one without is not found', async () => {
  const { resolver, asked } = failing(-2);
  await resolver.getAddrInfo({ ...QUERY, node: 'bücher.invalid' });
  assert.equal(asked[0]?.node, 'xn--bcher-kva.invalid');
  const none = await resolver.getAddrInfo({ ...QUERY, node: '\u{fffd}' });
  assert.ok(!none.ok && wsaNameOf(none.code) === 'WSAHOST_NOT_FOUND');
  assert.equal(asked.length, 1);
});

test('brackets other than those of an IPv6 address are never looked up', async () => {
  const { resolver, asked } = failing(-2);
  for (const node of ['[2001:db8::1', '2001:db8::1]', '[]', '[name]', '[127.0.0.1]', '[::1]x', '[[::1]]']) {
    const none = await resolver.getAddrInfo({ ...QUERY, node });
    assert.ok(!none.ok && wsaNameOf(none.code) === 'WSAHOST_NOT_FOUND', node);
  }
  assert.equal(asked.length, 0);
  await resolver.getAddrInfo({ ...QUERY, node: '[fe80::1%eth0]:80' });
  assert.equal(asked[0]?.node, 'fe80::1%eth0');
});
