import assert from 'node:assert/strict';
import type { AddrInfo, AddrInfoQuery, Resolver } from '../../../src/providers/provider.js';
import { ADDRESS_FAMILIES, AI_FLAGS, NI_FLAGS, SOCKET_TYPES } from '../../../src/winsock/constants.js';
import { type CaseSockets, LOOPBACK, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET } = SOCKET_TYPES;
const { AF_INET, AF_INET6 } = ADDRESS_FAMILIES;

const resolver = ({ provider }: CaseSockets): Resolver => {
  assert.ok(provider.resolver, 'the provider resolves names');
  return provider.resolver;
};

const lookUp = (sockets: CaseSockets, query: Partial<AddrInfoQuery>) =>
  resolver(sockets).getAddrInfo({ flags: 0, family: 0, socketType: SOCK_STREAM, protocol: 0, ...query });

const found = async (sockets: CaseSockets, query: Partial<AddrInfoQuery>): Promise<readonly AddrInfo[]> =>
  value(await lookUp(sockets, query));

const texts = (list: readonly AddrInfo[]): string[] => [...new Set(list.map((one) => one.address.address))];

/** getaddrinfo and getnameinfo, with names that need no name server. */
export const resolving = (suite: Suite): void => {
  for (const family of ['AF_INET', 'AF_INET6'] as const) {
    suite.case(`resolver: a numeric address resolves to itself (${family})`, async (sockets) => {
      const [one, ...more] = await found(sockets, { node: LOOPBACK[family], service: '8080' });
      assert.deepEqual(more, []);
      assert.deepEqual(one, {
        family: ADDRESS_FAMILIES[family],
        socketType: SOCK_STREAM,
        protocol: 0,
        address: { family, address: LOOPBACK[family], port: 8080 },
      });
    });
  }

  suite.case(
    'resolver: an IPv6 address in brackets resolves to itself, without its port',
    async (sockets) => {
      const { AI_NUMERICHOST, AI_CANONNAME } = AI_FLAGS;
      for (const node of ['[2001:db8::1]', '[2001:db8::1]:80']) {
        for (const family of [0, AF_INET6]) {
          for (const flags of [0, AI_NUMERICHOST]) {
            const [one, ...more] = await found(sockets, { node, service: '8080', family, flags });
            assert.deepEqual(more, []);
            assert.deepEqual(one?.address, { family: 'AF_INET6', address: '2001:db8::1', port: 8080 });
          }
        }
        const [bare] = await found(sockets, { node, flags: AI_CANONNAME });
        assert.deepEqual([bare?.address.port, bare?.canonicalName], [0, '2001:db8::1']);
        const asIpv4 = { node, family: AF_INET, flags: AI_NUMERICHOST };
        refused(await lookUp(sockets, asIpv4), 'WSAHOST_NOT_FOUND');
      }
      for (const node of ['[2001:db8::1', '2001:db8::1]', '[name]']) {
        refused(await lookUp(sockets, { node, flags: AI_NUMERICHOST }), 'WSAHOST_NOT_FOUND');
      }
    },
  );

  suite.case('resolver: the scope of an address follows a percent sign', async (sockets) => {
    for (const node of ['fe80::1%1', '[fe80::1%1]', '[fe80::1%1]:80']) {
      const [one, ...more] = await found(sockets, { node, service: '8080' });
      assert.deepEqual(more, []);
      assert.deepEqual(one?.address, { family: 'AF_INET6', address: 'fe80::1', port: 8080, scopeId: 1 });
    }
  });

  suite.case(
    'resolver: each address is one result, with the requested type and protocol',
    async (sockets) => {
      const any = await found(sockets, { node: '127.0.0.1', service: '80', socketType: 0 });
      assert.deepEqual(
        any.map((one) => [one.socketType, one.protocol]),
        [[0, 0]],
      );
      // Windows does not compare them, as Wine's tests of GetAddrInfoW show, which pass there.
      for (const [socketType, protocol] of [
        [SOCK_STREAM, 17],
        [SOCK_DGRAM, 6],
      ] as const) {
        const odd = await found(sockets, { node: '127.0.0.1', service: '80', socketType, protocol });
        assert.deepEqual(
          odd.map((one) => [one.socketType, one.protocol]),
          [[socketType, protocol]],
        );
      }
    },
  );

  suite.case('resolver: localhost resolves to the loopback addresses', async (sockets) => {
    for (const node of ['localhost', 'LOCALHOST']) {
      const addresses = texts(await found(sockets, { node }));
      assert.ok(addresses.includes('127.0.0.1'));
      for (const address of addresses) assert.ok(Object.values(LOOPBACK).includes(address), address);
    }
    assert.deepEqual(texts(await found(sockets, { node: 'localhost', family: AF_INET })), ['127.0.0.1']);
  });

  suite.case(
    'resolver: no node means the loopback addresses, with AI_PASSIVE the wildcard ones',
    async (sockets) => {
      const near = await found(sockets, { service: '80', family: AF_INET });
      assert.deepEqual(texts(near), ['127.0.0.1']);
      const passive = { service: '80', family: AF_INET6, flags: AI_FLAGS.AI_PASSIVE };
      assert.deepEqual(texts(await found(sockets, passive)), ['::']);
    },
  );

  for (const node of ['', '..localmachine']) {
    suite.case(`resolver: "${node}" is this machine`, async (sockets) => {
      const list = await found(sockets, { node, service: '80' });
      assert.ok(list.length > 0);
      for (const { address } of list) {
        assert.ok(!['0.0.0.0', '::'].includes(address.address), address.address);
        assert.equal(address.port, 80);
      }
    });
  }

  suite.case('resolver: a service has its port', async (sockets) => {
    for (const [service, port] of [
      ['http', 80],
      ['ftp', 21],
    ] as const) {
      const [one] = await found(sockets, { node: '127.0.0.1', service });
      assert.equal(one?.address.port, port);
    }
    const [datagrams] = await found(sockets, {
      node: '127.0.0.1',
      service: 'domain',
      socketType: SOCK_DGRAM,
    });
    assert.equal(datagrams?.address.port, 53);
  });

  suite.case('resolver: AI_CANONNAME names the first result', async (sockets) => {
    const [first, ...more] = await found(sockets, { node: 'localhost', flags: AI_FLAGS.AI_CANONNAME });
    assert.equal(first?.canonicalName, 'localhost');
    for (const one of more) assert.equal(one.canonicalName, undefined);
  });

  suite.case('resolver: an invalid query fails with its code', async (sockets) => {
    const numeric = AI_FLAGS.AI_NUMERICHOST;
    refused(await lookUp(sockets, { node: 'name.invalid', flags: numeric }), 'WSAHOST_NOT_FOUND');
    refused(await lookUp(sockets, {}), 'WSAHOST_NOT_FOUND');
    refused(await lookUp(sockets, { node: '127.0.0.1', service: 'no-such-service' }), 'WSATYPE_NOT_FOUND');
    refused(
      await lookUp(sockets, { node: '127.0.0.1', service: 'ssh', socketType: SOCK_DGRAM }),
      'WSATYPE_NOT_FOUND',
    );
    const numericService = { node: '127.0.0.1', service: 'http', flags: AI_FLAGS.AI_NUMERICSERV };
    refused(await lookUp(sockets, numericService), 'WSAHOST_NOT_FOUND');
    refused(await lookUp(sockets, { service: '80', flags: AI_FLAGS.AI_CANONNAME }), 'WSAEINVAL');
    refused(await lookUp(sockets, { node: '127.0.0.1', family: 77 }), 'WSAEAFNOSUPPORT');
    refused(await lookUp(sockets, { node: '127.0.0.1', socketType: SOCK_SEQPACKET }), 'WSAESOCKTNOSUPPORT');
  });

  suite.case('resolver: a literal of another family is WSAHOST_NOT_FOUND', async (sockets) => {
    refused(await lookUp(sockets, { node: '127.0.0.1', family: AF_INET6 }), 'WSAHOST_NOT_FOUND');
    refused(await lookUp(sockets, { node: '::1', family: AF_INET }), 'WSAHOST_NOT_FOUND');
  });

  suite.case('resolver: AI_V4MAPPED returns mapped IPv4 addresses for AF_INET6', async (sockets) => {
    const { AI_V4MAPPED, AI_ALL } = AI_FLAGS;
    const mapping = { family: AF_INET6, service: '80', flags: AI_V4MAPPED };
    assert.deepEqual(texts(await found(sockets, { ...mapping, node: '127.0.0.1' })), ['::ffff:127.0.0.1']);
    assert.deepEqual(
      texts(await found(sockets, { ...mapping, node: '::1' })),
      ['::1'],
      'only where it has none',
    );
    const all = { node: 'localhost', service: '80', family: AF_INET6, flags: AI_V4MAPPED | AI_ALL };
    assert.ok(texts(await found(sockets, all)).includes('::ffff:127.0.0.1'));
    assert.deepEqual(
      texts(await found(sockets, { node: '127.0.0.1', family: AF_INET, flags: AI_V4MAPPED })),
      ['127.0.0.1'],
      'AF_INET is not concerned',
    );
  });

  suite.case('resolver: a port number is accepted for every type', async (sockets) => {
    for (const socketType of [0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW]) {
      for (const node of ['127.0.0.1', 'localhost']) {
        const [one] = await found(sockets, { node, service: '80', family: AF_INET, socketType });
        assert.deepEqual([one?.socketType, one?.address.port], [socketType, 80]);
      }
    }
  });

  suite.case('resolver: a service name is refused for SOCK_RAW', async (sockets) => {
    const raw = { node: '127.0.0.1', service: 'http', socketType: SOCK_RAW };
    refused(await lookUp(sockets, raw), 'WSATYPE_NOT_FOUND');
  });

  suite.case(
    'resolver: getNameInfo returns numbers, and the name of the loopback address',
    async (sockets) => {
      const { NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD } = NI_FLAGS;
      const address = { family: 'AF_INET', address: '127.0.0.1', port: 80 } as const;
      const numbers = await resolver(sockets).getNameInfo(address, NI_NUMERICHOST | NI_NUMERICSERV);
      assert.deepEqual(value(numbers), { node: '127.0.0.1', service: '80' });
      const six = { family: 'AF_INET6', address: '::1', port: 65_535 } as const;
      const sixNumbers = await resolver(sockets).getNameInfo(six, NI_NUMERICHOST | NI_NUMERICSERV);
      assert.deepEqual(value(sixNumbers), { node: '::1', service: '65535' });
      const named = value(await resolver(sockets).getNameInfo(address, NI_NUMERICSERV | NI_NAMEREQD));
      assert.notEqual(named.node, '127.0.0.1');
      assert.equal(named.service, '80');
    },
  );

  suite.case('resolver: getNameInfo returns the name of a port', async (sockets) => {
    const address = { family: 'AF_INET', address: '127.0.0.1', port: 80 } as const;
    const { service } = value(await resolver(sockets).getNameInfo(address, NI_FLAGS.NI_NUMERICHOST));
    assert.equal(service, 'http');
  });
};
