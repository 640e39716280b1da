import { type InternetAddress, ipv6Bytes } from '../../winsock/addresses.js';

/** Linux numbers of the families; AF_INET6 is 23 on Windows. */
export const LINUX_FAMILY = { AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10 } as const;

/** The all-zero address: INADDR_ANY, in6addr_any. */
export const isUnspecified = (address: InternetAddress): boolean =>
  address.family === 'AF_INET'
    ? address.address === '0.0.0.0'
    : ipv6Bytes(address.address).every((byte) => byte === 0);
