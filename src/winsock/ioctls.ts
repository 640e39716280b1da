/**
 * The requests of ioctlsocket and WSAIoctl that a client may name, with the Windows numbers: all that
 * Microsoft documents, and those of afunix.h.
 *
 * Sources: https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls (winsock2.h, mswsock.h,
 * mstcpip.h), https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket,
 * https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows/ (afunix.h)
 */
export const IOCTLS = {
  FIONBIO: 0x8004667e,
  FIONREAD: 0x4004667f,
  SIOCATMARK: 0x40047307,
  SIO_ACQUIRE_PORT_RESERVATION: 0x98000064,
  SIO_ADDRESS_LIST_CHANGE: 0x28000017,
  SIO_ADDRESS_LIST_QUERY: 0x48000016,
  SIO_AF_UNIX_GETPEERPID: 0x58000100,
  SIO_APPLY_TRANSPORT_SETTING: 0x98000013,
  SIO_ASSOCIATE_HANDLE: 0x88000001,
  SIO_ASSOCIATE_PORT_RESERVATION: 0x98000066,
  SIO_BASE_HANDLE: 0x48000022,
  SIO_BSP_HANDLE: 0x4800001b,
  SIO_BSP_HANDLE_POLL: 0x4800001d,
  SIO_BSP_HANDLE_SELECT: 0x4800001c,
  SIO_CHK_QOS: 0xdc000001,
  SIO_CPU_AFFINITY: 0x98000015,
  SIO_ENABLE_CIRCULAR_QUEUEING: 0x28000002,
  SIO_FIND_ROUTE: 0x48000003,
  SIO_FLUSH: 0x28000004,
  SIO_GET_BROADCAST_ADDRESS: 0x48000005,
  SIO_GET_EXTENSION_FUNCTION_POINTER: 0xc8000006,
  SIO_GET_GROUP_QOS: 0xc8000008,
  SIO_GET_INTERFACE_LIST: 0x4004747f,
  SIO_GET_INTERFACE_LIST_EX: 0x4004747e,
  SIO_GET_QOS: 0xc8000007,
  SIO_GET_TX_TIMESTAMP: 0x980000ea,
  SIO_IDEAL_SEND_BACKLOG_CHANGE: 0x2000747a,
  SIO_IDEAL_SEND_BACKLOG_QUERY: 0x4004747b,
  SIO_KEEPALIVE_VALS: 0x98000004,
  SIO_LOOPBACK_FAST_PATH: 0x98000010,
  SIO_MULTICAST_SCOPE: 0x8800000a,
  SIO_MULTIPOINT_LOOPBACK: 0x88000009,
  SIO_QUERY_RSS_PROCESSOR_INFO: 0x48000025,
  SIO_QUERY_RSS_SCALABILITY_INFO: 0x580000d2,
  SIO_QUERY_TRANSPORT_SETTING: 0x98000014,
  SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE: 0x580000cd,
  SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT: 0x980000dd,
  SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS: 0x980000dc,
  SIO_RCVALL: 0x98000001,
  SIO_RCVALL_IGMPMCAST: 0x98000003,
  SIO_RCVALL_MCAST: 0x98000002,
  SIO_RELEASE_PORT_RESERVATION: 0x98000065,
  SIO_ROUTING_INTERFACE_CHANGE: 0x88000015,
  SIO_ROUTING_INTERFACE_QUERY: 0xc8000014,
  SIO_SET_COMPATIBILITY_MODE: 0x9800012c,
  SIO_SET_GROUP_QOS: 0x8800000c,
  SIO_SET_QOS: 0x8800000b,
  SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS: 0x980000de,
  SIO_TCP_INFO: 0xd8000027,
  SIO_TCP_INITIAL_RTO: 0x98000011,
  SIO_TIMESTAMPING: 0x980000eb,
  SIO_TRANSLATE_HANDLE: 0xc800000d,
  SIO_UDP_CONNRESET: 0x9800000c,
} as const;
export type IoctlName = keyof typeof IOCTLS;

/** The initial SIO_IDEAL_SEND_BACKLOG_QUERY of a connection, before it is measured, in bytes. */
export const FIRST_SEND_BACKLOG = 0x10000;

/** The memory layout of an ioctl: the size in bytes of each member of its argument, and of its answer. */
export interface Layout {
  readonly takes: readonly (1 | 2 | 4)[];
  /** The size of the number that it answers. */
  readonly gives?: 1 | 4;
}

/** The plain ioctls: their argument and answer are numbers, which are passed to a provider unchanged. */
export const PLAIN_IOCTLS = {
  SIO_CPU_AFFINITY: { takes: [2] },
  SIO_ENABLE_CIRCULAR_QUEUEING: { takes: [] },
  SIO_FLUSH: { takes: [] },
  SIO_IDEAL_SEND_BACKLOG_QUERY: { takes: [], gives: 4 },
  SIO_LOOPBACK_FAST_PATH: { takes: [4] },
  SIO_MULTICAST_SCOPE: { takes: [4] },
  SIO_MULTIPOINT_LOOPBACK: { takes: [4] },
  SIO_QUERY_RSS_SCALABILITY_INFO: { takes: [], gives: 1 },
  SIO_RCVALL: { takes: [4] },
  SIO_RCVALL_IGMPMCAST: { takes: [4] },
  SIO_RCVALL_MCAST: { takes: [4] },
  /** WSA_COMPATIBILITY_MODE: an enumeration and a ULONG. */
  SIO_SET_COMPATIBILITY_MODE: { takes: [4, 4] },
  /** TCP_INITIAL_RTO_PARAMETERS: a USHORT and a UCHAR. */
  SIO_TCP_INITIAL_RTO: { takes: [2, 1] },
  SIO_UDP_CONNRESET: { takes: [4] },
} as const satisfies { readonly [Name in IoctlName]?: Layout };
export type PlainIoctl = keyof typeof PLAIN_IOCTLS;
