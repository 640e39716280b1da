import { type InternetAddress, type Ipv6Address, isAddressOf } from './addresses.js';
import { ADDRESS_FAMILIES, AI_FLAGS } from './constants.js';

/**
 * The addresses of a name that match the hints: those of the family. For AF_INET6 the IPv4 ones are returned
 * as IPv4-mapped addresses, with AI_V4MAPPED when there are no IPv6 ones, with AI_ALL in addition.
 *
 * @param family the Windows number of the family, 0 for any
 * @param flags AI_ bits
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
 */
export const matchingHints = (
  found: readonly InternetAddress[],
  family: number,
  flags: number,
): readonly InternetAddress[] => {
  if (family === 0) return found;
  const asked = found.filter((one) => ADDRESS_FAMILIES[one.family] === family);
  const isMapped = family === ADDRESS_FAMILIES.AF_INET6 && (flags & AI_FLAGS.AI_V4MAPPED) !== 0;
  if (!isMapped || (asked.length > 0 && !(flags & AI_FLAGS.AI_ALL))) return asked;
  return [...asked, ...found.filter((one) => one.family === 'AF_INET').map(mapped)];
};

const mapped = ({ address, port }: InternetAddress): InternetAddress => ({
  family: 'AF_INET6',
  address: `::ffff:${address}`,
  port,
});

/** Brackets, and an optional port, which is ignored. */
const BRACKETED = /^\[([^[\]]*)\](?::\d+)?$/;

/**
 * The name of a node without the brackets of an IPv6 literal; a port after them is ignored. undefined for
 * brackets in any other place, which no host name has. Windows does the same in Wine's tests of getaddrinfo.
 */
export const withoutBrackets = (node: string): string | undefined => {
  if (!/[[\]]/.test(node)) return node;
  const [, inner = ''] = BRACKETED.exec(node) ?? [];
  return isAddressOf('AF_INET6', inner.replace(/%.+$/, '')) ? inner : undefined;
};

/** The endpoint of an IPv6 literal, which may have a numeric scope after a `%` (RFC 4007); its port is 0. */
export const ipv6Literal = (text: string): Ipv6Address | undefined => {
  const [, address = '', scope = '0'] = /^([^%]*)(?:%(\d+))?$/.exec(text) ?? [];
  const scopeId = Number(scope);
  if (!isAddressOf('AF_INET6', address) || scopeId > 0xffffffff) return undefined;
  return { family: 'AF_INET6', address, port: 0, ...(scopeId > 0 && { scopeId }) };
};
