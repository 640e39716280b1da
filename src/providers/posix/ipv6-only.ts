import { mappedIpv4, type SocketAddress } from '../../winsock/addresses.js';
import type { SocketState } from './handle-state.js';

/**
 * Whether the address is IPv4-mapped, and the socket for IPv6 only: IPV6_V6ONLY is on until it is set. Windows
 * answers connect with WSAEADDRNOTAVAIL; that bind and datagrams get it too is an assumption. Linux has ENETUNREACH
 * and, for bind, EINVAL.
 *
 * @see https://github.com/warmcat/libwebsockets/issues/1301 and https://github.com/DOCGroup/ACE_TAO/issues/1267,
 *   of programs that met it
 */
export const isBeyondIpv6Only = (socket: SocketState, address: SocketAddress): boolean =>
  address.family === 'AF_INET6' &&
  socket.kept('IPV6_V6ONLY') !== false &&
  mappedIpv4(address.address) !== undefined;
