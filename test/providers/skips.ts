import type { ProviderName } from '../../src/winsock/protocol-info.js';

/**
 * The table of contract cases that a provider cannot pass because of its operating system. The suite prints
 * each row with its reason, and fails when no case has the name of a row.
 */
export interface Skip {
  readonly provider: ProviderName;
  /** Limits the skip to one platform; absent: on every platform. */
  readonly platform?: 'wine';
  /** The full name of the case. */
  readonly case: string;
  readonly reason: string;
}

/** Cases that pass on Windows and fail on Wine 10, with one reason. */
const wine = (reason: string, ...cases: readonly string[]): readonly Skip[] =>
  cases.map((name) => ({ provider: 'ws2_32', platform: 'wine', case: name, reason }));

/** Cases that fail because of Linux, for posix and for ws2_32 on Wine. */
const linux = (reason: string, ...cases: readonly string[]): readonly Skip[] => [
  ...cases.map((name): Skip => ({ provider: 'posix', case: name, reason })),
  ...wine(`Below Wine: ${reason}`, ...cases),
];

/** The kinds of sockets in names of cases. */
const KINDS = ['stream', 'datagram'] as const;

/** Cases of sharing.ts for both families. */
const sharing = (kind: string, ...sequences: readonly string[]): readonly string[] =>
  ['AF_INET', 'AF_INET6'].flatMap((family) =>
    sequences.map((sequence) => `sharing: ${kind} of ${family}, ${sequence}`),
  );
const sharingOfBoth = (kind: string, ...sequences: readonly string[]): readonly string[] =>
  sequences.map((sequence) => `sharing: ${kind} of both families, ${sequence}`);

/** Binds that Wine refuses with another code. */
const OTHER_CODE = [
  'SO_REUSEADDR specific, then default specific',
  'SO_EXCLUSIVEADDRUSE wildcard, then default wildcard',
  'SO_EXCLUSIVEADDRUSE wildcard, then SO_EXCLUSIVEADDRUSE wildcard',
];
/** Binds that Windows permits, and Linux only if both sockets have SO_REUSEADDR or SO_REUSEPORT. */
const ALLOWED = [
  'default wildcard, then default specific',
  'default wildcard, then SO_REUSEADDR specific',
  'default wildcard, then SO_EXCLUSIVEADDRUSE specific',
  'default specific, then default wildcard',
  'default specific, then SO_REUSEADDR wildcard',
  'SO_REUSEADDR wildcard, then default specific',
  'SO_REUSEADDR wildcard, then SO_EXCLUSIVEADDRUSE specific',
  'SO_REUSEADDR specific, then default wildcard',
  'SO_EXCLUSIVEADDRUSE specific, then default wildcard',
  'SO_EXCLUSIVEADDRUSE specific, then SO_REUSEADDR wildcard',
];
const ALLOWED_DUAL = [
  'default [::], then SO_EXCLUSIVEADDRUSE 0.0.0.0',
  'default [::], then default 0.0.0.0',
  'default 0.0.0.0, then default [::]',
  'SO_EXCLUSIVEADDRUSE 0.0.0.0, then default [::]',
  'default 0.0.0.0, then SO_REUSEADDR [::]',
];

export const SKIPS: readonly Skip[] = [
  {
    provider: 'posix',
    case: 'streams: a full backlog refuses the next connection',
    reason: 'Linux drops the SYN when the backlog is full, and the client retries',
  },
  {
    provider: 'posix',
    case: 'streams: bytes that come after SD_RECEIVE reset the connection',
    reason: 'after SHUT_RD Linux still accepts bytes of the peer (shutdown(2)); only recv is refused',
  },
  {
    provider: 'posix',
    case: 'streams: a send of any size is accepted completely or not at all',
    reason: 'a non-blocking send of Linux accepts only what fits into its buffer (send(2))',
  },
  {
    provider: 'posix',
    case: 'datagrams: available is the total of all queued bytes',
    reason: 'FIONREAD of Linux returns the size of the next datagram (udp(7))',
  },
  {
    provider: 'posix',
    case: 'options: IP_RECEIVE_BROADCAST of a fresh datagram socket: get ok, set ok',
    reason: 'Linux cannot keep broadcasts from a socket that is bound to the wildcard',
  },
  ...KINDS.flatMap((kind): readonly Skip[] => [
    {
      provider: 'posix',
      case: `options: IPV6_PROTECTION_LEVEL of a fresh ${kind} socket: get ok, set ok`,
      reason: 'Linux has no protection levels',
    },
    {
      provider: 'posix',
      case: `options: IP_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      reason: 'Linux has no packet size limit per socket for IPv4',
    },
    {
      provider: 'posix',
      case: `options: IPV6_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      reason: 'IPV6_MTU of Linux cannot be read again, nor be below 1280 (ipv6(7))',
    },
  ]),
  ...linux(
    'Linux keeps one urgent byte: the next one makes it part of the stream',
    'urgent: each urgent byte stays pending until it is received',
  ),
  ...linux(
    'when SO_OOBINLINE is set Linux delivers an urgent byte inline again that was received before',
    'urgent: SO_OOBINLINE does not repeat an urgent byte that was received',
  ),
  ...wine(
    'Wine treats EPIPE of an unconnected socket as a reset: WSAECONNRESET',
    ...['fresh', 'bound', 'listening'].flatMap((state) => [
      `state table: send when ${state}`,
      `state table: sendTo when ${state}`,
    ]),
  ),
  {
    provider: 'posix',
    case: 'ioctls: a datagram socket takes SIO_ENABLE_CIRCULAR_QUEUEING',
    reason: 'a full buffer of Linux always discards the newest datagram (udp(7))',
  },
  ...wine(
    'Wine makes calls wait for a pending connect: WSAEWOULDBLOCK',
    ...['send', 'sendTo', 'recv', 'recvFrom'].map((call) => `state table: ${call} when connecting`),
  ),
  ...wine(
    'Wine checks for a bound and unconnected socket in one step: WSAEINVAL',
    ...['connected', 'send shut', 'receive shut', 'peer closed'].map((s) => `state table: listen when ${s}`),
  ),
  ...wine(
    'Wine 10 reports a failed connect only as POLLERR',
    'failed connect: poll also reports POLLHUP and POLLWRNORM',
  ),
  ...wine(
    'Linux below Wine refuses listen after a failed connect: WSAEINVAL',
    'failed connect: the socket can listen, and SO_ERROR and POLLERR stay',
  ),
  ...wine(
    'Wine 10 answers WSAECONNRESET, even when the end of the peer came before the reset',
    'streams: a reset that comes after the end of the peer is WSAECONNABORTED',
  ),
  ...wine(
    'Linux below Wine drops the SYN when the backlog is full',
    'streams: a full backlog refuses the next connection',
  ),
  ...wine(
    'FIONREAD of Linux below Wine returns the size of the next datagram (udp(7))',
    'datagrams: available is the total of all queued bytes',
  ),
  ...wine(
    'Linux below Wine treats the zero address as the loopback address',
    'datagrams: connect to the zero address removes the peer',
    'datagrams: sending to the zero address is WSAEADDRNOTAVAIL',
  ),
  ...wine(
    'Wine lets an unbound datagram socket wait for a datagram: WSAEWOULDBLOCK',
    'datagrams: receiving without a name is WSAEINVAL',
  ),
  ...wine(
    'Wine lets an unbound datagram socket wait for a message: WSAEWOULDBLOCK',
    'messages: receiving one without a name is WSAEINVAL',
  ),
  ...wine(
    'Wine drops the control data of WSASendMsg',
    ...['AF_INET', 'AF_INET6'].flatMap((family) => [
      `messages: hops and traffic class can be set for one datagram (${family})`,
      `messages: control data that cannot be sent is WSAEINVAL (${family})`,
    ]),
    'messages: the source in control data becomes the sender (AF_INET)',
    'messages: a dual-stack socket sends over IPv4 with IPv4 control data',
  ),
  ...wine(
    'Wine 10 does not have the option that enables it: WSAENOPROTOOPT',
    'messages: a datagram reports ECN alone (AF_INET)',
    'messages: a datagram reports ECN alone (AF_INET6)',
    'messages: a datagram reports its interface of arrival',
    'options: IP_RECVECN of a datagram socket is returned as it was set',
    'options: IP_ORIGINAL_ARRIVAL_IF of a datagram socket is returned as it was set',
    'options: IPV6_RECVECN of a datagram6 socket is returned as it was set',
  ),
  ...wine('Wine never sets MSG_MCAST', 'messages: a datagram to a group reports MSG_MCAST and the group'),
  ...wine(
    'Wine wakes no watch for ICMP errors; with a peer their code is WSAECONNREFUSED',
    ...['with a peer', 'without a peer'].flatMap((kind) => [
      `unreachable ${kind}: the next receive is WSAECONNRESET (AF_INET)`,
      `unreachable ${kind}: the next receive is WSAECONNRESET (AF_INET6)`,
      `unreachable ${kind}: the socket stays usable`,
      `unreachable ${kind}: each unreachable datagram fails one receive`,
      `unreachable ${kind}: it fails a receive, not a send`,
      `unreachable ${kind}: SO_ERROR does not report it`,
      `unreachable ${kind}: poll reports the socket as readable`,
      `unreachable ${kind}: a duplicate reports it too`,
      `unreachable ${kind}: SIO_UDP_CONNRESET turns the report off and on`,
    ]),
    'unreachable: other datagrams arrive, with the report on or off',
    'unreachable: a dual-stack socket reports IPv4 too',
    'unreachable: a new peer discards earlier reports',
  ),
  ...wine(
    'Wine does not check the port of a destination',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET)',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET6)',
  ),
  ...wine(
    'Linux below Wine has SO_LINGER for datagrams too, and Wine refuses only reading it',
    'options: a datagram socket has no SO_LINGER to set',
    'options: a datagram socket has no SO_DONTLINGER to set',
  ),
  ...wine(
    'Wine returns the code of Linux for options of another protocol: WSAEOPNOTSUPP, or WSAEINVAL',
    'options: a datagram socket has no TCP_NODELAY to get',
    'options: a datagram socket has no TCP_NODELAY to set',
    'options: a datagram socket has no TCP_KEEPIDLE to get',
    'options: a datagram socket has no TCP_KEEPIDLE to set',
    ...KINDS.flatMap((kind) => [
      `options: IPPROTO_IPV6 is WSAEINVAL for a ${kind} socket of AF_INET`,
      `options: IPV6_V6ONLY of a ${kind} socket of AF_INET is on at first, and can be set before bind`,
      `options: IPV6_V6ONLY of a ${kind} socket of AF_INET can be read but not set after bind`,
    ]),
  ),
  ...wine(
    'Linux below Wine has the options of IPv4 for sockets of AF_INET6 too, with any IPV6_V6ONLY',
    ...KINDS.map((kind) => `options: IPPROTO_IP is WSAEINVAL for a ${kind} socket of AF_INET6`),
  ),
  ...wine(
    'Linux below Wine lets a stream join source-specific groups',
    'options: IP_ADD_SOURCE_MEMBERSHIP of a fresh stream socket: get WSAENOPROTOOPT, set WSAEINVAL',
  ),
  ...wine(
    'Wine sets no option of Linux that would let a socket bind to the port of a listener, as on Windows',
    'addresses: SO_REUSEADDR binds to a stream port in use',
    ...sharing(
      'a listener',
      ...ALLOWED,
      'SO_REUSEADDR wildcard, then SO_REUSEADDR wildcard',
      'SO_REUSEADDR wildcard, then SO_REUSEADDR specific',
      'SO_REUSEADDR specific, then SO_REUSEADDR wildcard',
      'SO_REUSEADDR specific, then SO_REUSEADDR specific',
    ),
    ...sharingOfBoth('a listener', ...ALLOWED_DUAL),
    ...['AF_INET', 'AF_INET6'].flatMap((family) => [
      `sharing: the more specific of two listeners gets the connection, wildcard first (${family})`,
      `sharing: the more specific of two listeners gets the connection, wildcard second (${family})`,
      `sharing: the first of two listeners with SO_REUSEADDR gets the connection (${family})`,
    ]),
  ),
  ...wine(
    'Linux below Wine permits a bind to a multicast group, except for IPv6 streams: WSAEINVAL',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (AF_INET)',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (AF_INET6)',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (IPv4-mapped)',
  ),
  ...wine(
    'Linux below Wine checks the scope only of link-local addresses',
    'addresses: ::1 with the scope of a missing interface is WSAEADDRNOTAVAIL',
  ),
  ...wine(
    'Wine leaves the sharing of datagram ports to Linux, which has no exclusive sockets',
    ...sharing(
      'a datagram socket',
      ...ALLOWED,
      'SO_REUSEADDR specific, then default specific',
      'SO_EXCLUSIVEADDRUSE wildcard, then default specific',
      'SO_EXCLUSIVEADDRUSE wildcard, then SO_EXCLUSIVEADDRUSE specific',
    ),
    ...sharingOfBoth(
      'a datagram socket',
      ...ALLOWED_DUAL,
      'SO_EXCLUSIVEADDRUSE [::], then default 127.0.0.1',
      'SO_EXCLUSIVEADDRUSE [::], then default 0.0.0.0',
    ),
  ),
  ...wine(
    'Wine swaps WSAEADDRINUSE and WSAEACCES there',
    ...sharing('a stream', ...OTHER_CODE),
    ...sharing('a listener', ...OTHER_CODE),
  ),
  ...wine(
    'Linux below Wine permits a bind to the port of a connection, as Wine sets SO_REUSEADDR on both',
    'sharing: a connection without bind has its port at every address (AF_INET)',
    'sharing: a connection without bind has its port at every address (AF_INET6)',
  ),
  ...wine(
    'Wine keeps and reports bytes that are pending at SD_RECEIVE',
    'poll: after its own SD_RECEIVE unread bytes are not POLLRDNORM',
  ),
  ...wine(
    'Linux below Wine accepts bytes after SHUT_RD without a reset',
    'streams: bytes that come after SD_RECEIVE reset the connection',
  ),
  ...wine(
    "Wine reports the peer's end only when all bytes before it have been read",
    'watch: the end of the peer is readable, and a hangup that receives nothing',
    'watch: bytes without the end are no hangup',
  ),
  ...wine(
    'Wine 10 records FD_CLOSE only when all bytes before the end have been received',
    'native events: the end of the peer records FD_CLOSE, even with unread bytes before it',
  ),
  ...wine(
    'Wine 10 records FD_READ and FD_ACCEPT again only after a receive or an accept',
    'native events: more data and further connections are recorded again',
  ),
  ...wine(
    'Wine reads the names of services from Linux, which may have no list of them',
    'resolver: a service has its port',
    'resolver: getNameInfo returns the name of a port',
  ),
  ...wine(
    'Linux below Wine rejects any service for SOCK_RAW, even a port number',
    'resolver: a port number is accepted for every type',
  ),
  ...wine('Wine does not know this other name of the machine', 'resolver: "..localmachine" is this machine'),
  ...wine(
    'Wine returns EAI_ADDRFAMILY of Linux unchanged: -9',
    'resolver: a literal of another family is WSAHOST_NOT_FOUND',
  ),
  ...wine(
    'Wine does not know SO_CONDITIONAL_ACCEPT: WSAENOPROTOOPT, and no caller waits for a decision',
    'options: SO_CONDITIONAL_ACCEPT is off by default, and can be set before listen',
    'offers: only a listener has them',
    ...['AF_INET', 'AF_INET6'].flatMap((family) => [
      `offers over ${family}: the caller waits until it is accepted`,
      `offers over ${family}: a rejection refuses the connect of the caller`,
      `offers over ${family}: an offer other than the requested one stays queued`,
      `offers over ${family}: a duplicate of the listener has the same offers, and can decide`,
    ]),
  ),
  ...wine(
    'Wine accepts SO_DEBUG and SO_DONTROUTE without keeping them',
    'options: SO_DEBUG of a stream socket is returned as it was set',
    'options: SO_DONTROUTE of a stream socket is returned as it was set',
    'options: SO_DONTROUTE of a datagram socket is returned as it was set',
  ),
  ...wine(
    'Wine 10 does not know the option: WSAENOPROTOOPT',
    'options: TCP_MAXRT of a stream socket is returned as it was set',
    'options: IP_MTU_DISCOVER of a datagram socket is returned as it was set',
    'options: IPV6_MTU_DISCOVER of a datagram6 socket is returned as it was set',
    'options: IP_RECEIVE_BROADCAST of a fresh stream socket: get WSAEINVAL, set WSAEINVAL',
    'options: IP_RECEIVE_BROADCAST of a fresh datagram socket: get ok, set ok',
    ...KINDS.flatMap((kind) => [
      `options: IP_MTU_DISCOVER of a fresh ${kind} socket: get ok, set WSAEINVAL`,
      `options: IPV6_MTU_DISCOVER of a fresh ${kind} socket: get ok, set WSAEINVAL`,
      `options: IP_MTU of a fresh ${kind} socket: get WSAENOTCONN`,
      `options: IPV6_MTU of a fresh ${kind} socket: get WSAENOTCONN`,
      `options: IP_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      `options: IPV6_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      `options: IPV6_HDRINCL of a fresh ${kind} socket: get WSAEINVAL, set WSAEINVAL`,
    ]),
  ),
  ...wine(
    'Wine passes the index to Linux unchanged, which needs it in network order',
    'options: IPV6_UNICAST_IF of a datagram6 socket is returned as it was set',
  ),
  ...wine(
    'Linux below Wine has SO_BROADCAST for every socket',
    'options: a stream socket has no SO_BROADCAST to get',
    'options: a stream socket has no SO_BROADCAST to set',
  ),
  ...wine(
    'Wine answers WSAEINVAL where Windows documents WSAENOPROTOOPT',
    'ioctls: a datagram socket has no SIO_KEEPALIVE_VALS',
  ),
  ...wine(
    'Wine 10 accepts SO_ERROR without keeping it',
    'options: SO_ERROR is returned as it was set, and affects nothing else',
  ),
  ...wine(
    'Wine records FD_WRITE for a datagram socket at once, and FD_CONNECT never',
    'native events: a datagram socket has none until it is bound',
  ),
  ...wine(
    'Wine 10 does not know the ioctl: WSAEOPNOTSUPP',
    'ioctls: SIO_MULTIPOINT_LOOPBACK and SIO_MULTICAST_SCOPE are options of IP',
  ),
  ...wine('Wine succeeds for every socket', 'ioctls: a stream has no SIO_UDP_CONNRESET'),
  ...wine('Linux below Wine ignores MSG_OOB on datagrams', 'urgent: datagrams have no urgent data'),
  ...wine(
    'Wine negates the answer of Linux, which says whether the next byte is the urgent one',
    'urgent: SIOCATMARK is false until the urgent byte is received',
    'urgent: SIOCATMARK is false while bytes of the stream precede the urgent byte',
  ),
  ...wine(
    'with SO_OOBINLINE SIOCATMARK of Wine is always true',
    'urgent: for a byte from before SO_OOBINLINE SIOCATMARK is false until it is received',
  ),
  ...wine(
    'Wine 10 has no AF_UNIX: WSAEAFNOSUPPORT',
    'unix: one entry, of streams without urgent data, with protocol zero',
    'unix: bytes go both ways; the listener has its path as name, the client none',
    'unix: a client that is bound shows its path',
    'unix: a path of 107 bytes, and of letters beyond ASCII',
    'unix: an existing file is WSAEADDRINUSE, even after the socket was closed',
    'unix: bind fails in a missing folder',
    'unix: without a listener connect is WSAECONNREFUSED, and can be repeated',
    'unix: a full backlog refuses the next connection',
    'unix: an address of another family is WSAEFAULT',
    'unix: calls in a wrong state fail with their codes',
    'unix: ending one direction keeps the other',
    'unix: megabytes arrive completely, even after the close',
    'unix: a full socket is WSAEWOULDBLOCK until the peer reads',
    'unix: a close with unread bytes resets the peer',
    'unix: closing a listener resets connections that are not accepted',
    'unix: options of TCP and IP are WSAENOPROTOOPT, those of every stream work',
    'unix: there is no urgent data',
    'unix: SIO_AF_UNIX_GETPEERPID returns the process at the other end',
    'unix: poll, FIONREAD and a peek report pending bytes',
    'unix: the end does not wake a watch for urgent data',
    'unix: a duplicate names the same connection',
  ),
];
