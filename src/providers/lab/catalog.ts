/**
 * The catalog entries of the lab: transports that carry connect and disconnect data, which TCP cannot, and
 * one for datagrams. Each exists for both address families.
 *
 * The limits are those of the protocols that the profiles are named after: OSI TP4 (X.224: 32 bytes of
 * user data in CR and CC, 64 in DR), DECnet (16 bytes of optional data), ATM (no connect data; the cause
 * information element has 7 bytes).
 *
 * Sources: https://www.itu.int/rec/T-REC-X.224,
 * https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow
 */
import { ADDRESS_FAMILIES, SOCKET_TYPES } from '../../winsock/constants.js';
import { PFL, type ProtocolInfo, XP1 } from '../../winsock/protocol-info.js';

/** ProviderId of every lab entry, which is none of Microsoft's. */
const LAB_PROVIDER_ID = '5f2d6c1e-8f0b-4c58-9d51-1a6c0b7e7a10';

/**
 * iProtocol of the profiles. The numbers are above 255, the largest of the IP header, so that IPPROTO_TCP
 * and IPPROTO_UDP never select a lab entry.
 */
const LAB_PROTOCOLS = { tp4: 0x4c01, decnet: 0x4c02, atm: 0x4c03, datagram: 0x4c04 } as const;

/** The longest datagram: what UDP over IPv4 can carry in one packet. */
export const LAB_MAX_DATAGRAM = 65_507;

const FIRST_ENTRY_ID = 30_001;

const STREAM =
  XP1.XP1_GUARANTEED_DELIVERY | XP1.XP1_GUARANTEED_ORDER | XP1.XP1_GRACEFUL_CLOSE | XP1.XP1_DISCONNECT_DATA;

type Profile = Pick<ProtocolInfo, 'socketType' | 'serviceFlags1' | 'protocol' | 'messageSize'> &
  Partial<Pick<ProtocolInfo, 'providerFlags' | 'connectDataLimit' | 'disconnectDataLimit'>> & {
    readonly name: string;
  };

const PROFILES: readonly Profile[] = [
  {
    name: 'lab tp4',
    socketType: SOCKET_TYPES.SOCK_STREAM,
    serviceFlags1: STREAM | XP1.XP1_CONNECT_DATA,
    providerFlags: PFL.PFL_MATCHES_PROTOCOL_ZERO,
    protocol: LAB_PROTOCOLS.tp4,
    messageSize: 0,
    connectDataLimit: 32,
    disconnectDataLimit: 64,
  },
  {
    name: 'lab decnet',
    socketType: SOCKET_TYPES.SOCK_STREAM,
    serviceFlags1: STREAM | XP1.XP1_CONNECT_DATA,
    protocol: LAB_PROTOCOLS.decnet,
    messageSize: 0,
    connectDataLimit: 16,
    disconnectDataLimit: 16,
  },
  {
    name: 'lab atm',
    socketType: SOCKET_TYPES.SOCK_STREAM,
    serviceFlags1: STREAM,
    protocol: LAB_PROTOCOLS.atm,
    messageSize: 0,
    disconnectDataLimit: 7,
  },
  {
    name: 'lab datagram',
    socketType: SOCKET_TYPES.SOCK_DGRAM,
    serviceFlags1:
      XP1.XP1_CONNECTIONLESS |
      XP1.XP1_MESSAGE_ORIENTED |
      XP1.XP1_SUPPORT_BROADCAST |
      XP1.XP1_SUPPORT_MULTIPOINT,
    providerFlags: PFL.PFL_MATCHES_PROTOCOL_ZERO,
    protocol: LAB_PROTOCOLS.datagram,
    messageSize: LAB_MAX_DATAGRAM,
  },
];

/** For each family: its number, the suffix of the names, and sizeof(SOCKADDR_IN) or sizeof(SOCKADDR_IN6). */
const FAMILIES = [
  { family: ADDRESS_FAMILIES.AF_INET, suffix: '', size: 16 },
  { family: ADDRESS_FAMILIES.AF_INET6, suffix: ' [IPv6]', size: 28 },
] as const;

/** Every catalog entry of the lab; `lab tp4` for AF_INET first, since it is the default. */
export const LAB_ENTRIES: readonly ProtocolInfo[] = Object.freeze(
  FAMILIES.flatMap(({ family, suffix, size }, f) =>
    PROFILES.map(
      ({ name, ...profile }, p): ProtocolInfo =>
        Object.freeze({
          provider: 'lab',
          providerFlags: 0,
          providerId: LAB_PROVIDER_ID,
          catalogEntryId: FIRST_ENTRY_ID + f * PROFILES.length + p,
          chainLength: 1,
          version: 2,
          addressFamily: family,
          maxSockAddr: size,
          minSockAddr: size,
          protocolMaxOffset: 0,
          networkByteOrder: 'big',
          securityScheme: 0,
          description: `${name}${suffix}`,
          ...profile,
        }),
    ),
  ),
);
