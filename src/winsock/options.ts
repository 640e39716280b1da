/**
 * The socket options that a client may name, with the Windows numbers and the type of their value. An option
 * outside this table never reaches a native call. Left out are options whose values cannot be expressed:
 * char[] (connect and disconnect data have their own calls), CSADDR_INFO, ICMP_ERROR_INFO, and SOCKET and the
 * option without a value that belongs to it (SO_UPDATE_ACCEPT_CONTEXT, SO_UPDATE_CONNECT_CONTEXT), since the
 * daemon does not call AcceptEx and ConnectEx.
 *
 * Sources: https://learn.microsoft.com/windows/win32/winsock/sol-socket-socket-options,
 * https://learn.microsoft.com/windows/win32/winsock/ipproto-tcp-socket-options,
 * https://learn.microsoft.com/windows/win32/winsock/ipproto-ip-socket-options,
 * https://learn.microsoft.com/windows/win32/winsock/ipproto-ipv6-socket-options
 */

export const OPTION_LEVELS = { SOL_SOCKET: 0xffff, IPPROTO_IP: 0, IPPROTO_TCP: 6, IPPROTO_IPV6: 41 } as const;
export type OptionLevel = keyof typeof OPTION_LEVELS;

/**
 * The C type behind an option: BOOL (4 bytes), int, DWORD (unsigned, 4 bytes), LINGER (two u_short), or a
 * structure.
 */
export type OptionType =
  | 'BOOL'
  | 'int'
  | 'DWORD'
  | 'LINGER'
  | 'ip_mreq'
  | 'ip_mreq_source'
  | 'ipv6_mreq'
  | 'WSAPROTOCOL_INFO';

export interface OptionRow {
  readonly level: OptionLevel;
  /** The Windows number of the option. */
  readonly id: number;
  readonly type: OptionType;
  readonly gettable: boolean;
  readonly settable: boolean;
}

type Access = 'get set' | 'get' | 'set' | 'neither';

const row = (level: OptionLevel, id: number, type: OptionType, access: Access = 'get set'): OptionRow =>
  Object.freeze({ level, id, type, gettable: access.includes('get'), settable: access.includes('set') });

// biome-ignore format: one row an option
const table = {
  SO_DEBUG:               row('SOL_SOCKET', 0x1, 'BOOL'),
  SO_ACCEPTCONN:          row('SOL_SOCKET', 0x2, 'BOOL', 'get'),
  SO_REUSEADDR:           row('SOL_SOCKET', 0x4, 'BOOL'),
  SO_EXCLUSIVEADDRUSE:    row('SOL_SOCKET', ~0x4, 'BOOL'),
  SO_KEEPALIVE:           row('SOL_SOCKET', 0x8, 'BOOL'),
  SO_DONTROUTE:           row('SOL_SOCKET', 0x10, 'BOOL'),
  SO_BROADCAST:           row('SOL_SOCKET', 0x20, 'BOOL'),
  SO_USELOOPBACK:         row('SOL_SOCKET', 0x40, 'BOOL', 'neither'),
  SO_LINGER:              row('SOL_SOCKET', 0x80, 'LINGER'),
  SO_DONTLINGER:          row('SOL_SOCKET', ~0x80, 'BOOL'),
  SO_OOBINLINE:           row('SOL_SOCKET', 0x100, 'BOOL'),
  SO_SNDBUF:              row('SOL_SOCKET', 0x1001, 'int'),
  SO_RCVBUF:              row('SOL_SOCKET', 0x1002, 'int'),
  SO_SNDLOWAT:            row('SOL_SOCKET', 0x1003, 'int', 'neither'),
  SO_RCVLOWAT:            row('SOL_SOCKET', 0x1004, 'int', 'neither'),
  SO_SNDTIMEO:            row('SOL_SOCKET', 0x1005, 'DWORD'),
  SO_RCVTIMEO:            row('SOL_SOCKET', 0x1006, 'DWORD'),
  SO_ERROR:               row('SOL_SOCKET', 0x1007, 'int'),
  SO_TYPE:                row('SOL_SOCKET', 0x1008, 'int', 'get'),
  SO_MAX_MSG_SIZE:        row('SOL_SOCKET', 0x2003, 'DWORD', 'get'),
  SO_PROTOCOL_INFO:       row('SOL_SOCKET', 0x2005, 'WSAPROTOCOL_INFO', 'get'),
  SO_PROTOCOL_INFOA:      row('SOL_SOCKET', 0x2004, 'WSAPROTOCOL_INFO', 'get'),
  SO_PROTOCOL_INFOW:      row('SOL_SOCKET', 0x2005, 'WSAPROTOCOL_INFO', 'get'),
  SO_CONDITIONAL_ACCEPT:  row('SOL_SOCKET', 0x3002, 'BOOL'),
  SO_PAUSE_ACCEPT:        row('SOL_SOCKET', 0x3003, 'BOOL'),
  SO_RANDOMIZE_PORT:      row('SOL_SOCKET', 0x3005, 'BOOL'),
  SO_PORT_SCALABILITY:    row('SOL_SOCKET', 0x3006, 'BOOL'),
  SO_REUSE_UNICASTPORT:   row('SOL_SOCKET', 0x3007, 'BOOL'),
  SO_REUSE_MULTICASTPORT: row('SOL_SOCKET', 0x3008, 'BOOL'),
  // A DWORD: how many bytes to reserve for the data of Winsock 1.1's SO_CONNDATA and similar options, which
  // are left out.
  SO_CONNDATALEN:         row('SOL_SOCKET', 0x7004, 'DWORD', 'set'),
  SO_CONNOPTLEN:          row('SOL_SOCKET', 0x7005, 'DWORD', 'set'),
  SO_DISCDATALEN:         row('SOL_SOCKET', 0x7006, 'DWORD', 'set'),
  SO_DISCOPTLEN:          row('SOL_SOCKET', 0x7007, 'DWORD', 'set'),
  // Read-only here. On Windows it applies to the whole process: sockets of other owners would become
  // blocking.
  SO_OPENTYPE:            row('SOL_SOCKET', 0x7008, 'DWORD', 'get'),
  SO_MAXDG:               row('SOL_SOCKET', 0x7009, 'DWORD', 'get'),
  SO_MAXPATHDG:           row('SOL_SOCKET', 0x700a, 'DWORD', 'get'),
  SO_CONNECT_TIME:        row('SOL_SOCKET', 0x700c, 'DWORD', 'get'),

  TCP_NODELAY:                    row('IPPROTO_TCP', 1, 'BOOL'),
  TCP_EXPEDITED_1122:             row('IPPROTO_TCP', 2, 'BOOL'),
  TCP_KEEPALIVE:                  row('IPPROTO_TCP', 3, 'DWORD'),
  TCP_KEEPIDLE:                   row('IPPROTO_TCP', 3, 'DWORD'),
  // A DWORD where -1 means no limit; signed here, so that -1 can be written.
  TCP_MAXRT:                      row('IPPROTO_TCP', 5, 'int'),
  TCP_TIMESTAMPS:                 row('IPPROTO_TCP', 10, 'BOOL'),
  TCP_FASTOPEN:                   row('IPPROTO_TCP', 15, 'BOOL'),
  TCP_KEEPCNT:                    row('IPPROTO_TCP', 16, 'DWORD'),
  TCP_KEEPINTVL:                  row('IPPROTO_TCP', 17, 'DWORD'),
  TCP_FAIL_CONNECT_ON_ICMP_ERROR: row('IPPROTO_TCP', 18, 'BOOL'),
  TCP_BSDURGENT:                  row('IPPROTO_TCP', 0x7000, 'BOOL'),

  IP_HDRINCL:                row('IPPROTO_IP', 2, 'BOOL'),
  // Windows keeps the value, but sends it in packets only when its registry enables that (KB 248611).
  IP_TOS:                    row('IPPROTO_IP', 3, 'DWORD'),
  IP_TTL:                    row('IPPROTO_IP', 4, 'DWORD'),
  // In network order: an address, or 0.x.x.x with an interface index. 127.0.0.1 is 0x0100007f.
  IP_MULTICAST_IF:           row('IPPROTO_IP', 9, 'DWORD'),
  IP_MULTICAST_TTL:          row('IPPROTO_IP', 10, 'DWORD'),
  IP_MULTICAST_LOOP:         row('IPPROTO_IP', 11, 'BOOL'),
  IP_ADD_MEMBERSHIP:         row('IPPROTO_IP', 12, 'ip_mreq', 'set'),
  IP_DROP_MEMBERSHIP:        row('IPPROTO_IP', 13, 'ip_mreq', 'set'),
  IP_DONTFRAGMENT:           row('IPPROTO_IP', 14, 'BOOL'),
  IP_ADD_SOURCE_MEMBERSHIP:  row('IPPROTO_IP', 15, 'ip_mreq_source', 'set'),
  IP_DROP_SOURCE_MEMBERSHIP: row('IPPROTO_IP', 16, 'ip_mreq_source', 'set'),
  IP_BLOCK_SOURCE:           row('IPPROTO_IP', 17, 'ip_mreq_source', 'set'),
  IP_UNBLOCK_SOURCE:         row('IPPROTO_IP', 18, 'ip_mreq_source', 'set'),
  IP_PKTINFO:                row('IPPROTO_IP', 19, 'BOOL'),
  IP_RECVTTL:                row('IPPROTO_IP', 21, 'BOOL'),
  IP_RECEIVE_BROADCAST:      row('IPPROTO_IP', 22, 'BOOL'),
  IP_RECVIF:                 row('IPPROTO_IP', 24, 'BOOL'),
  IP_UNICAST_IF:             row('IPPROTO_IP', 31, 'DWORD'),
  IP_RECVTOS:                row('IPPROTO_IP', 40, 'BOOL'),
  IP_ORIGINAL_ARRIVAL_IF:    row('IPPROTO_IP', 47, 'BOOL'),
  IP_RECVECN:                row('IPPROTO_IP', 50, 'BOOL'),
  IP_MTU_DISCOVER:           row('IPPROTO_IP', 71, 'DWORD'),
  IP_MTU:                    row('IPPROTO_IP', 73, 'DWORD', 'get'),
  IP_USER_MTU:               row('IPPROTO_IP', 76, 'DWORD'),

  IPV6_HDRINCL:          row('IPPROTO_IPV6', 2, 'BOOL'),
  IPV6_UNICAST_HOPS:     row('IPPROTO_IPV6', 4, 'DWORD'),
  IPV6_MULTICAST_IF:     row('IPPROTO_IPV6', 9, 'DWORD'),
  IPV6_MULTICAST_HOPS:   row('IPPROTO_IPV6', 10, 'DWORD'),
  IPV6_MULTICAST_LOOP:   row('IPPROTO_IPV6', 11, 'BOOL'),
  IPV6_ADD_MEMBERSHIP:   row('IPPROTO_IPV6', 12, 'ipv6_mreq', 'set'),
  IPV6_JOIN_GROUP:       row('IPPROTO_IPV6', 12, 'ipv6_mreq', 'set'),
  IPV6_DROP_MEMBERSHIP:  row('IPPROTO_IPV6', 13, 'ipv6_mreq', 'set'),
  IPV6_LEAVE_GROUP:      row('IPPROTO_IPV6', 13, 'ipv6_mreq', 'set'),
  IPV6_DONTFRAG:         row('IPPROTO_IPV6', 14, 'BOOL'),
  IPV6_PKTINFO:          row('IPPROTO_IPV6', 19, 'BOOL'),
  IPV6_HOPLIMIT:         row('IPPROTO_IPV6', 21, 'BOOL'),
  IPV6_PROTECTION_LEVEL: row('IPPROTO_IPV6', 23, 'int'),
  IPV6_RECVIF:           row('IPPROTO_IPV6', 24, 'BOOL'),
  IPV6_V6ONLY:           row('IPPROTO_IPV6', 27, 'BOOL'),
  IPV6_UNICAST_IF:       row('IPPROTO_IPV6', 31, 'DWORD'),
  IPV6_RECVTCLASS:       row('IPPROTO_IPV6', 40, 'BOOL'),
  IPV6_RECVECN:          row('IPPROTO_IPV6', 50, 'BOOL'),
  IPV6_MTU_DISCOVER:     row('IPPROTO_IPV6', 71, 'DWORD'),
  IPV6_MTU:              row('IPPROTO_IPV6', 72, 'DWORD', 'get'),
  IPV6_USER_MTU:         row('IPPROTO_IPV6', 76, 'DWORD'),
};

export type OptionName = keyof typeof table;

export const OPTIONS: Readonly<Record<OptionName, OptionRow>> = Object.freeze(table);

/** Whether the pair is in the table. */
export const isOption = (level: string, name: string): name is OptionName =>
  Object.hasOwn(table, name) && OPTIONS[name as OptionName].level === level; // checked by hasOwn

/** struct LINGER: whether closesocket lingers, and for how many whole seconds (0 to 65,535). */
export interface Linger {
  readonly onoff: boolean;
  readonly linger: number;
}

/**
 * struct ip_mreq, ip_mreq_source or ipv6_mreq: a multicast group on one interface, from any source or from
 * one. Without an interface the system chooses one.
 */
export interface Membership {
  /** The group, as a numeric literal. */
  readonly multicastAddress: string;
  /** An address of the interface; IPv4 only. */
  readonly interfaceAddress?: string;
  /** The interface by its index (1 to 16,777,215 for IPv4). */
  readonly interfaceIndex?: number;
  /** Only in ip_mreq_source. */
  readonly sourceAddress?: string;
}

/** The value of an option; the option's type decides which member of the union it is. */
export type OptionValue = boolean | number | Linger | Membership;

export const isLinger = (value: OptionValue): value is Linger =>
  typeof value === 'object' && 'linger' in value;

export const isMembership = (value: OptionValue): value is Membership =>
  typeof value === 'object' && 'multicastAddress' in value;
