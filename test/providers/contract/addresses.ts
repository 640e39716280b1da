import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { sameAddress } from '../../../src/winsock/addresses.js';
import { bytes, type Family, internet, LOOPBACK, loopback, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const OTHER: Readonly<Record<Family, Family>> = { AF_INET: 'AF_INET6', AF_INET6: 'AF_INET' };

const loopback6 = { family: 'AF_INET6', address: '::1', port: 0 } as const;

/** An IPv6 address of this machine that has a scope; undefined where there is none. */
const LINK_LOCAL = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter((one) => one.family === 'IPv6')
  .find(({ scopeid }) => scopeid > 0);

/** Names of sockets: bind, getSockName, getPeerName, and invalid addresses. */
export const addresses = (suite: Suite): void => {
  for (const [text, family, address] of [
    ['AF_INET', 'AF_INET', '239.255.77.1'],
    ['AF_INET6', 'AF_INET6', 'ff11::77:1'],
    ['IPv4-mapped', 'AF_INET6', '::ffff:239.255.77.1'],
  ] as const) {
    if (!suite.families().includes(family)) continue;
    suite.case(`addresses: bind to a multicast group is WSAEADDRNOTAVAIL (${text})`, (sockets) => {
      for (const handle of [sockets.stream(family), sockets.datagram(family)]) {
        if (family === 'AF_INET6') value(sockets.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
        refused(sockets.provider.bind(handle, { family, address, port: 0 }), 'WSAEADDRNOTAVAIL');
        refused(sockets.provider.getSockName(handle), 'WSAEINVAL');
      }
    });
  }

  for (const family of suite.families()) {
    suite.case(`addresses: port 0 is replaced by a free port (${family})`, (sockets) => {
      const name = sockets.bind(sockets.stream(family), family);
      assert.equal(name.family, family);
      assert.equal(name.address, LOOPBACK[family]);
      assert.ok(name.port > 0);
    });

    suite.case(`addresses: both ends agree on their names (${family})`, async (sockets) => {
      const listener = sockets.listener({ family });
      const client = sockets.stream(family);
      sockets.begin(client, listener.address);
      const { handle: server, remote } = await sockets.accept(listener.handle);
      value(await sockets.ended(client));
      const clientName = internet(value(sockets.provider.getSockName(client)));
      assert.ok(sameAddress(remote, clientName));
      assert.ok(sameAddress(value(sockets.provider.getPeerName(server)), clientName));
      assert.ok(sameAddress(value(sockets.provider.getPeerName(client)), listener.address));
      assert.ok(sameAddress(value(sockets.provider.getSockName(server)), listener.address));
    });

    suite.case(`addresses: an address of another family is WSAEFAULT (${family})`, (sockets) => {
      const wrong = loopback(OTHER[family], 9);
      refused(sockets.provider.bind(sockets.stream(family), wrong), 'WSAEFAULT');
      refused(sockets.provider.connect(sockets.stream(family), wrong), 'WSAEFAULT');
    });

    suite.case(`addresses: connect to port 0 is WSAEADDRNOTAVAIL (${family})`, (sockets) => {
      refused(sockets.provider.connect(sockets.stream(family), loopback(family)), 'WSAEADDRNOTAVAIL');
    });

    suite.case(`addresses: the name of an unbound socket is WSAEINVAL (${family})`, (sockets) => {
      refused(sockets.provider.getSockName(sockets.stream(family)), 'WSAEINVAL');
      refused(sockets.provider.getSockName(sockets.datagram(family)), 'WSAEINVAL');
    });

    suite.case(`addresses: datagrams travel (${family})`, async (sockets) => {
      const to = sockets.datagram(family);
      const address = sockets.bind(to, family);
      const from = sockets.datagram(family);
      value(sockets.provider.sendTo(from, bytes('hello'), 0, address));
      await sockets.ready(to, { read: true });
      const got = value(sockets.provider.recvFrom(to, new Uint8Array(8), 0));
      assert.equal(got.bytes, 5);
      assert.deepEqual({ ...got.from, port: 0 }, loopback(family, 0));
    });
  }

  if (suite.families().includes('AF_INET6')) {
    suite.case('addresses: ::1 with the scope of a missing interface is WSAEADDRNOTAVAIL', (sockets) => {
      for (const handle of [sockets.stream('AF_INET6'), sockets.datagram('AF_INET6')]) {
        refused(sockets.provider.bind(handle, { ...loopback6, scopeId: 0xabacab }), 'WSAEADDRNOTAVAIL');
        value(sockets.provider.bind(handle, { ...loopback6, scopeId: 0 }));
      }
    });
  }

  if (LINK_LOCAL && !suite.entries.some(({ provider }) => provider === 'lab')) {
    const { address, scopeid } = LINK_LOCAL;
    suite.case('addresses: a link-local address without a scope has that of its interface', (sockets) => {
      for (const handle of [sockets.stream('AF_INET6'), sockets.datagram('AF_INET6')]) {
        const wrong = { family: 'AF_INET6', address, port: 0, scopeId: 0xabacab } as const;
        refused(sockets.provider.bind(handle, wrong), 'WSAEADDRNOTAVAIL');
        value(sockets.provider.bind(handle, { family: 'AF_INET6', address, port: 0 }));
        const name = value(sockets.provider.getSockName(handle));
        assert.deepEqual(name, { family: 'AF_INET6', address, port: internet(name).port, scopeId: scopeid });
      }
    });
  }

  suite.case('addresses: a port that is bound is WSAEADDRINUSE', (sockets) => {
    const address = sockets.bind(sockets.stream());
    refused(sockets.provider.bind(sockets.stream(), address), 'WSAEADDRINUSE');
  });

  suite.case('addresses: a port that is listened on is WSAEADDRINUSE', (sockets) => {
    const { address } = sockets.listener();
    refused(sockets.provider.bind(sockets.stream(), address), 'WSAEADDRINUSE');
  });

  suite.case('addresses: after a failed bind the socket can bind to another address', (sockets) => {
    const { address } = sockets.listener();
    const handle = sockets.stream();
    refused(sockets.provider.bind(handle, address), 'WSAEADDRINUSE');
    sockets.bind(handle);
  });

  suite.case(
    'addresses: a port is free again after its listener and connections have closed',
    async (sockets) => {
      const { client, server, listener } = await sockets.pair();
      sockets.close(server); // first, so that the lasting end of the connection is on the listener's port
      assert.equal((await sockets.recv(client)).byteLength, 0);
      sockets.close(client);
      sockets.close(listener.handle);
      const again = sockets.stream();
      value(sockets.provider.bind(again, listener.address));
      value(sockets.provider.listen(again, 5));
    },
  );

  suite.case('addresses: SO_EXCLUSIVEADDRUSE refuses every other bind', (sockets) => {
    for (const open of [() => sockets.stream(), () => sockets.datagram()]) {
      const holder = open();
      value(sockets.provider.setSockOpt(holder, 'SO_EXCLUSIVEADDRUSE', true));
      const address = sockets.bind(holder);
      refused(sockets.provider.bind(open(), address), 'WSAEADDRINUSE');
      const sharer = open();
      value(sockets.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
      refused(sockets.provider.bind(sharer, address), 'WSAEACCES');
    }
  });

  suite.case('addresses: SO_REUSEADDR on both shares a datagram port', (sockets) => {
    const [one, other] = [sockets.datagram(), sockets.datagram()];
    value(sockets.provider.setSockOpt(one, 'SO_REUSEADDR', true));
    value(sockets.provider.setSockOpt(other, 'SO_REUSEADDR', true));
    value(sockets.provider.bind(other, sockets.bind(one)));
  });

  suite.case('addresses: SO_REUSEADDR binds to a stream port in use', (sockets) => {
    const [one, other] = [sockets.stream(), sockets.stream()];
    // Both sockets need the option (sharing.ts).
    for (const s of [one, other]) value(sockets.provider.setSockOpt(s, 'SO_REUSEADDR', true));
    const address = sockets.bind(one);
    value(sockets.provider.listen(one, 1));
    value(sockets.provider.bind(other, address));
  });

  suite.case('addresses: a stream that connected without bind has a name', async (sockets) => {
    const { client } = await sockets.pair();
    const name = internet(value(sockets.provider.getSockName(client)));
    assert.equal(name.address, LOOPBACK.AF_INET);
    assert.ok(name.port > 0);
  });
};
