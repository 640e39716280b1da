import { isIPv4, isIPv6 } from 'node:net';
import type { AddressFamily } from './constants.js';

/** A numeric IPv4 endpoint (SOCKADDR_IN). */
export interface Ipv4Address {
  readonly family: 'AF_INET';
  /** Dotted decimal, four parts, for example `127.0.0.1`. */
  readonly address: string;
  readonly port: number;
}

/** A numeric IPv6 endpoint (SOCKADDR_IN6). */
export interface Ipv6Address {
  readonly family: 'AF_INET6';
  /** A numeric literal without zone, for example `::1`. */
  readonly address: string;
  readonly port: number;
  readonly scopeId?: number;
  readonly flowInfo?: number;
}

/** A numeric endpoint of the Internet families. */
export type InternetAddress = Ipv4Address | Ipv6Address;

/**
 * A path in the file system (SOCKADDR_UN of afunix.h). In results, an empty path means a socket without a
 * name. Abstract addresses (a path that begins with NUL) are not supported, because Windows does not connect
 * to them; a Linux peer with one is shown without a name.
 */
export interface UnixAddress {
  readonly family: 'AF_UNIX';
  /** 1 to 107 bytes of UTF-8 without NUL; empty for a socket without a name. */
  readonly path: string;
}

export type SocketAddress = InternetAddress | UnixAddress;

export const isInternet = (address: SocketAddress): address is InternetAddress =>
  address.family !== 'AF_UNIX';

/** Most bytes of a path: sun_path of afunix.h without the final NUL. */
export const MOST_PATH_BYTES = 107;

/** Whether a socket can be bound or connected to the path. */
export const isUnixPath = (path: string): boolean =>
  path !== '' && !path.includes('\0') && Buffer.byteLength(path) <= MOST_PATH_BYTES;

/** Whether the text is a numeric literal of that family; names, zones and short IPv4 forms are not. */
export const isAddressOf = (family: AddressFamily, text: string): boolean =>
  family === 'AF_INET' ? isIPv4(text) : family === 'AF_INET6' && isIPv6(text) && !text.includes('%');

/** The four bytes of an IPv4 literal. The text must have passed isAddressOf. */
export const ipv4Bytes = (text: string): Uint8Array => new Uint8Array(text.split('.').map(Number));

/** The sixteen bytes of an IPv6 literal. The text must have passed isAddressOf. */
export const ipv6Bytes = (text: string): Uint8Array => {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const groupsText = tail ? `${tail[1]}${hexPair(ipv4Bytes(tail[2] ?? ''))}` : text;
  const [head = '', rest] = groupsText.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = rest === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value & 0xff;
  });
  return bytes;
};

const hexPair = (b: Uint8Array): string =>
  [0, 2].map((i) => (((b[i] ?? 0) << 8) | (b[i + 1] ?? 0)).toString(16)).join(':');

/** The text of four address bytes. @param at offset of the first */
export const ipv4Text = (bytes: Uint8Array, at = 0): string =>
  `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;

/**
 * The text of sixteen address bytes in the canonical form of RFC 5952: lower case, the longest run of two
 * or more zero groups shortened, IPv4-mapped addresses with a dotted tail.
 */
export const ipv6Text = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(bytes.subarray(12))}`;
  }
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > best.length) best = { at, length: end - at };
    at = Math.max(at, end - 1);
  }
  const hex = groups.map((g) => g.toString(16));
  if (best.at < 0) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
};

/** The IPv4 address inside an IPv4-mapped IPv6 literal (::ffff:a.b.c.d), else undefined. */
export const mappedIpv4 = (text: string): string | undefined => {
  const bytes = ipv6Bytes(text);
  const mapped = bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? ipv4Text(bytes.subarray(12)) : undefined;
};

/** Whether two endpoints are the same, in any spelling of their addresses. */
export const sameAddress = (a: SocketAddress, b: SocketAddress): boolean => {
  if (a.family === 'AF_UNIX') return b.family === 'AF_UNIX' && a.path === b.path;
  if (b.family === 'AF_UNIX' || a.family !== b.family || a.port !== b.port) return false;
  if (a.family === 'AF_INET' || b.family === 'AF_INET') return a.address === b.address;
  const same = ipv6Text(ipv6Bytes(a.address)) === ipv6Text(ipv6Bytes(b.address));
  return same && (a.scopeId ?? 0) === (b.scopeId ?? 0);
};

/** Whether it is the all-zero address: INADDR_ANY, in6addr_any. */
export const isAnyAddress = ({ family, address }: InternetAddress): boolean =>
  family === 'AF_INET' ? address === '0.0.0.0' : ipv6Bytes(address).every((byte) => byte === 0);

/** Whether it is a multicast group: 224.0.0.0/4, also as an IPv4-mapped address, and ff00::/8. */
export const isMulticast = ({ family, address }: Pick<InternetAddress, 'family' | 'address'>): boolean => {
  if (family === 'AF_INET6' && ipv6Bytes(address)[0] === 0xff) return true;
  const ipv4 = family === 'AF_INET' ? address : mappedIpv4(address);
  const [first = 0] = ipv4 === undefined ? [] : ipv4Bytes(ipv4);
  return first >= 224 && first < 240;
};

/** Whether it is a link-local address, fe80::/10: RFC 4291, 2.5.6. */
export const isLinkLocal = ({ address }: Ipv6Address): boolean => {
  const [first = 0, second = 0] = ipv6Bytes(address);
  return first === 0xfe && (second & 0xc0) === 0x80;
};

/** Whether it is the all-zero address with port 0: connecting a datagram socket to it removes its peer. */
export const isUnspecified = (to: SocketAddress): boolean =>
  isInternet(to) && to.port === 0 && isAnyAddress(to);

/** The same address with another port. */
export const withPort = (address: InternetAddress, port: number): InternetAddress => ({ ...address, port });

/** Whether it is a loopback address: ::1, or 127.0.0.0/8 without its broadcast address. */
export const isLoopback = ({ family, address }: InternetAddress): boolean =>
  family === 'AF_INET'
    ? address.startsWith('127.') && address !== '127.255.255.255'
    : ipv6Text(ipv6Bytes(address)) === '::1';
