import { type InternetAddress, ipv6Bytes, ipv6Text, isAnyAddress, mappedIpv4 } from './addresses.js';
import type { WsaName } from './errors.js';

/**
 * Whether a socket may bind to the port of another bound socket of the same user.
 *
 * Source: "Sharing Transport Addresses", where CHECK is an access check that sockets of one user pass:
 * https://learn.microsoft.com/windows-hardware/drivers/network/sharing-transport-addresses The table of the
 * page "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" differs in one cell: a default bind to the same address
 * as a socket with SO_REUSEADDR is WSAEADDRINUSE there and WSAEACCES here.
 */

/** How a socket shares its port; `connection` is an accepted connection of an exclusive listener. */
export type Sharing = 'default' | 'reuse' | 'exclusive' | 'connection';

/** A port and address that a socket requests or holds. */
export interface Claim {
  readonly address: InternetAddress;
  /** True for an AF_INET6 socket without IPV6_V6ONLY: its wildcard covers IPv4 too. */
  readonly dual: boolean;
  readonly sharing: Sharing;
}

export type SharingVerdict = 'ok' | Extract<WsaName, 'WSAEADDRINUSE' | 'WSAEACCES'>;
const INUSE = 'WSAEADDRINUSE';
const ACCES = 'WSAEACCES';

/**
 * Rows are the first bind, columns the second, in the order default wildcard, default specific, SO_REUSEADDR
 * wildcard and specific, SO_EXCLUSIVEADDRUSE wildcard and specific. The last two rows are for connections
 * that outlive an exclusive listener: the columns of exclusive binds are documented, the others inferred.
 */
const VERDICTS: Readonly<Record<`${Sharing} ${'wildcard' | 'specific'}`, readonly SharingVerdict[]>> = {
  'default wildcard': [INUSE, 'ok', ACCES, 'ok', INUSE, 'ok'],
  'default specific': ['ok', INUSE, 'ok', ACCES, INUSE, INUSE],
  'reuse wildcard': [INUSE, 'ok', 'ok', 'ok', INUSE, 'ok'],
  'reuse specific': ['ok', ACCES, 'ok', 'ok', INUSE, INUSE],
  'exclusive wildcard': [INUSE, ACCES, ACCES, ACCES, INUSE, ACCES],
  'exclusive specific': ['ok', INUSE, 'ok', ACCES, INUSE, INUSE],
  'connection wildcard': ['ok', 'ok', 'ok', 'ok', INUSE, INUSE],
  'connection specific': ['ok', 'ok', 'ok', 'ok', INUSE, INUSE],
};
const COLUMNS: readonly Sharing[] = ['default', 'reuse', 'exclusive'];

/**
 * What a claim covers of a family: 0 nothing, 1 one address, 2 every address, 3 every address unless a socket
 * is bound to that family itself. So a dual-stack [::] relates to 0.0.0.0 as a wildcard to an address: on
 * Windows 0.0.0.0 can be bound beside an ordinary [::], but is WSAEACCES beside an exclusive one.
 */
type Breadth = 0 | 1 | 2 | 3;

const breadth = (claim: Claim, family: InternetAddress['family']): Breadth => {
  const wire = wireForm(claim.address);
  if (wire.family === family) return isAnyAddress(wire) ? 2 : 1;
  return claim.dual && wire.family === 'AF_INET6' && isAnyAddress(wire) ? 3 : 0;
};

/** Turns an IPv4-mapped address into IPv4, and gives each address its canonical spelling. */
const wireForm = (given: InternetAddress): InternetAddress => {
  if (given.family === 'AF_INET') return given;
  const mapped = mappedIpv4(given.address);
  if (mapped !== undefined) return { family: 'AF_INET', address: mapped, port: given.port };
  return { ...given, address: ipv6Text(ipv6Bytes(given.address)) };
};

/** Whether both cover a common address; ignores ports and scopes. */
export const overlap = (first: Claim, second: Claim): boolean => sharedFamily(first, second) !== undefined;

const sharedFamily = (first: Claim, second: Claim): InternetAddress['family'] | undefined =>
  (['AF_INET', 'AF_INET6'] as const).find((family) => {
    const [a, b] = [breadth(first, family), breadth(second, family)];
    if (a === 0 || b === 0) return false;
    return a > 1 || b > 1 || wireForm(first.address).address === wireForm(second.address).address;
  });

/** The result of the second bind, given that the first holds the same port. */
export const sharingVerdict = (first: Claim, second: Claim): SharingVerdict => {
  const family = sharedFamily(first, second);
  if (family === undefined) return 'ok';
  const [a, b] = [breadth(first, family), breadth(second, family)];
  const row = VERDICTS[`${first.sharing} ${a > 1 && a >= b ? 'wildcard' : 'specific'}`];
  const isWild = b > 1 && b >= a;
  return row[2 * COLUMNS.indexOf(second.sharing) + (isWild ? 0 : 1)] ?? 'ok';
};
