/**
 * The addresses that do not belong to the lab's host. All others are local, and a socket bound to one is
 * reachable there. The networks are those reserved for documentation, so that an example never means a real
 * host.
 *
 * Sources: RFC 5737 (IPv4), RFC 3849 (IPv6)
 */
import type { InternetAddress } from '../../winsock/addresses.js';
import type { WsaName } from '../../winsock/errors.js';

export interface UnreachableNetwork {
  readonly network: string;
  /** The prefix of all its addresses, in canonical spelling. */
  readonly begin: string;
  /** The code with which a connect to it fails. */
  readonly code: Extract<WsaName, 'WSAENETUNREACH' | 'WSAEHOSTUNREACH' | 'WSAETIMEDOUT'>;
}

/**
 * The networks in which connects fail, and their codes. WSAETIMEDOUT is a black hole: a connect fails after
 * CONNECT_LIMIT_MS.
 */
export const UNREACHABLE_NETWORKS: readonly UnreachableNetwork[] = Object.freeze([
  { network: '192.0.2.0/24', begin: '192.0.2.', code: 'WSAENETUNREACH' },
  { network: '2001:db8:1::/48', begin: '2001:db8:1:', code: 'WSAENETUNREACH' },
  { network: '198.51.100.0/24', begin: '198.51.100.', code: 'WSAEHOSTUNREACH' },
  { network: '2001:db8:2::/48', begin: '2001:db8:2:', code: 'WSAEHOSTUNREACH' },
  { network: '203.0.113.0/24', begin: '203.0.113.', code: 'WSAETIMEDOUT' },
  { network: '2001:db8:3::/48', begin: '2001:db8:3:', code: 'WSAETIMEDOUT' },
]);

/** How long a connect to a host that never answers is tried: three SYNs on Windows, 21 seconds. */
export const CONNECT_LIMIT_MS = 21_000;

/** The unreachable network that an address lies in; undefined for the lab's own host. */
export const unreachableNetworkOf = (wire: InternetAddress): UnreachableNetwork | undefined =>
  UNREACHABLE_NETWORKS.find(({ begin }) => wire.address.startsWith(begin));
