import type { AddressFamily, Protocol, SocketType } from './constants.js';

/**
 * XP1_ bits of dwServiceFlags1. Source:
 * https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow
 */
export const XP1 = {
  XP1_CONNECTIONLESS: 0x1,
  XP1_GUARANTEED_DELIVERY: 0x2,
  XP1_GUARANTEED_ORDER: 0x4,
  XP1_MESSAGE_ORIENTED: 0x8,
  XP1_PSEUDO_STREAM: 0x10,
  XP1_GRACEFUL_CLOSE: 0x20,
  XP1_EXPEDITED_DATA: 0x40,
  XP1_CONNECT_DATA: 0x80,
  XP1_DISCONNECT_DATA: 0x100,
  XP1_SUPPORT_BROADCAST: 0x200,
  XP1_SUPPORT_MULTIPOINT: 0x400,
  XP1_MULTIPOINT_CONTROL_PLANE: 0x800,
  XP1_MULTIPOINT_DATA_PLANE: 0x1000,
  XP1_QOS_SUPPORTED: 0x2000,
  XP1_INTERRUPT: 0x4000,
  XP1_UNI_SEND: 0x8000,
  XP1_UNI_RECV: 0x10000,
  XP1_IFS_HANDLES: 0x20000,
  XP1_PARTIAL_MESSAGE: 0x40000,
  XP1_SAN_SUPPORT_SDP: 0x80000,
} as const;
export type Xp1Flag = keyof typeof XP1;

/** PFL_ bits of dwProviderFlags. */
export const PFL = {
  PFL_MULTIPLE_PROTO_ENTRIES: 0x1,
  PFL_RECOMMENDED_PROTO_ENTRY: 0x2,
  PFL_HIDDEN: 0x4,
  PFL_MATCHES_PROTOCOL_ZERO: 0x8,
  PFL_NETWORKDIRECT_PROVIDER: 0x10,
} as const;

export const PROVIDER_NAMES = ['ws2_32', 'posix', 'lab'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** WSAPROTOCOL_INFO: one entry of the protocol catalog. Numbers are the Windows ones. */
export interface ProtocolInfo {
  /** The provider of this daemon that has the entry. */
  readonly provider: ProviderName;
  /** dwServiceFlags1, raw; `decodeFlags(XP1, ...)` names its bits. */
  readonly serviceFlags1: number;
  /** dwProviderFlags, raw. */
  readonly providerFlags: number;
  /** GUID, lower case, without braces. */
  readonly providerId: string;
  readonly catalogEntryId: number;
  /** ProtocolChain.ChainLen: 0 layered, 1 base, more: a chain. */
  readonly chainLength: number;
  readonly version: number;
  /** iAddressFamily; for an entry of another vendor it may be missing in AddressFamily. */
  readonly addressFamily: number;
  readonly maxSockAddr: number;
  readonly minSockAddr: number;
  /** iSocketType. */
  readonly socketType: number;
  /** iProtocol: the lowest protocol number the entry accepts. */
  readonly protocol: number;
  /** iProtocolMaxOffset: how many numbers above `protocol` it accepts too. */
  readonly protocolMaxOffset: number;
  readonly networkByteOrder: 'big' | 'little';
  readonly securityScheme: number;
  /** dwMessageSize: 0 for a stream, 1 when it depends on the MTU, 0xffffffff unlimited, otherwise bytes. */
  readonly messageSize: number;
  /** szProtocol. */
  readonly description: string;
  /**
   * Most bytes of caller or callee data; only with XP1_CONNECT_DATA. An extension, not a field of Winsock.
   */
  readonly connectDataLimit?: number;
  /** Most bytes of disconnect data; only with XP1_DISCONNECT_DATA. An extension, not a field of Winsock. */
  readonly disconnectDataLimit?: number;
}

/** The names of the bits that are set, in the order of the bits. */
export const decodeFlags = <T extends string>(map: Readonly<Record<T, number>>, bits: number): T[] => {
  const names: T[] = [];
  for (const name in map) if ((bits & map[name]) !== 0) names.push(name);
  return names;
};

/** Whether the entry's service flags include the bit. */
export const offers = (entry: ProtocolInfo, flag: Xp1Flag): boolean =>
  (entry.serviceFlags1 & XP1[flag]) !== 0;

/** The arguments of a socket call. Absent members mean zero or unspecified, as in WSASocket. */
export interface SocketRequest {
  readonly family?: AddressFamily;
  readonly type?: SocketType;
  readonly protocol?: Protocol;
}

/** Whether sockets of the entry are connection-oriented streams. */
export const isStreamEntry = (entry: ProtocolInfo): boolean =>
  (entry.serviceFlags1 & XP1.XP1_CONNECTIONLESS) === 0;
