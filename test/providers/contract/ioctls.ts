import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { PROTOCOLS } from '../../../src/winsock/constants.js';
import { defaultEntry, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** WSAIoctl. */
export const ioctls = (suite: Suite): void => {
  const isTcp = defaultEntry(suite.entries, 'SOCK_STREAM')?.protocol === PROTOCOLS.IPPROTO_TCP;
  const values = { onoff: true, keepalivetime: 90_000, keepaliveinterval: 2_000 };

  suite.case('ioctls: SIO_KEEPALIVE_VALS turns keep-alive on and off', async (sockets) => {
    const { client } = await sockets.pair();
    value(sockets.provider.setKeepAlive(client, values));
    assert.equal(value(sockets.provider.getSockOpt(client, 'SO_KEEPALIVE')), true);
    value(sockets.provider.setKeepAlive(client, { ...values, onoff: false }));
    assert.equal(value(sockets.provider.getSockOpt(client, 'SO_KEEPALIVE')), false);
  });

  if (isTcp) {
    suite.case('ioctls: SIO_KEEPALIVE_VALS sets the times of the options', (sockets) => {
      const handle = sockets.stream();
      value(sockets.provider.setKeepAlive(handle, values));
      assert.equal(value(sockets.provider.getSockOpt(handle, 'TCP_KEEPIDLE')), 90);
      assert.equal(value(sockets.provider.getSockOpt(handle, 'TCP_KEEPINTVL')), 2);
    });
  }

  suite.case('ioctls: a datagram socket has no SIO_KEEPALIVE_VALS', (sockets) => {
    refused(sockets.provider.setKeepAlive(sockets.datagram(), values), 'WSAENOPROTOOPT', 'WSAEOPNOTSUPP');
  });

  suite.case('ioctls: SIO_UDP_CONNRESET can be turned off and on', (sockets) => {
    const socket = sockets.datagram();
    for (const on of [0, 1]) {
      assert.equal(value(sockets.provider.ioctl(socket, 'SIO_UDP_CONNRESET', [on])), undefined);
    }
  });

  suite.case('ioctls: a stream has no SIO_UDP_CONNRESET', (sockets) => {
    refused(sockets.provider.ioctl(sockets.stream(), 'SIO_UDP_CONNRESET', [0]), 'WSAEOPNOTSUPP', 'WSAEINVAL');
  });

  suite.case('ioctls: SIO_IDEAL_SEND_BACKLOG_QUERY needs a connection', async (sockets) => {
    const { client } = await sockets.pair();
    const backlog = (s: Handle) => sockets.provider.ioctl(s, 'SIO_IDEAL_SEND_BACKLOG_QUERY', []);
    assert.ok(Number(value(backlog(client))) > 0);
    refused(backlog(sockets.stream()), 'WSAENOTCONN');
    refused(backlog(sockets.datagram()), 'WSAEOPNOTSUPP');
  });

  suite.case('ioctls: a datagram socket takes SIO_ENABLE_CIRCULAR_QUEUEING', (sockets) => {
    assert.equal(
      value(sockets.provider.ioctl(sockets.datagram(), 'SIO_ENABLE_CIRCULAR_QUEUEING', [])),
      undefined,
    );
  });

  if (isTcp) {
    suite.case('ioctls: SIO_MULTIPOINT_LOOPBACK and SIO_MULTICAST_SCOPE are options of IP', (sockets) => {
      for (const [family, loop, scope] of [
        ['AF_INET', 'IP_MULTICAST_LOOP', 'IP_MULTICAST_TTL'],
        ['AF_INET6', 'IPV6_MULTICAST_LOOP', 'IPV6_MULTICAST_HOPS'],
      ] as const) {
        const socket = sockets.datagram(family);
        for (const on of [0, 1]) {
          value(sockets.provider.ioctl(socket, 'SIO_MULTIPOINT_LOOPBACK', [on]));
          assert.equal(value(sockets.provider.getSockOpt(socket, loop)), on === 1);
        }
        value(sockets.provider.ioctl(socket, 'SIO_MULTICAST_SCOPE', [3]));
        assert.equal(value(sockets.provider.getSockOpt(socket, scope)), 3);
      }
    });
  }

  suite.case('ioctls: SIO_FLUSH is WSAEOPNOTSUPP', (sockets) => {
    refused(sockets.provider.ioctl(sockets.stream(), 'SIO_FLUSH', []), 'WSAEOPNOTSUPP');
  });
};
