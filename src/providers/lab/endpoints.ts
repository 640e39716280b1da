/**
 * Addresses in their wire form, which the network of the lab uses: an IPv4-mapped IPv6 address is an IPv4
 * address, and each address has one canonical spelling, so that texts can be compared.
 */
import {
  type InternetAddress,
  ipv6Bytes,
  ipv6Text,
  isAddressOf,
  isMulticast,
  mappedIpv4,
} from '../../winsock/addresses.js';
import { unreachableNetworkOf } from './unreachable-networks.js';

export type Family = InternetAddress['family'];

/**
 * The wire form of an address, with its canonical spelling.
 *
 * @throws RangeError for a text that is no address or a port out of range, which is a bug of the caller
 */
export const wireForm = (given: InternetAddress): InternetAddress => {
  const { family, address, port } = given;
  if (!isAddressOf(family, address)) throw new RangeError(`not an ${family} address: ${address}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`not a port: ${port}`);
  if (given.family === 'AF_INET') return { family: 'AF_INET', address, port };
  const mapped = mappedIpv4(address);
  if (mapped !== undefined) return { family: 'AF_INET', address: mapped, port };
  return { ...given, address: ipv6Text(ipv6Bytes(address)) };
};

/** The address as a socket of that family shows it: IPv4 becomes IPv4-mapped for AF_INET6. */
export const asSeenBy = (family: Family, wire: InternetAddress): InternetAddress =>
  family === 'AF_INET6' && wire.family === 'AF_INET'
    ? { family: 'AF_INET6', address: `::ffff:${wire.address}`, port: wire.port }
    : wire;

/** 0.0.0.0 or ::, INADDR_ANY and in6addr_any. */
export const isWildcard = (wire: InternetAddress): boolean =>
  wire.address === (wire.family === 'AF_INET' ? '0.0.0.0' : '::');

/** The limited broadcast address; needs SO_BROADCAST. */
export const isBroadcast = (wire: InternetAddress): boolean => wire.address === '255.255.255.255';

/** Such an address has many receivers and is never a source. */
export const isBroadcastOrMulticast = (wire: InternetAddress): boolean =>
  isBroadcast(wire) || isMulticast(wire);

export const wildcardOf = (family: Family, port: number): InternetAddress =>
  family === 'AF_INET' ? { family, address: '0.0.0.0', port } : { family, address: '::', port };

/**
 * Whether two endpoints in wire form are the same. Scopes do not matter: the lab has one host and one link.
 */
export const sameEndpoint = (a: InternetAddress, b: InternetAddress): boolean =>
  a.family === b.family && a.address === b.address && a.port === b.port;

/**
 * The source address of traffic to `to`. For a wildcard it is the start of the route: the lab has one host,
 * which owns every address. No route leads to an unreachable network, so no address of one is chosen.
 */
export const sourceTowards = (to: InternetAddress, held: InternetAddress): InternetAddress => {
  if (!isWildcard(held) || unreachableNetworkOf(to)) return held;
  const { port } = held;
  if (to.family === 'AF_INET') {
    const isLoopback = isBroadcastOrMulticast(to) || to.address.startsWith('127.');
    return { family: 'AF_INET', address: isLoopback ? '127.0.0.1' : to.address, port };
  }
  if (isBroadcastOrMulticast(to)) return { family: 'AF_INET6', address: '::1', port };
  const { family, address, scopeId } = to;
  return { family, address, port, ...(scopeId !== undefined && { scopeId }) };
};
