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
    case: 'addresses: SO_REUSEADDR takes a stream port that is in use',
    reason: 'Linux lets no socket bind a port that another one listens on (socket(7), SO_REUSEADDR)',
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
    'Wine does not pass on what ICMP says about an earlier datagram',
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
    'Wine answers 65,535 seconds for a linger that is off',
    'options: SO_LINGER of a stream socket is answered as it was set',
  ),
  ...wine(
    'Wine has SO_LINGER for datagrams too, and WSAEOPNOTSUPP for what Linux does not know',
    'options: a datagram socket has no TCP_NODELAY',
    'options: a datagram socket has no SO_LINGER',
  ),
  ...wine(
    'Linux below Wine lets no socket bind a port that another one listens on: WSAEACCES',
    'addresses: SO_REUSEADDR takes a stream port that is in use',
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
  ...wine(
    'Wine records FD_WRITE for a datagram socket at once, and FD_CONNECT never',
    'native events: a datagram socket has none until it is bound',
  ),
  ...wine('Wine answers that it is done, for every socket', 'ioctls: a stream has no SIO_UDP_CONNRESET'),
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
