/**
 * The addresses that are not the lab's own host. All others are local: whoever binds them is reachable
 * there. The networks are those reserved for documentation, so that an example can be copied into a lesson
 * without meaning a real host.
 *
 * Sources: RFC 5737 (IPv4), RFC 3849 (IPv6)
 */
import { type InternetAddress, ipv4Bytes, ipv6Bytes } from '../../winsock/addresses.js';
import type { WsaName } from '../../winsock/errors.js';

export interface UnreachableNetwork {
  readonly family: InternetAddress['family'];
  /** The first address of the network. */
  readonly network: string;
  /** How many leading bits belong to the network. */
  readonly prefix: number;
  /** What a connect there ends with. */
  readonly code: Extract<WsaName, 'WSAENETUNREACH' | 'WSAEHOSTUNREACH' | 'WSAETIMEDOUT'>;
}

/** Where connects fail, and how. WSAETIMEDOUT: a black hole, which ends after CONNECT_LIMIT_MS. */
export const UNREACHABLE_NETWORKS: readonly UnreachableNetwork[] = Object.freeze([
  { family: 'AF_INET', network: '192.0.2.0', prefix: 24, code: 'WSAENETUNREACH' },
  { family: 'AF_INET6', network: '2001:db8:1::', prefix: 48, code: 'WSAENETUNREACH' },
  { family: 'AF_INET', network: '198.51.100.0', prefix: 24, code: 'WSAEHOSTUNREACH' },
  { family: 'AF_INET6', network: '2001:db8:2::', prefix: 48, code: 'WSAEHOSTUNREACH' },
  { family: 'AF_INET', network: '203.0.113.0', prefix: 24, code: 'WSAETIMEDOUT' },
  { family: 'AF_INET6', network: '2001:db8:3::', prefix: 48, code: 'WSAETIMEDOUT' },
]);

/** How long the stack tries to connect to a host that never answers: three SYNs on Windows, 21 seconds. */
export const CONNECT_LIMIT_MS = 21_000;

const bytesOf = (family: InternetAddress['family'], text: string): Uint8Array =>
  family === 'AF_INET' ? ipv4Bytes(text) : ipv6Bytes(text);

/** The unreachable network that an address lies in; undefined for the lab's own host. */
export const unreachableNetworkOf = (wire: InternetAddress): UnreachableNetwork | undefined => {
  const address = bytesOf(wire.family, wire.address);
  return UNREACHABLE_NETWORKS.find((place) => {
    if (place.family !== wire.family) return false;
    const network = bytesOf(place.family, place.network);
    // Every prefix in the table ends at a byte.
    return address.subarray(0, place.prefix / 8).every((byte, i) => byte === network[i]);
  });
};
