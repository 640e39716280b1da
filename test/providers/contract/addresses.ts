import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { sameAddress } from '../../../src/winsock/addresses.js';
import { bytes, type Family, internet, LOOPBACK, loopback, refused, value } from './rig.js';
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
    suite.case(`addresses: bind to a multicast group is WSAEADDRNOTAVAIL (${text})`, (rig) => {
      for (const handle of [rig.stream(family), rig.datagram(family)]) {
        if (family === 'AF_INET6') value(rig.provider.setSockOpt(handle, 'IPV6_V6ONLY', false));
        refused(rig.provider.bind(handle, { family, address, port: 0 }), 'WSAEADDRNOTAVAIL');
        refused(rig.provider.getSockName(handle), 'WSAEINVAL');
      }
    });
  }

  for (const family of suite.families()) {
    suite.case(`addresses: port 0 is replaced by a free port (${family})`, (rig) => {
      const name = rig.bind(rig.stream(family), family);
      assert.equal(name.family, family);
      assert.equal(name.address, LOOPBACK[family]);
      assert.ok(name.port > 0);
    });

    suite.case(`addresses: both ends agree on their names (${family})`, async (rig) => {
      const listener = rig.listener({ family });
      const client = rig.stream(family);
      rig.begin(client, listener.address);
      const { handle: server, remote } = await rig.accept(listener.handle);
      value(await rig.ended(client));
      const clientName = internet(value(rig.provider.getSockName(client)));
      assert.ok(sameAddress(remote, clientName));
      assert.ok(sameAddress(value(rig.provider.getPeerName(server)), clientName));
      assert.ok(sameAddress(value(rig.provider.getPeerName(client)), listener.address));
      assert.ok(sameAddress(value(rig.provider.getSockName(server)), listener.address));
    });

    suite.case(`addresses: an address of another family is WSAEFAULT (${family})`, (rig) => {
      const wrong = loopback(OTHER[family], 9);
      refused(rig.provider.bind(rig.stream(family), wrong), 'WSAEFAULT');
      refused(rig.provider.connect(rig.stream(family), wrong), 'WSAEFAULT');
    });

    suite.case(`addresses: connect to port 0 is WSAEADDRNOTAVAIL (${family})`, (rig) => {
      refused(rig.provider.connect(rig.stream(family), loopback(family)), 'WSAEADDRNOTAVAIL');
    });

    suite.case(`addresses: the name of an unbound socket is WSAEINVAL (${family})`, (rig) => {
      refused(rig.provider.getSockName(rig.stream(family)), 'WSAEINVAL');
      refused(rig.provider.getSockName(rig.datagram(family)), 'WSAEINVAL');
    });

    suite.case(`addresses: datagrams travel (${family})`, async (rig) => {
      const to = rig.datagram(family);
      const address = rig.bind(to, family);
      const from = rig.datagram(family);
      value(rig.provider.sendTo(from, bytes('hello'), 0, address));
      await rig.ready(to, { read: true });
      const got = value(rig.provider.recvFrom(to, new Uint8Array(8), 0));
      assert.equal(got.bytes, 5);
      assert.deepEqual({ ...got.from, port: 0 }, loopback(family, 0));
    });
  }

  if (suite.families().includes('AF_INET6')) {
    suite.case('addresses: ::1 with the scope of a missing interface is WSAEADDRNOTAVAIL', (rig) => {
      for (const handle of [rig.stream('AF_INET6'), rig.datagram('AF_INET6')]) {
        refused(rig.provider.bind(handle, { ...loopback6, scopeId: 0xabacab }), 'WSAEADDRNOTAVAIL');
        value(rig.provider.bind(handle, { ...loopback6, scopeId: 0 }));
      }
    });
  }

  if (LINK_LOCAL && !suite.entries.some(({ provider }) => provider === 'lab')) {
    const { address, scopeid } = LINK_LOCAL;
    suite.case('addresses: a link-local address without a scope has that of its interface', (rig) => {
      for (const handle of [rig.stream('AF_INET6'), rig.datagram('AF_INET6')]) {
        const wrong = { family: 'AF_INET6', address, port: 0, scopeId: 0xabacab } as const;
        refused(rig.provider.bind(handle, wrong), 'WSAEADDRNOTAVAIL');
        value(rig.provider.bind(handle, { family: 'AF_INET6', address, port: 0 }));
        const name = value(rig.provider.getSockName(handle));
        assert.deepEqual(name, { family: 'AF_INET6', address, port: internet(name).port, scopeId: scopeid });
      }
    });
  }

  suite.case('addresses: a port that is bound is WSAEADDRINUSE', (rig) => {
    const address = rig.bind(rig.stream());
    refused(rig.provider.bind(rig.stream(), address), 'WSAEADDRINUSE');
  });

  suite.case('addresses: a port that is listened on is WSAEADDRINUSE', (rig) => {
    const { address } = rig.listener();
    refused(rig.provider.bind(rig.stream(), address), 'WSAEADDRINUSE');
  });

  suite.case('addresses: after a failed bind the socket can bind to another address', (rig) => {
    const { address } = rig.listener();
    const handle = rig.stream();
    refused(rig.provider.bind(handle, address), 'WSAEADDRINUSE');
    rig.bind(handle);
  });

  suite.case(
    'addresses: a port is free again after its listener and connections have closed',
    async (rig) => {
      const { client, server, listener } = await rig.pair();
      rig.close(server); // first, so that the lasting end of the connection is on the listener's port
      assert.equal((await rig.recv(client)).byteLength, 0);
      rig.close(client);
      rig.close(listener.handle);
      const again = rig.stream();
      value(rig.provider.bind(again, listener.address));
      value(rig.provider.listen(again, 5));
    },
  );

  suite.case('addresses: SO_EXCLUSIVEADDRUSE refuses every other bind', (rig) => {
    for (const open of [() => rig.stream(), () => rig.datagram()]) {
      const holder = open();
      value(rig.provider.setSockOpt(holder, 'SO_EXCLUSIVEADDRUSE', true));
      const address = rig.bind(holder);
      refused(rig.provider.bind(open(), address), 'WSAEADDRINUSE');
      const sharer = open();
      value(rig.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
      refused(rig.provider.bind(sharer, address), 'WSAEACCES');
    }
  });

  suite.case('addresses: SO_REUSEADDR on both shares a datagram port', (rig) => {
    const [one, other] = [rig.datagram(), rig.datagram()];
    value(rig.provider.setSockOpt(one, 'SO_REUSEADDR', true));
    value(rig.provider.setSockOpt(other, 'SO_REUSEADDR', true));
    value(rig.provider.bind(other, rig.bind(one)));
  });

  suite.case('addresses: SO_REUSEADDR binds to a stream port in use', (rig) => {
    const [one, other] = [rig.stream(), rig.stream()];
    // Both sockets need the option (sharing.ts).
    for (const s of [one, other]) value(rig.provider.setSockOpt(s, 'SO_REUSEADDR', true));
    const address = rig.bind(one);
    value(rig.provider.listen(one, 1));
    value(rig.provider.bind(other, address));
  });

  suite.case('addresses: a stream that connected without bind has a name', async (rig) => {
    const { client } = await rig.pair();
    const name = internet(value(rig.provider.getSockName(client)));
    assert.equal(name.address, LOOPBACK.AF_INET);
    assert.ok(name.port > 0);
  });
};
