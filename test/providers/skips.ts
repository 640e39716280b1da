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
    case: 'datagrams: available tells the total of what is queued',
    reason: 'FIONREAD of Linux tells the size of the next datagram (udp(7))',
  },
  ...wine(
    'Wine takes the EPIPE that Linux answers without a connection for a reset one: WSAECONNRESET',
    ...['fresh', 'bound', 'listening'].flatMap((state) => [
      `state table: send when ${state}`,
      `state table: sendTo when ${state}`,
    ]),
  ),
  ...wine(
    'Wine lets calls wait for the connect that is under way: WSAEWOULDBLOCK',
    ...['send', 'sendTo', 'recv', 'recvFrom'].map((call) => `state table: ${call} when connecting`),
  ),
  ...wine(
    'Wine looks for a bound and unconnected socket in one step: WSAEINVAL',
    ...['connected', 'send shut', 'receive shut', 'peer closed'].map((s) => `state table: listen when ${s}`),
  ),
  ...wine(
    'Wine keeps SO_ERROR of a failed connect when it is read',
    'streams: a refused connect says so once, and in SO_ERROR until it is read',
  ),
  ...wine(
    'Wine tells a failed connect as POLLERR alone, also after SO_ERROR was read',
    'poll: a failed connect is POLLHUP and POLLWRNORM too, until SO_ERROR was read',
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
  ),
  ...wine(
    'Wine lets a datagram socket without a name wait to receive: WSAEWOULDBLOCK',
    'datagrams: receiving without a name is WSAEINVAL',
  ),
  ...wine(
    'Wine does not pass on what ICMP says about an earlier datagram',
    'datagrams: an unreachable port is WSAECONNRESET, and the socket stays usable',
    'datagrams: what an unreachable port says is for a receive, not for a send',
  ),
  ...wine(
    'Wine does not look at the port of a destination',
    'datagrams: to port 0 is WSAEADDRNOTAVAIL',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET)',
    'addresses: connect to port 0 is WSAEADDRNOTAVAIL (AF_INET6)',
  ),
  ...wine(
    'Wine answers 65,535 seconds for a linger that is off',
    'options: SO_LINGER of a stream socket is answered as it was set',
  ),
  ...wine(
    'Wine has SO_LINGER for datagrams too, and WSAEOPNOTSUPP for what Linux does not know',
    'options: a datagram socket has no TCP_NODELAY',
    'options: a datagram socket has no SO_LINGER',
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
    'Linux below Wine takes bytes that come after SHUT_RD, and nobody is told',
    'streams: bytes that come after SD_RECEIVE reset the connection',
  ),
  ...wine(
    "Wine sees the peer's end only when all bytes before it have been read",
    'watch: the end of the peer is readable, and a hangup that takes nothing',
    'watch: bytes alone are no hangup',
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
  ),
  ...wine(
    'Wine gives the index to Linux as it is, which wants it in network order',
    'options: IPV6_UNICAST_IF of a datagram6 socket is answered as it was set',
  ),
  ...wine(
    'Wine has the option for every socket, as Linux has, or WSAEOPNOTSUPP for what Linux does not know',
    'options: a datagram socket has no SO_DONTLINGER',
    'options: a datagram socket has no TCP_KEEPIDLE',
    'options: a stream socket has no SO_BROADCAST',
    'options: a stream socket has no IPV6_UNICAST_HOPS',
    'options: SO_MAX_MSG_SIZE is for messages',
  ),
  ...wine(
    'Wine answers WSAEINVAL where Windows documents WSAENOPROTOOPT',
    'ioctls: a datagram socket has no SIO_KEEPALIVE_VALS',
  ),
  ...wine('Linux below Wine does not look at MSG_OOB on datagrams', 'urgent: datagrams have none'),
  ...wine(
    'Wine turns round what Linux says: whether the next byte is the urgent one, not whether one waits',
    'urgent: the mark is in the way until the byte was received',
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
