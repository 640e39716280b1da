import { ADDRESS_FAMILIES, PROTOCOLS, SOCKET_TYPES } from '../../winsock/constants.js';
import { PFL, type ProtocolInfo, XP1 } from '../../winsock/protocol-info.js';

/**
 * The catalog entries of this provider. They follow those of the Windows base providers, with different ids
 * and GUIDs. XP1_IFS_HANDLES is absent: a descriptor is no handle for ReadFile and WriteFile.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow
 */

const STREAM =
  XP1.XP1_GUARANTEED_DELIVERY | XP1.XP1_GUARANTEED_ORDER | XP1.XP1_GRACEFUL_CLOSE | XP1.XP1_EXPEDITED_DATA;
const DATAGRAM =
  XP1.XP1_CONNECTIONLESS | XP1.XP1_MESSAGE_ORIENTED | XP1.XP1_SUPPORT_BROADCAST | XP1.XP1_SUPPORT_MULTIPOINT;

const IPV4 = {
  providerId: '6f1b1c52-7d2e-4f0c-9a43-5c0f6f1e2a01',
  addressFamily: ADDRESS_FAMILIES.AF_INET,
  maxSockAddr: 16,
  minSockAddr: 16,
} as const;
const IPV6 = {
  providerId: '6f1b1c52-7d2e-4f0c-9a43-5c0f6f1e2a02',
  addressFamily: ADDRESS_FAMILIES.AF_INET6,
  maxSockAddr: 28,
  minSockAddr: 28,
} as const;
/** Like the entry of Windows, without urgent data and protocol number. The largest name is a sockaddr_un. */
const UNIX = {
  providerId: '6f1b1c52-7d2e-4f0c-9a43-5c0f6f1e2a03',
  addressFamily: ADDRESS_FAMILIES.AF_UNIX,
  maxSockAddr: 110,
  minSockAddr: 2,
  serviceFlags1: STREAM & ~XP1.XP1_EXPEDITED_DATA,
  socketType: SOCKET_TYPES.SOCK_STREAM,
  protocol: 0,
  messageSize: 0,
} as const;
const TCP = {
  serviceFlags1: STREAM,
  socketType: SOCKET_TYPES.SOCK_STREAM,
  protocol: PROTOCOLS.IPPROTO_TCP,
  messageSize: 0,
} as const;
const UDP = {
  serviceFlags1: DATAGRAM,
  socketType: SOCKET_TYPES.SOCK_DGRAM,
  protocol: PROTOCOLS.IPPROTO_UDP,
} as const;
const EVERY = {
  provider: 'posix',
  providerFlags: PFL.PFL_MATCHES_PROTOCOL_ZERO,
  chainLength: 1,
  version: 2,
  protocolMaxOffset: 0,
  networkByteOrder: 'big',
  securityScheme: 0,
} as const;

/**
 * The largest UDP payloads: 65,535 minus the headers of IPv4 (20) and UDP (8); IPv6 does not count its own
 * header.
 */
const UDP_IPV4 = { ...IPV4, ...UDP, messageSize: 65_507 } as const;
const UDP_IPV6 = { ...IPV6, ...UDP, messageSize: 65_527 } as const;

export const CATALOG: readonly ProtocolInfo[] = Object.freeze([
  { ...EVERY, ...IPV4, ...TCP, catalogEntryId: 20001, description: 'posix TCP/IP' },
  { ...EVERY, ...UDP_IPV4, catalogEntryId: 20002, description: 'posix UDP/IP' },
  { ...EVERY, ...IPV6, ...TCP, catalogEntryId: 20003, description: 'posix TCP/IPv6' },
  { ...EVERY, ...UDP_IPV6, catalogEntryId: 20004, description: 'posix UDP/IPv6' },
  { ...EVERY, ...UNIX, catalogEntryId: 20005, description: 'posix AF_UNIX' },
]);
