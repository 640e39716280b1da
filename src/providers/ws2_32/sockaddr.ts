/**
 * SOCKADDR_IN and SOCKADDR_IN6 as bytes. Families are in the order of the machine, ports and flow
 * information in network order, the scope id in that of the machine; Windows is little-endian throughout.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/sockaddr-2
 */
import {
  ipv4Bytes,
  ipv4Text,
  ipv6Bytes,
  ipv6Text,
  isAddressOf,
  type SocketAddress,
} from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../winsock/constants.js';

export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;
/** SOCKADDR_STORAGE: room for any address. */
export const SOCKADDR_BYTES = 128;

const requireInteger = (value: number, max: number, what: string): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${what} out of range: ${value}`);
};

/**
 * Writes an address over the start of `into`.
 *
 * @param into at least SOCKADDR_IN6_BYTES long; may be one buffer used again and again
 * @returns the length in bytes
 * @throws a RangeError for a text that is no literal of the family, or a number out of range
 */
export const writeSockaddr = (into: Buffer, address: SocketAddress): number => {
  if (!isAddressOf(address.family, address.address)) {
    throw new RangeError(`no numeric ${address.family} address: ${address.address}`);
  }
  into.fill(0, 0, SOCKADDR_IN6_BYTES);
  into.writeUInt16LE(ADDRESS_FAMILIES[address.family], 0);
  into.writeUInt16BE(requireInteger(address.port, 0xffff, 'port'), 2);
  if (address.family === 'AF_INET') {
    into.set(ipv4Bytes(address.address), 4);
    return SOCKADDR_IN_BYTES;
  }
  into.writeUInt32BE(requireInteger(address.flowInfo ?? 0, 0xffffffff, 'flowInfo'), 4);
  into.set(ipv6Bytes(address.address), 8);
  into.writeUInt32LE(requireInteger(address.scopeId ?? 0, 0xffffffff, 'scopeId'), 24);
  return SOCKADDR_IN6_BYTES;
};

/**
 * Reads the address that a call has filled in.
 *
 * @returns undefined for a family that the vocabulary does not have, or for too few bytes
 */
export const readSockaddr = (from: Buffer, length: number): SocketAddress | undefined => {
  if (length < SOCKADDR_IN_BYTES) return undefined;
  const family = from.readUInt16LE(0);
  const port = from.readUInt16BE(2);
  if (family === ADDRESS_FAMILIES.AF_INET) {
    return { family: 'AF_INET', address: ipv4Text(from.subarray(4, 8)), port };
  }
  if (family !== ADDRESS_FAMILIES.AF_INET6 || length < SOCKADDR_IN6_BYTES) return undefined;
  const flowInfo = from.readUInt32BE(4);
  const scopeId = from.readUInt32LE(24);
  return {
    family: 'AF_INET6',
    address: ipv6Text(from.subarray(8, 24)),
    port,
    ...(scopeId !== 0 && { scopeId }),
    ...(flowInfo !== 0 && { flowInfo }),
  };
};
