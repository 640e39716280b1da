import { networkInterfaces } from 'node:os';
import {
  type InternetAddress,
  type Ipv6Address,
  ipv6Bytes,
  ipv6Text,
  isLinkLocal,
} from '../../winsock/addresses.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Stack } from './handle-state.js';
import { call } from './native-call.js';
import { setNative } from './native-options.js';
import { askByProbe } from './probe-socket.js';

/**
 * Checks the scope of an address for bind: the interface that has it, or 0 for the system's choice. Windows
 * checks the scope of every IPv6 address, and accepts 0 for all. Linux ignores it unless the address is
 * link-local, and then requires it (ipv6(7)).
 *
 * @returns the address for Linux; WSAEADDRNOTAVAIL for the scope of another or a missing interface
 */
export const scopedForBind = (stack: Stack, address: InternetAddress): Outcome<InternetAddress> => {
  if (address.family === 'AF_INET') return ok(address);
  const { scopeId = 0 } = address;
  if (isLinkLocal(address)) return ok(scopeId === 0 ? { ...address, scopeId: scopeOf(address) } : address);
  return scopeId === 0 || isOn(stack, address, scopeId) ? ok(address) : fail('WSAEADDRNOTAVAIL', 'bind');
};

/** The interface index of an address; 0 for an address that this machine does not have. */
const scopeOf = ({ address }: Ipv6Address): number => {
  const wanted = ipv6Text(ipv6Bytes(address));
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find((one) => one.family === 'IPv6' && one.address === wanted);
  return found?.family === 'IPv6' ? found.scopeid : 0;
};

/** Whether a socket restricted to the interface can be bound to the address. */
const isOn = (stack: Stack, { address, family }: Ipv6Address, index: number): boolean => {
  const bound = askByProbe(stack, family, 'bind', (fd) => {
    const tied = setNative(stack, fd, 'SO_BINDTOIFINDEX', index | 0, 'bind');
    if (!tied.ok) return tied;
    const length = stack.address.write({ family, address, port: 0 });
    return call('bind', stack.libc.bind, fd, stack.address.name, length);
  });
  return bound?.ok === true;
};
