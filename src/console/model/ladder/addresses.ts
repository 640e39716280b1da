/** Addresses as texts and as keys, under which the two ends of a connection find each other. */
import type { SocketAddress } from '../types.js';
import type { Participant } from './ladder-types.js';

/** The network of a socket: addresses of different networks name different sockets. */
export const networkOf = ({ provider, labNetwork, sessionId }: Participant): string =>
  provider !== 'lab' ? 'system' : labNetwork === undefined ? `session ${sessionId}` : `lab ${labNetwork}`;

/** An address as one text, such as `127.0.0.1:80`, `[::1]:80` or a path. */
export const addressText = ({ address = '', port, path }: SocketAddress): string => {
  if (path !== undefined) return path === '' ? 'unnamed' : path;
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`;
};

/** Whether an address names one socket: a path, or an address with a port. */
export const isName = (address: SocketAddress | undefined): address is SocketAddress =>
  address !== undefined && (address.path !== undefined ? address.path !== '' : (address.port ?? 0) > 0);

/** An address with its network. Undefined if it names no socket. */
export const keyOf = (network: string, address: SocketAddress | undefined): string | undefined =>
  isName(address) ? `${network} ${addressText(unmapped(address))}` : undefined;

/** An IPv4 address in IPv6 is the same end as the IPv4 address. */
const unmapped = (address: SocketAddress): SocketAddress => {
  if (!address.address?.startsWith('::')) return address;
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address.address)?.[1];
  return dotted === undefined ? address : { ...address, address: dotted };
};

const isAny = ({ address }: SocketAddress): boolean => address === '0.0.0.0' || address === '::';

/** The keys under which a socket with this address is reached: its own, and the loopback of a wildcard. */
export const keysOf = (network: string, local: SocketAddress | undefined): string[] => {
  if (!isName(local)) return [];
  const addresses = isAny(local) ? ['127.0.0.1', '::1'].map((address) => ({ ...local, address })) : [];
  return [local, ...addresses].map((address) => `${network} ${addressText(unmapped(address))}`);
};
