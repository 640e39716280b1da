import type { SocketAddress } from '../../model/types.js';

/** An address as people write it; empty without one. */
export const addressText = (address: SocketAddress | undefined): string => {
  if (!address) return '';
  if (address.path !== undefined) return address.path === '' ? '(no name)' : address.path;
  const host = address.family === 'AF_INET6' ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
};
