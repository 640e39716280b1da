import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../../src/winsock/constants.js';
import { defaultEntry, refused, value } from './rig.js';
import type { Suite } from './suite.js';

/** WSAIoctl. */
export const ioctls = (suite: Suite): void => {
  const isTcp = defaultEntry(suite.entries, 'SOCK_STREAM')?.protocol === PROTOCOLS.IPPROTO_TCP;
  const values = { onoff: true, keepalivetime: 90_000, keepaliveinterval: 2_000 };

  suite.case('ioctls: SIO_KEEPALIVE_VALS turns keep-alive on and off', async (rig) => {
    const { client } = await rig.pair();
    value(rig.provider.setKeepAlive(client, values));
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_KEEPALIVE')), true);
    value(rig.provider.setKeepAlive(client, { ...values, onoff: false }));
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_KEEPALIVE')), false);
  });

  if (isTcp) {
    suite.case('ioctls: SIO_KEEPALIVE_VALS sets the times of the options', (rig) => {
      const handle = rig.stream();
      value(rig.provider.setKeepAlive(handle, values));
      assert.equal(value(rig.provider.getSockOpt(handle, 'TCP_KEEPIDLE')), 90);
      assert.equal(value(rig.provider.getSockOpt(handle, 'TCP_KEEPINTVL')), 2);
    });
  }

  suite.case('ioctls: a datagram socket has no SIO_KEEPALIVE_VALS', (rig) => {
    refused(rig.provider.setKeepAlive(rig.datagram(), values), 'WSAENOPROTOOPT', 'WSAEOPNOTSUPP');
  });

  suite.case('ioctls: SIO_UDP_CONNRESET is turned off and on', (rig) => {
    const socket = rig.datagram();
    for (const on of [0, 1]) {
      assert.equal(value(rig.provider.ioctl(socket, 'SIO_UDP_CONNRESET', [on])), undefined);
    }
  });

  suite.case('ioctls: a stream has no SIO_UDP_CONNRESET', (rig) => {
    refused(rig.provider.ioctl(rig.stream(), 'SIO_UDP_CONNRESET', [0]), 'WSAEOPNOTSUPP', 'WSAEINVAL');
  });

  suite.case('ioctls: SIO_FLUSH is WSAEOPNOTSUPP', (rig) => {
    refused(rig.provider.ioctl(rig.stream(), 'SIO_FLUSH', []), 'WSAEOPNOTSUPP');
  });
};
