import { type InternetAddress, type Ipv6Address, isAddressOf } from './addresses.js';
import { ADDRESS_FAMILIES, AI_FLAGS } from './constants.js';

/**
 * The addresses of a name that the hints ask for: those of the family; for AF_INET6 with AI_V4MAPPED where there
 * are none, or with AI_ALL besides, the IPv4 ones as IPv4-mapped addresses.
 *
 * @param family its Windows number, 0 for any
 * @param flags AI_ bits
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
 */
export const hinted = (
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

/** Brackets, and perhaps a port, which is for whoever takes the text apart. */
const BRACKETED = /^\[([^[\]]*)\](?::\d+)?$/;

/**
 * The name of a node without the brackets that an IPv6 literal may stand in; a port behind them is not looked at.
 * undefined where brackets stand otherwise: no name of a host has them. So Windows, by Wine's tests of
 * getaddrinfo, which pass there.
 */
export const withoutBrackets = (node: string): string | undefined => {
  if (!/[[\]]/.test(node)) return node;
  const [, inner = ''] = BRACKETED.exec(node) ?? [];
  return isAddressOf('AF_INET6', inner.replace(/%.+$/, '')) ? inner : undefined;
};

/** The endpoint of an IPv6 literal, which may have its scope by number behind a `%` (RFC 4007); its port is 0. */
export const ipv6Literal = (text: string): Ipv6Address | undefined => {
  const [, address = '', scope = '0'] = /^([^%]*)(?:%(\d+))?$/.exec(text) ?? [];
  const scopeId = Number(scope);
  if (!isAddressOf('AF_INET6', address) || scopeId > 0xffffffff) return undefined;
  return { family: 'AF_INET6', address, port: 0, ...(scopeId > 0 && { scopeId }) };
};
