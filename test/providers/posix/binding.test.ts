import { describe, it } from 'node:test';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { internet, loopback, type Rig, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** Why a bind with SO_REUSEADDR is refused: WSAEACCES is for the port of an exclusive socket alone. */

const bindShared = (rig: Rig, address: InternetAddress) => {
  const late = rig.stream();
  value(rig.provider.setSockOpt(late, 'SO_REUSEADDR', true));
  return rig.provider.bind(late, address);
};

const exclusive = (
  rig: Rig,
  handle: ReturnType<Rig['stream']>,
  address: InternetAddress,
): InternetAddress => {
  value(rig.provider.setSockOpt(handle, 'SO_EXCLUSIVEADDRUSE', true));
  value(rig.provider.bind(handle, address));
  return internet(value(rig.provider.getSockName(handle)));
};

describe('the port of an exclusive socket', () => {
  it('is WSAEACCES for who would share it', (t) => {
    const rig = rigOf(t);
    const address = exclusive(rig, rig.stream(), loopback());
    refused(bindShared(rig, address), 'WSAEACCES');
  });

  it('is another one than that of datagrams with the same number', (t) => {
    const rig = rigOf(t);
    const address = rig.bind(rig.stream());
    exclusive(rig, rig.datagram(), address);
    refused(bindShared(rig, address), 'WSAEADDRINUSE');
  });

  it('is another one than that of the other family with the same number', (t) => {
    const rig = rigOf(t);
    const address = rig.bind(rig.stream());
    exclusive(rig, rig.stream('AF_INET6'), loopback('AF_INET6', address.port));
    refused(bindShared(rig, address), 'WSAEADDRINUSE');
  });
});
