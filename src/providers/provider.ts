/**
 * The port between the daemon and a Winsock service provider. An adapter owes:
 *
 * 1. Every call returns at once. A handle is non-blocking and not inheritable from the moment it exists.
 * 2. A failure is an Outcome with the WSA code, read directly after the native call by the adapter's one
 *    `call` helper. Exceptions are bugs (a range error, a watch that outlives its handle).
 * 3. Every argument is range-checked before it reaches native code.
 * 4. Numbers in this file (flags, families, options, protocol numbers) are the Windows ones; the adapter
 *    translates.
 * 5. The adapter itself keeps the rules of Winsock that its system does not have (state, order of checks,
 *    latched errors), so that all providers answer alike. A rule that it cannot keep is a named skip of the
 *    contract suite.
 * 6. A watch wakes in a later turn of the event loop, never inside the call that caused it.
 *
 * Blocking, time limits, order of calls, leases and journals are not here: the daemon has them once.
 */
import type { InternetAddress, SocketAddress } from '../winsock/addresses.js';
import type { ShutdownHow } from '../winsock/constants.js';
import type { ControlMessage } from '../winsock/control-messages.js';
import type { PlainIoctl } from '../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../winsock/options.js';
import type { Outcome } from '../winsock/outcome.js';
import type { ProtocolInfo, ProviderName } from '../winsock/protocol-info.js';

declare const handleBrand: unique symbol;

/**
 * A native handle: SOCKET, descriptor, or a number of the lab. Only providers and the handle table see it.
 */
export type Handle = number & { readonly [handleBrand]: true };

/** The conditions that hold for a socket now, or those that a watch waits for. */
export interface Readiness {
  /** recv or accept would not answer WSAEWOULDBLOCK: bytes, the end, an error or a connection is pending. */
  readonly read?: boolean;
  /** send would not answer WSAEWOULDBLOCK, or a connect has ended, with or without success. */
  readonly write?: boolean;
  /** Urgent data is pending and not inline: recv with MSG_OOB would return it. */
  readonly urgent?: boolean;
  /**
   * The peer has ended its side, or the connection was reset; known without reading the bytes that remain.
   */
  readonly hangup?: boolean;
}

/** A wait that can be stopped. `stop` is synchronous and idempotent, and no wake follows it. */
export interface Watch {
  stop(): void;
}

export interface Received {
  /** Bytes written to the buffer. */
  readonly bytes: number;
  /** The peer's side of a stream has ended; `bytes` is 0. */
  readonly eof: boolean;
  /** A datagram was longer than the buffer; the rest is lost (Winsock: WSAEMSGSIZE, with the data filled). */
  readonly truncated: boolean;
  /** The sender; only from recvFrom and recvMsg on a datagram socket. */
  readonly from?: SocketAddress;
  /** MSG_BCAST and MSG_MCAST, as far as the system reports them; only from recvMsg. See MESSAGE_FLAGS. */
  readonly flags?: number;
  /** The control data that the socket's options ask for, in the system's order; only from recvMsg. */
  readonly control?: readonly ControlMessage[];
}

export interface Accepted {
  readonly handle: Handle;
  readonly remote: SocketAddress;
  /** Connect data that came with the offer; only from entries with XP1_CONNECT_DATA. */
  readonly callerData?: Uint8Array;
}

/** A connection that waits in a listener's queue, before it is accepted. */
export interface Offer {
  /** Identifies the offer among those of its listener; it does not change. */
  readonly id: number;
  readonly remote: SocketAddress;
  /** Connect data that came with it. */
  readonly callerData?: Uint8Array;
}

/**
 * What a condition function of WSAAccept sees and decides, where a provider can wait for the decision. With
 * SO_CONDITIONAL_ACCEPT set before listen, the caller's connect ends only when its offer is accepted or
 * rejected. Both methods return undefined, and do nothing, for a listener whose connections are complete
 * before the decision: the daemon accepts such a connection to inspect it.
 */
export interface NativeOffers {
  /**
   * The first offer; it stays queued. WSAEWOULDBLOCK without one, WSAECONNRESET once for one that was
   * withdrawn.
   */
  first(s: Handle): Outcome<Offer | undefined>;
  /**
   * Rejects the first offer: WSAECONNREFUSED for a caller that waits for the decision, WSAECONNRESET for one
   * whose connect has ended.
   *
   * @param disconnectData for a caller that waits, which reads it with recvDisconnect. WSAEFAULT over the
   *   limit, WSAEOPNOTSUPP where the caller no longer waits: then nothing happened
   * @param only the id of the offer to reject: WSAEACCES, and nothing happened, when another one is first
   */
  reject(s: Handle, disconnectData?: Uint8Array, only?: Offer['id']): Outcome<Offer | undefined>;
}

/** A socket to poll and the events to poll for: POLL bits, see POLL_EVENTS. */
export interface PollItem {
  readonly s: Handle;
  readonly events: number;
}

/** SIO_KEEPALIVE_VALS. Times in milliseconds. */
export interface KeepAliveValues {
  readonly onoff: boolean;
  readonly keepalivetime: number;
  readonly keepaliveinterval: number;
}

/** The FD_ bits recorded since the last enumeration, with the code of each that failed. */
export interface NetworkEvents {
  /** FD_ bits, see NETWORK_EVENTS. */
  readonly events: number;
  /** Codes by FD_ bit; 0 for an event without an error. */
  readonly errors: ReadonlyMap<number, number>;
}

/** Native WSAEventSelect; where a provider has none, the daemon emulates it with watches. */
export interface NativeNetworkEvents {
  /** Replaces the selection; 0 ends it. @param mask FD_ bits, see NETWORK_EVENTS */
  select(s: Handle, mask: number): Outcome<void>;
  /** Copies and clears the record, at once. WSAEnumNetworkEvents. */
  enumerate(s: Handle): Outcome<NetworkEvents>;
  /**
   * Wakes once, in a later turn, when the record is not empty. Level-triggered. A wake can be spurious: its
   * receiver enumerates.
   */
  watch(s: Handle, wake: () => void): Outcome<Watch>;
}

/**
 * Distinguishes a new arrival at a stream from one that is still pending. Network events need it where a
 * provider does not record them.
 */
export interface Arrivals {
  /**
   * How much is pending: bytes of a connection, connections of a listener; 0 where the system does not say.
   */
  waiting(s: Handle): Outcome<number>;
  /**
   * Wakes once, in a later turn, when more than `moreThan` are pending. A handle has one such watch at a
   * time; it must have stopped or woken before close and abort. WSAENOBUFS where the system watches no more.
   */
  watch(s: Handle, moreThan: number, wake: () => void): Outcome<Watch>;
}

/** GetAddrInfoW: node and service as given; hints by Windows number, 0 for any. */
export interface AddrInfoQuery {
  readonly node?: string;
  readonly service?: string;
  /** AI_ bits, see AI_FLAGS. */
  readonly flags: number;
  readonly family: number;
  readonly socketType: number;
  readonly protocol: number;
}

export interface AddrInfo {
  readonly family: number;
  readonly socketType: number;
  readonly protocol: number;
  readonly address: InternetAddress;
  /** Only on the first, and only with AI_CANONNAME. */
  readonly canonicalName?: string;
}

export interface NameInfo {
  readonly node: string;
  readonly service: string;
}

/** The resolver of a system. Calls block, so they run on worker threads, never on the event loop. */
export interface Resolver {
  /**
   * Failures carry Windows' codes (11001 ...).
   *
   * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
   */
  getAddrInfo(query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>>;
  /** @param flags NI_ bits, see NI_FLAGS */
  getNameInfo(address: InternetAddress, flags: number): Promise<Outcome<NameInfo>>;
}

/**
 * Sends that lose their datagram on purpose. They answer, bind and check as the sends of the same names do;
 * for datagram sockets.
 */
export type DatagramLoss = Pick<Provider, 'send' | 'sendTo' | 'sendMsg'>;

export interface Connected {
  /** Connect data of the accepting side; only from entries with XP1_CONNECT_DATA. */
  readonly calleeData?: Uint8Array;
  /** Only for a datagram socket: its queued datagrams were discarded. */
  readonly queueDropped?: boolean;
}

export interface Provider {
  readonly name: ProviderName;

  /**
   * The provider's entries of the protocol catalog without the hidden ones, read from the system.
   * WSAEnumProtocols.
   */
  enumProtocols(): Outcome<readonly ProtocolInfo[]>;

  /** The entries as they were last read, first when the provider was loaded; sockets are made from these. */
  readonly protocols: readonly ProtocolInfo[];

  /**
   * A new socket of a catalog entry of this provider. WSASocket, with WSA_FLAG_OVERLAPPED and
   * WSA_FLAG_NO_HANDLE_INHERIT.
   *
   * @param protocol the protocol number, 0 for that of the entry
   */
  socket(entry: ProtocolInfo, protocol: number): Outcome<Handle>;

  /** WSAEINVAL when bound already, WSAEFAULT for an address of another family. */
  bind(s: Handle, address: SocketAddress): Outcome<void>;

  /** WSAEINVAL when not bound, WSAEISCONN when connected, WSAEOPNOTSUPP for datagrams. */
  listen(s: Handle, backlog: number): Outcome<void>;

  /**
   * The next connection of a listener, non-blocking and not inheritable. WSAEINVAL when not listening.
   *
   * @param calleeData connect data for the caller; only for entries with XP1_CONNECT_DATA
   * @param only the id of the offer to accept, from `offers`: WSAEACCES, and nothing happened, when another
   *   one is first
   */
  accept(s: Handle, calleeData?: Uint8Array, only?: Offer['id']): Outcome<Accepted>;

  /**
   * Begins a connection (stream), or sets the default peer (datagram) and discards the datagrams queued
   * before. WSAEWOULDBLOCK: begun; watch for `write`, then call finishConnect. WSAEALREADY while a connect is
   * pending, WSAEISCONN when connected.
   *
   * @param callerData connect data; only for entries with XP1_CONNECT_DATA
   */
  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected>;

  /**
   * How the connect has ended; WSAEWOULDBLOCK while it is still pending. A failure is also reported as
   * SO_ERROR until a connect succeeds, and as POLLERR unless another connect is pending.
   */
  finishConnect(s: Handle): Outcome<Connected>;

  /**
   * Returns how many bytes were taken; on a stream this may be fewer than were given. WSASend.
   *
   * @param flags MSG_ bits, see SEND_FLAGS
   */
  send(s: Handle, data: Uint8Array, flags: number): Outcome<number>;

  /** Sends one datagram. On a connected stream it ignores the address, as Winsock does. WSASendTo. */
  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number>;

  /**
   * Sends one datagram with control data; WSAEINVAL on a stream. It answers, binds and checks as sendTo
   * does, or as send where the address is absent. WSASendMsg.
   *
   * @param to absent: to the peer that connect has set; WSAENOTCONN without one
   * @param control at most 16 messages, each with an address that is a literal of its family. WSAEINVAL for
   *   one that `canBeSent` refuses, and for a source or an interface that this host does not have
   */
  sendMsg(
    s: Handle,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
  ): Outcome<number>;

  /**
   * Receives pending data, at most into.length bytes. WSARecv. ICMP errors for datagrams sent earlier are
   * reported first, one for each receive: WSAECONNRESET for an unreachable port, WSAENETRESET for an expired
   * time to live.
   *
   * @param flags MSG_ bits, see RECV_FLAGS
   */
  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /** As recv, with the sender's address for datagrams. WSARecvFrom. */
  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /**
   * As recvFrom, with the control data and the flags of the message; WSAEINVAL on a stream. It has room for
   * all control data of the types in CONTROL_TYPES; the daemon cuts it to the room that the caller has.
   * WSARecvMsg.
   *
   * @param flags MSG_PEEK, or none
   */
  recvMsg(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /**
   * WSAENOTCONN for a stream that is not connected. Never blocks, closes nothing.
   *
   * @param unread how many bytes the daemon has received and not delivered. With SD_RECEIVE, a provider that
   *   resets the connection for unread bytes counts these too, where its system permits; default 0
   */
  shutdown(s: Handle, how: ShutdownHow, unread?: number): Outcome<void>;

  /**
   * shutdown(SD_SEND), with data for the peer where the entry has XP1_DISCONNECT_DATA. For other entries the
   * daemon refuses data before it calls this. WSASendDisconnect.
   */
  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void>;

  /**
   * shutdown(SD_RECEIVE), and the disconnect data of the peer once its side has drained. Returns the data,
   * or undefined where there is none. WSAEFAULT with `requiredLength` when `room` is too small: then nothing
   * happened. WSARecvDisconnect.
   *
   * @param room how many bytes the caller takes; undefined: asks for no data (NULL)
   * @param unread as for shutdown
   */
  recvDisconnect(s: Handle, room?: number, unread?: number): Outcome<Uint8Array | undefined>;

  /** WSAEINVAL when not bound. */
  getSockName(s: Handle): Outcome<SocketAddress>;

  /** WSAENOTCONN when not connected. */
  getPeerName(s: Handle): Outcome<SocketAddress>;

  /**
   * Any row of OPTIONS that can be read except three: the daemon keeps SO_RCVTIMEO and SO_SNDTIMEO itself,
   * and reads SO_PROTOCOL_INFO from the catalog. Reading SO_ERROR of a stream does not clear it.
   */
  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue>;

  /** The value has the option's type already; range errors are the adapter's (WSAEINVAL). */
  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void>;

  /** FIONREAD: how many bytes one recv would return; for datagrams the total queued. */
  available(s: Handle): Outcome<number>;

  /**
   * Wakes once, in a later turn, when one of the wanted conditions holds; an error makes all of them hold.
   * Level-triggered: a condition that holds already wakes in the next turn. A handle can have many watches;
   * all must have stopped or woken before close and abort. WSAENOTSOCK instead of an abort for a bad handle,
   * WSAENOBUFS where the system watches no more.
   */
  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch>;

  /** SIOCATMARK: true when no urgent data is pending. WSAEINVAL for datagrams. */
  atMark(s: Handle): Outcome<boolean>;

  /** SIO_KEEPALIVE_VALS; WSAENOPROTOOPT for datagrams. */
  setKeepAlive(s: Handle, values: KeepAliveValues): Outcome<void>;

  /**
   * One of the plain ioctls: returns the number that it answers, undefined for one without an answer.
   * WSAEOPNOTSUPP where the provider does not support it for this kind of socket.
   *
   * @param members the numbers that it takes, in the order of PLAIN_IOCTLS; WSAEINVAL for one that does not
   *   fit
   */
  ioctl(s: Handle, request: PlainIoctl, members: readonly number[]): Outcome<number | undefined>;

  /**
   * SIO_AF_UNIX_GETPEERPID: the process at the other end of an AF_UNIX connection. WSAEOPNOTSUPP on sockets
   * of another family, WSAENOTCONN where there is no connection.
   */
  peerProcessId(s: Handle): Outcome<number>;

  /**
   * The current state of each socket, as revents of WSAPoll in the order given; POLLNVAL for an unknown
   * handle. Never waits, changes nothing, clears no error.
   */
  poll(items: readonly PollItem[]): Outcome<readonly number[]>;

  /**
   * A second handle of the same socket (WSADuplicateSocket): the connection ends when both are closed.
   * Options are shared; watches, time limits and blocking mode are each handle's own.
   */
  duplicate(s: Handle): Outcome<Handle>;

  /**
   * Absent: the system completes connections before the daemon decides; the daemon accepts one to inspect
   * it.
   */
  readonly offers?: NativeOffers;

  /** Absent: the provider loses no datagram on purpose. */
  readonly loss?: DatagramLoss;

  /** Absent: the daemon emulates network events with watches and `arrivals`. */
  readonly networkEvents?: NativeNetworkEvents;

  /** Absent: `networkEvents` records arrivals. */
  readonly arrivals?: Arrivals;

  /** Absent: the session uses the resolver of another provider. */
  readonly resolver?: Resolver;

  /**
   * Bytes that the peer has not acknowledged, after SD_SEND including the end; undefined where the system
   * does not know, or does not know before SD_SEND.
   */
  unsent(s: Handle): Outcome<number | undefined>;

  /**
   * Graceful close in the background. Never blocks: it clears a native linger first. Throws while a watch is
   * active.
   */
  close(s: Handle): Outcome<void>;

  /** Abortive close: the peer is reset. Throws while a watch is active. */
  abort(s: Handle): Outcome<void>;

  /**
   * Frees what the adapter itself holds (reactor, library). The daemon must have closed every handle before.
   */
  dispose(): void;
}
