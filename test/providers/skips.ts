import type { ProviderName } from '../../src/winsock/protocol-info.js';

/**
 * Where a provider cannot answer as the contract says, because its operating system does not: the one
 * table of them. A row is printed with its reason whenever the suite runs, and fails the suite when the
 * case it names is gone.
 */
export interface Skip {
  readonly provider: ProviderName;
  /** Only on that platform; absent: on every one. */
  readonly platform?: 'wine';
  /** The full name of the case. */
  readonly case: string;
  readonly reason: string;
}

/** Cases that Windows keeps and Wine 10 does not, for one reason. */
const wine = (reason: string, ...cases: readonly string[]): readonly Skip[] =>
  cases.map((name) => ({ provider: 'ws2_32', platform: 'wine', case: name, reason }));

/** Cases that a limit of Linux rules out, for the provider that is on it and for the one that is on Wine. */
const linux = (reason: string, ...cases: readonly string[]): readonly Skip[] => [
  ...cases.map((name): Skip => ({ provider: 'posix', case: name, reason })),
  ...wine(`Below Wine: ${reason}`, ...cases),
];

/** Of sockets, as the cases name them. */
const KINDS = ['stream', 'datagram'] as const;

/** Cases of sharing.ts, of both families. */
const sharing = (kind: string, ...sequences: readonly string[]): readonly string[] =>
  ['AF_INET', 'AF_INET6'].flatMap((family) =>
    sequences.map((sequence) => `sharing: ${kind} of ${family}, ${sequence}`),
  );
const sharingOfBoth = (kind: string, ...sequences: readonly string[]): readonly string[] =>
  sequences.map((sequence) => `sharing: ${kind} of both families, ${sequence}`);

/** Where Wine tells a refused bind with another code. */
const OTHER_CODE = [
  'SO_REUSEADDR specific, then default specific',
  'SO_EXCLUSIVEADDRUSE wildcard, then default wildcard',
  'SO_EXCLUSIVEADDRUSE wildcard, then SO_EXCLUSIVEADDRUSE wildcard',
];
/** What Windows lets be bound, and Linux does not unless both sockets have SO_REUSEADDR or SO_REUSEPORT. */
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
    reason: 'Linux drops the SYN of a connection that the backlog has no room for; the client goes on trying',
  },
  {
    provider: 'posix',
    case: 'streams: bytes that come after SD_RECEIVE reset the connection',
    reason: 'Linux goes on taking what the peer sends (shutdown(2) with SHUT_RD); only recv is refused',
  },
  {
    provider: 'posix',
    case: 'streams: a send is taken whole, of any size, or not at all',
    reason: 'Linux takes of a send what its buffer has room for (send(2)): a non-blocking one may be cut',
  },
  {
    provider: 'posix',
    case: 'datagrams: available tells the total of what is queued',
    reason: 'FIONREAD of Linux tells the size of the next datagram (udp(7))',
  },
  {
    provider: 'posix',
    case: 'options: IP_RECEIVE_BROADCAST of a fresh datagram socket: get ok, set ok',
    reason: 'Linux keeps no broadcast from a socket that is bound to every address',
  },
  ...KINDS.flatMap((kind): readonly Skip[] => [
    {
      provider: 'posix',
      case: `options: IPV6_PROTECTION_LEVEL of a fresh ${kind} socket: get ok, set ok`,
      reason: 'Linux has no such restriction of scopes, and nothing may claim that there is one',
    },
    {
      provider: 'posix',
      case: `options: IP_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      reason: "Linux has no bound of a socket's own for the packets of IPv4",
    },
    {
      provider: 'posix',
      case: `options: IPV6_USER_MTU of a fresh ${kind} socket: get ok, set ok`,
      reason: 'Linux has a bound from 1280 on that cannot be read again (ipv6(7), IPV6_MTU)',
    },
  ]),
  ...linux(
    'Linux knows of one urgent byte: the next one makes it a byte of the stream',
    'urgent: each byte waits until it was received',
  ),
  ...linux(
    'Linux gives an urgent byte again, in line, that was received before SO_OOBINLINE was set',
    'urgent: a byte that was received does not come again with SO_OOBINLINE',
  ),
  ...wine(
    'Wine takes the EPIPE that Linux answers without a connection for a reset one: WSAECONNRESET',
    ...['fresh', 'bound', 'listening'].flatMap((state) => [
      `state table: send when ${state}`,
      `state table: sendTo when ${state}`,
    ]),
  ),
  {
    provider: 'posix',
    case: 'ioctls: a datagram socket takes SIO_ENABLE_CIRCULAR_QUEUEING',
    reason: 'where there is no room Linux always loses the newest datagram (udp(7))',
  },
  ...wine(
    'Wine lets calls wait for the connect that is under way: WSAEWOULDBLOCK',
    ...['send', 'sendTo', 'recv', 'recvFrom'].map((call) => `state table: ${call} when connecting`),
  ),
  ...wine(
    'Wine looks for a bound and unconnected socket in one step: WSAEINVAL',
    ...['connected', 'send shut', 'receive shut', 'peer closed'].map((s) => `state table: listen when ${s}`),
  ),
  ...wine(
    'Wine 10 tells a failed connect as POLLERR alone',
    'failed connect: it is POLLHUP and POLLWRNORM, too',
  ),
  ...wine(
    'Linux below Wine lets no socket listen whose connect has failed: WSAEINVAL',
    'failed connect: the socket may listen, and what it has left stays',
  ),
  ...wine(
    'Wine 10 answers WSAECONNRESET, whether the end of the peer came before the reset or not',
    'streams: a reset that comes after the end of the peer is WSAECONNABORTED',
  ),
  ...wine(
    'Linux below Wine drops the SYN of a connection that the backlog has no room for',
    'streams: a full backlog refuses the next connection',
  ),
  ...wine(
    'Linux below Wine tells the size of the next datagram (udp(7), FIONREAD)',
    'datagrams: available tells the total of what is queued',
  ),
  ...wine(
    'Linux below Wine takes the zero address for the loopback address',
    'datagrams: connect to the zero address removes the peer',
    'datagrams: to the zero address is WSAEADDRNOTAVAIL',
  ),
  ...wine(
    'Wine lets a datagram socket without a name wait to receive: WSAEWOULDBLOCK',
    'datagrams: receiving without a name is WSAEINVAL',
  ),
  ...wine(
    'Wine lets a datagram socket without a name wait for a message: WSAEWOULDBLOCK',
    'messages: receiving one without a name is WSAEINVAL',
  ),
  ...wine(
    'Wine drops the control data of WSASendMsg',
    ...['AF_INET', 'AF_INET6'].flatMap((family) => [
      `messages: hops and traffic class are sent for one datagram (${family})`,
      `messages: what cannot be sent is WSAEINVAL (${family})`,
    ]),
    'messages: the source that is sent is the sender (AF_INET)',
    'messages: what a socket for both families sends over IPv4 is of IPv4',
  ),
  ...wine(
    'Wine 10 does not know the option that has it delivered: WSAENOPROTOOPT',
    'messages: ECN alone comes with a datagram (AF_INET)',
    'messages: ECN alone comes with a datagram (AF_INET6)',
    'messages: the interface of arrival comes with a datagram',
    'options: IP_RECVECN of a datagram socket is answered as it was set',
    'options: IP_ORIGINAL_ARRIVAL_IF of a datagram socket is answered as it was set',
    'options: IPV6_RECVECN of a datagram6 socket is answered as it was set',
  ),
  ...wine(
    'Wine says of no message that it was for many (MSG_MCAST)',
    'messages: one to a group says so, and to which',
  ),
  ...wine(
    'Wine wakes nobody for what ICMP says about an earlier datagram, and has WSAECONNREFUSED for it where there is a peer',
    ...['with a peer', 'without a peer'].flatMap((kind) => [
      `unreachable ${kind}: the next receive is WSAECONNRESET (AF_INET)`,
      `unreachable ${kind}: the next receive is WSAECONNRESET (AF_INET6)`,
      `unreachable ${kind}: the socket stays usable`,
      `unreachable ${kind}: one receive for each datagram`,
      `unreachable ${kind}: it is for a receive, not for a send`,
      `unreachable ${kind}: SO_ERROR does not have it`,
      `unreachable ${kind}: poll finds it readable`,
      `unreachable ${kind}: a duplicate is told too`,
      `unreachable ${kind}: SIO_UDP_CONNRESET turns it off and on`,
    ]),
    'unreachable: datagrams arrive meanwhile, told or not',
    'unreachable: an IPv6 socket without IPV6_V6ONLY hears of IPv4 too',
    'unreachable: another peer forgets what was said of datagrams before',
  ),
  ...wine(
    'Wine does not look at the port of a destination',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET)',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET6)',
  ),
  ...wine(
    'Linux below Wine has SO_LINGER for datagrams too, and Wine looks only who reads it',
    'options: a datagram socket has no SO_LINGER to set',
    'options: a datagram socket has no SO_DONTLINGER to set',
  ),
  ...wine(
    'Wine passes on what Linux says to options of another protocol: WSAEOPNOTSUPP, or WSAEINVAL',
    'options: a datagram socket has no TCP_NODELAY to get',
    'options: a datagram socket has no TCP_NODELAY to set',
    'options: a datagram socket has no TCP_KEEPIDLE to get',
    'options: a datagram socket has no TCP_KEEPIDLE to set',
    ...KINDS.flatMap((kind) => [
      `options: those of IPPROTO_IPV6 are WSAEINVAL for a ${kind} socket of AF_INET`,
      `options: IPV6_V6ONLY of a ${kind} socket of AF_INET is on at first, and can be set before bind`,
      `options: IPV6_V6ONLY of a ${kind} socket of AF_INET can be read after bind, and not be set`,
    ]),
  ),
  ...wine(
    'Linux below Wine has the options of IPv4 for sockets of AF_INET6 too, whatever IPV6_V6ONLY says',
    ...KINDS.map((kind) => `options: those of IPPROTO_IP are WSAEINVAL for a ${kind} socket of AF_INET6`),
  ),
  ...wine(
    'Linux below Wine lets a stream into groups of one source',
    'options: IP_ADD_SOURCE_MEMBERSHIP of a fresh stream socket: get WSAENOPROTOOPT, set WSAEINVAL',
  ),
  ...wine(
    'Wine gives Linux no option that would let a socket bind the port of a listener, whatever Windows allows',
    'addresses: SO_REUSEADDR takes a stream port that is in use',
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
      `sharing: the more specific of two listeners gets the call, wildcard first (${family})`,
      `sharing: the more specific of two listeners gets the call, wildcard second (${family})`,
      `sharing: the first of two listeners with SO_REUSEADDR gets the call (${family})`,
    ]),
  ),
  ...wine(
    'Linux below Wine lets sockets be bound to a multicast group, but IPv6 streams, which are WSAEINVAL',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (AF_INET)',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (AF_INET6)',
    'addresses: bind to a multicast group is WSAEADDRNOTAVAIL (IPv4-mapped)',
  ),
  ...wine(
    'Linux below Wine looks at the scope of link-local addresses alone',
    'addresses: ::1 with the scope of no interface is WSAEADDRNOTAVAIL',
  ),
  ...wine(
    'Wine leaves the sharing of datagram ports to Linux, which does not know an exclusive socket',
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
    'Wine has the other one of WSAEADDRINUSE and WSAEACCES there',
    ...sharing('a stream', ...OTHER_CODE),
    ...sharing('a listener', ...OTHER_CODE),
  ),
  ...wine(
    'Linux below Wine lets a port be bound that a connection has, as Wine sets SO_REUSEADDR on both',
    'sharing: a connection without bind has its port at every address (AF_INET)',
    'sharing: a connection without bind has its port at every address (AF_INET6)',
  ),
  ...wine(
    'Wine leaves bytes that wait at SD_RECEIVE where they are, and tells of them',
    'poll: after own SD_RECEIVE bytes that nobody has received are no POLLRDNORM',
  ),
  ...wine(
    'Linux below Wine takes bytes that come after SHUT_RD, and nobody is told',
    'streams: bytes that come after SD_RECEIVE reset the connection',
  ),
  ...wine(
    "Wine sees the peer's end only when all bytes before it have been read",
    'watch: the end of the peer is readable, and a hangup that takes nothing',
    'watch: bytes alone are no hangup',
  ),
  ...wine(
    'Wine 10 records FD_CLOSE only when all bytes before the end have been received',
    'native events: FD_CLOSE comes with the end of the peer, bytes before it may be unread',
  ),
  ...wine(
    'Wine 10 records FD_READ and FD_ACCEPT again only after a receive or an accept',
    'native events: more data and further connections are recorded again',
  ),
  ...wine(
    'Wine asks the Linux below for the names of services, which may have no list of them',
    'resolver: a service has its port',
    'resolver: the name of a port',
  ),
  ...wine(
    'Linux below Wine knows no service for SOCK_RAW, not even a number',
    'resolver: a port has no type',
  ),
  ...wine('Wine does not know this other name of the machine', 'resolver: "..localmachine" is this machine'),
  ...wine(
    'Wine passes on EAI_ADDRFAMILY of Linux as it is: -9',
    'resolver: a literal of another family is WSAHOST_NOT_FOUND',
  ),
  ...wine(
    'Wine does not know SO_CONDITIONAL_ACCEPT: WSAENOPROTOOPT, and no caller waits for a decision',
    'options: SO_CONDITIONAL_ACCEPT is off from the start, and set before listen',
    'offers: only a listener has them',
    ...['AF_INET', 'AF_INET6'].flatMap((family) => [
      `offers over ${family}: the caller waits until it is accepted`,
      `offers over ${family}: a rejection refuses the caller`,
      `offers over ${family}: another one than is meant is left where it is`,
      `offers over ${family}: a duplicate of the listener has the same, and may decide`,
    ]),
  ),
  ...wine(
    'Wine takes SO_DEBUG and SO_DONTROUTE and forgets them',
    'options: SO_DEBUG of a stream socket is answered as it was set',
    'options: SO_DONTROUTE of a stream socket is answered as it was set',
    'options: SO_DONTROUTE of a datagram socket is answered as it was set',
  ),
  ...wine(
    'Wine 10 does not know the option: WSAENOPROTOOPT',
    'options: TCP_MAXRT of a stream socket is answered as it was set',
    'options: IP_MTU_DISCOVER of a datagram socket is answered as it was set',
    'options: IPV6_MTU_DISCOVER of a datagram6 socket is answered as it was set',
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
    'Wine gives the index to Linux as it is, which wants it in network order',
    'options: IPV6_UNICAST_IF of a datagram6 socket is answered as it was set',
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
    'Wine 10 takes SO_ERROR and forgets it',
    'options: SO_ERROR is answered as it was set, and nothing else looks at it',
  ),
  ...wine(
    'Wine records FD_WRITE for a datagram socket at once, and FD_CONNECT never',
    'native events: a datagram socket has none until it is bound',
  ),
  ...wine(
    'Wine 10 does not know the ioctl: WSAEOPNOTSUPP',
    'ioctls: SIO_MULTIPOINT_LOOPBACK and SIO_MULTICAST_SCOPE are options of IP',
  ),
  ...wine('Wine answers that it is done, for every socket', 'ioctls: a stream has no SIO_UDP_CONNRESET'),
  ...wine('Linux below Wine does not look at MSG_OOB on datagrams', 'urgent: datagrams have none'),
  ...wine(
    'Wine turns round what Linux says: whether the next byte is the urgent one, not whether one waits',
    'urgent: the mark is in the way until the byte was received',
    'urgent: the mark is in the way while bytes of the stream stand before it',
  ),
  ...wine(
    'With SO_OOBINLINE Wine says that no mark is in the way, whenever the byte came',
    'urgent: a byte that came before SO_OOBINLINE is in the way until it was received',
  ),
  ...wine(
    'Wine 10 has no AF_UNIX: WSAEAFNOSUPPORT',
    'unix: one entry, of streams without urgent data, with protocol zero',
    'unix: bytes go both ways, and the names are the path and no path',
    'unix: a client that is bound shows its path',
    'unix: a path of 107 bytes, and of letters beyond ASCII',
    'unix: a path with a file is WSAEADDRINUSE, also after the socket was closed',
    'unix: a folder that is not there is no place to bind',
    'unix: where nobody listens is WSAECONNREFUSED, and the socket may try again',
    'unix: a full backlog refuses the next connection',
    'unix: an address of another family is WSAEFAULT',
    'unix: calls that the state does not allow',
    'unix: the end of one direction leaves the other',
    'unix: megabytes arrive whole, and are there after the close',
    'unix: a full socket is WSAEWOULDBLOCK until the peer reads',
    'unix: a close with unread bytes resets the peer',
    'unix: a listener that is closed resets whom it has not accepted',
    'unix: options of TCP and IP are WSAENOPROTOOPT, those of any stream are not',
    'unix: no urgent data',
    'unix: SIO_AF_UNIX_GETPEERPID is the process at the other end',
    'unix: poll, FIONREAD and a peek see what waits',
    'unix: a watch for urgent data is not woken by the end',
    'unix: a duplicate names the same connection',
  ),
];
