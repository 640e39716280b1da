import { networkInterfaces } from 'node:os';

/** Whether an address (IPv4, or canonical IPv6) is this machine. */
export const isThisMachine = (address: string): boolean =>
  address.startsWith('127.') ||
  ['0.0.0.0', '::', '::1'].includes(address) ||
  Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address));
