/**
 * Winsock constants by name, with the numbers of winsock2.h and ws2tcpip.h. Other systems have different
 * numbers; the adapters translate.
 */

export const ADDRESS_FAMILIES = { AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 23 } as const;
export type AddressFamily = keyof typeof ADDRESS_FAMILIES;

export const SOCKET_TYPES = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_RDM: 4,
  SOCK_SEQPACKET: 5,
} as const;
export type SocketType = keyof typeof SOCKET_TYPES;

/** IPPROTO_IP is zero: let the provider choose. */
export const PROTOCOLS = {
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IPPROTO_IGMP: 2,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  IPPROTO_ICMPV6: 58,
} as const;
export type Protocol = keyof typeof PROTOCOLS;

export const SHUTDOWN_HOW = { SD_RECEIVE: 0, SD_SEND: 1, SD_BOTH: 2 } as const;
export type ShutdownHow = keyof typeof SHUTDOWN_HOW;

/** Flags of send and sendto. */
export const SEND_FLAGS = { MSG_OOB: 0x1, MSG_DONTROUTE: 0x4, MSG_PARTIAL: 0x8000 } as const;
export type SendFlag = keyof typeof SEND_FLAGS;

/** Flags of recv and recvfrom. */
export const RECV_FLAGS = { MSG_OOB: 0x1, MSG_PEEK: 0x2, MSG_WAITALL: 0x8, MSG_PARTIAL: 0x8000 } as const;
export type RecvFlag = keyof typeof RECV_FLAGS;

/** Flags of a received message (WSAMSG.dwFlags). */
export const MESSAGE_FLAGS = {
  MSG_TRUNC: 0x100,
  MSG_CTRUNC: 0x200,
  MSG_BCAST: 0x400,
  MSG_MCAST: 0x800,
} as const;

/** Events of WSAPoll; the last three occur only in results. */
export const POLL_EVENTS = {
  POLLRDNORM: 0x100,
  POLLRDBAND: 0x200,
  POLLIN: 0x300,
  POLLPRI: 0x400,
  POLLWRNORM: 0x10,
  POLLOUT: 0x10,
  POLLWRBAND: 0x20,
  POLLERR: 0x1,
  POLLHUP: 0x2,
  POLLNVAL: 0x4,
} as const;
export type PollEvent = keyof typeof POLL_EVENTS;

/** FD_ bits of WSAEventSelect. */
export const NETWORK_EVENTS = {
  FD_READ: 0x1,
  FD_WRITE: 0x2,
  FD_OOB: 0x4,
  FD_ACCEPT: 0x8,
  FD_CONNECT: 0x10,
  FD_CLOSE: 0x20,
  FD_QOS: 0x40,
  FD_GROUP_QOS: 0x80,
  FD_ROUTING_INTERFACE_CHANGE: 0x100,
  FD_ADDRESS_LIST_CHANGE: 0x200,
} as const;
export type NetworkEvent = keyof typeof NETWORK_EVENTS;

/** Hints of getaddrinfo. */
export const AI_FLAGS = {
  AI_PASSIVE: 0x1,
  AI_CANONNAME: 0x2,
  AI_NUMERICHOST: 0x4,
  AI_NUMERICSERV: 0x8,
  AI_ALL: 0x100,
  AI_ADDRCONFIG: 0x400,
  AI_V4MAPPED: 0x800,
} as const;

/** Flags of getnameinfo. */
export const NI_FLAGS = {
  NI_NOFQDN: 0x1,
  NI_NUMERICHOST: 0x2,
  NI_NAMEREQD: 0x4,
  NI_NUMERICSERV: 0x8,
  NI_DGRAM: 0x10,
} as const;

/** Results of a condition function of WSAAccept. */
export const CONDITIONS = { CF_ACCEPT: 0, CF_REJECT: 1, CF_DEFER: 2 } as const;
export type Condition = keyof typeof CONDITIONS;

/** The `backlog` that lets the provider choose. */
export const SOMAXCONN = 0x7fffffff;

/** The name of a number in one of the maps above; undefined for a number without one. */
export const nameOf = <T extends string>(map: Readonly<Record<T, number>>, value: number): T | undefined => {
  for (const name in map) if (map[name] === value) return name;
  return undefined;
};

/** The union of named flag bits. */
export const flagBits = <T extends string>(
  map: Readonly<Record<T, number>>,
  names: readonly T[] | undefined,
): number => (names ?? []).reduce((bits, name) => bits | map[name], 0);
