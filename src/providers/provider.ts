/**
 * The port between the daemon and a Winsock service provider. An adapter owes:
 *
 * 1. Every call returns at once. Handles are non-blocking and not inheritable from birth.
 * 2. A failure is an Outcome with the WSA code, read directly after the native call by the adapter's one
 *    `call` helper. Exceptions are bugs (a range error, a watch that outlives its handle).
 * 3. Every argument is range-checked before it reaches native code.
 * 4. Numbers in this file (flags, families, options, protocol numbers) are the Windows ones; the adapter
 *    translates.
 * 5. The rules of Winsock that its system does not have (state, check order, latched errors) are kept by
 *    the adapter, so that all providers answer alike. What cannot be kept is a named skip of the contract
 *    suite.
 * 6. A wake of `watch` comes in a later turn of the event loop, never inside the call that caused it.
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

/** A native handle (SOCKET, descriptor, or the lab's own number). Seen by providers and the handle table only. */
export type Handle = number & { readonly [handleBrand]: true };

/** What a socket can do now, or what a watch waits for. */
export interface Readiness {
  /** recv or accept would not answer WSAEWOULDBLOCK: bytes, the end, an error or a connection waits. */
  readonly read?: boolean;
  /** send would not answer WSAEWOULDBLOCK, or a connect has ended (well or not). */
  readonly write?: boolean;
  /** Urgent data waits and is not inline: recv with MSG_OOB would give it. */
  readonly urgent?: boolean;
  /** The peer has ended its side or the connection was reset; seen without reading what is left. */
  readonly hangup?: boolean;
}

/** A wait that may be given up. `stop` is synchronous, idempotent, and no wake comes after it. */
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
  /** MSG_BCAST and MSG_MCAST, as far as the system tells; only from recvMsg. See MESSAGE_FLAGS. */
  readonly flags?: number;
  /** What the switches that are on have come with it, in the system's order; only from recvMsg. */
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
  /** The same as long as it is the same offer; a number of the listener's own. */
  readonly id: number;
  readonly remote: SocketAddress;
  /** Connect data that came with it. */
  readonly callerData?: Uint8Array;
}

/**
 * What a condition function of WSAAccept sees and decides, where a provider can wait for the decision. With
 * SO_CONDITIONAL_ACCEPT set before listen, the caller's connect ends only when its offer is accepted or
 * rejected. Both give undefined, and do nothing, at a listener whose connections are complete before anybody
 * is asked: the daemon accepts one of these to look at it.
 */
export interface NativeOffers {
  /** The offer that is first; it stays. WSAEWOULDBLOCK without one, WSAECONNRESET once for one withdrawn. */
  first(s: Handle): Outcome<Offer | undefined>;
  /**
   * Turns the first offer away: WSAECONNREFUSED for a caller that waits for the decision, WSAECONNRESET for
   * one whose connect has ended.
   *
   * @param disconnectData for a caller that waits; it has recvDisconnect. WSAEFAULT over the limit,
   *   WSAEOPNOTSUPP where the caller does not wait any more: then nothing happened
   * @param only the id of the one that is meant: WSAEACCES, and nothing happened, when another is first
   */
  reject(s: Handle, disconnectData?: Uint8Array, only?: Offer['id']): Outcome<Offer | undefined>;
}

/** One socket to look at, and what at: POLL bits, see POLL_EVENTS. */
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

/** What FD_ bits happened since the last look, with the code of each that failed. */
export interface NetworkEvents {
  /** FD_ bits, see NETWORK_EVENTS. */
  readonly events: number;
  /** Codes by FD_ bit; 0 for an event that went well. */
  readonly errors: ReadonlyMap<number, number>;
}

/** Native WSAEventSelect; where a provider has none, the daemon emulates it with watches. */
export interface NativeNetworkEvents {
  /** Replaces the selection; 0 ends it. @param mask FD_ bits, see NETWORK_EVENTS */
  select(s: Handle, mask: number): Outcome<void>;
  /** Copies and clears the record, at once. WSAEnumNetworkEvents. */
  enumerate(s: Handle): Outcome<NetworkEvents>;
  /**
   * Wakes once, in a later turn, when the record is not empty. Level-triggered. A wake may be for nothing: whoever has
   * it looks.
   */
  watch(s: Handle, wake: () => void): Outcome<Watch>;
}

/**
 * Tells a further arrival at a stream from one that nobody has taken yet. Network events need it where a provider has
 * no record of them.
 */
export interface Arrivals {
  /** How much waits: bytes of a connection, connections of a listener; 0 where the system does not tell. */
  waiting(s: Handle): Outcome<number>;
  /**
   * Wakes once, in a later turn, when more than that wait. One at a time for a handle; it must have stopped or woken
   * before close and abort. WSAENOBUFS where the system watches no more.
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
  /** Failures carry Windows' codes (11001 ...). @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow */
  getAddrInfo(query: AddrInfoQuery): Promise<Outcome<readonly AddrInfo[]>>;
  /** @param flags NI_ bits, see NI_FLAGS */
  getNameInfo(address: InternetAddress, flags: number): Promise<Outcome<NameInfo>>;
}

/**
 * A network that can lose a datagram on purpose. Answers, binds and checks as the sends of the same names do; for
 * datagram sockets.
 */
export type DatagramLoss = Pick<Provider, 'send' | 'sendTo' | 'sendMsg'>;

export interface Connected {
  /** Connect data of the accepting side; only from entries with XP1_CONNECT_DATA. */
  readonly calleeData?: Uint8Array;
  /** Of a datagram socket: whatever was queued is dropped. */
  readonly queueDropped?: boolean;
}

export interface Provider {
  readonly name: ProviderName;

  /**
   * The provider's entries of the protocol catalog, hidden ones left out; asks the system. WSAEnumProtocols.
   */
  enumProtocols(): Outcome<readonly ProtocolInfo[]>;

  /** The same as they were last read, at the latest when the provider was loaded: what a socket is made of. */
  readonly protocols: readonly ProtocolInfo[];

  /**
   * A new socket of a catalog entry of this provider. WSASocket, with WSA_FLAG_OVERLAPPED and
   * WSA_FLAG_NO_HANDLE_INHERIT.
   *
   * @param protocol the protocol number, 0 for the entry's own
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
   * @param only the id of the offer that is meant, of `offers`: WSAEACCES, and nothing happened, when another
   *   is first
   */
  accept(s: Handle, calleeData?: Uint8Array, only?: Offer['id']): Outcome<Accepted>;

  /**
   * Begins a connection (stream) or sets the default peer (datagram), which drops what an earlier one has
   * queued. WSAEWOULDBLOCK: begun; watch for `write`, then finishConnect. WSAEALREADY while one is under way, WSAEISCONN when connected.
   *
   * @param callerData connect data; only for entries with XP1_CONNECT_DATA
   */
  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected>;

  /**
   * How the connect that was begun has ended; WSAEWOULDBLOCK while it is still under way. A failure is also SO_ERROR
   * and POLLERR: SO_ERROR until a connect succeeds, POLLERR unless another one is under way.
   */
  finishConnect(s: Handle): Outcome<Connected>;

  /** Bytes taken, possibly fewer than given on a stream. WSASend. @param flags MSG_ bits, see SEND_FLAGS */
  send(s: Handle, data: Uint8Array, flags: number): Outcome<number>;

  /** One datagram. On a connected stream the address is ignored, as Winsock does. WSASendTo. */
  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number>;

  /**
   * One datagram, with control data; for datagram sockets, WSAEINVAL on others. Answers, binds and checks as sendTo
   * does, or without an address as send. WSASendMsg.
   *
   * @param to absent: to the peer that connect has set; WSAENOTCONN without one
   * @param control at most 16, each with an address that is a literal of its family. WSAEINVAL where `canBeSent` says
   *   no, and for a source or an interface that is not this host's
   */
  sendMsg(
    s: Handle,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
  ): Outcome<number>;

  /**
   * What waits, at most into.length bytes. WSARecv. What ICMP has said of datagrams that were sent comes first, one
   * receive for each message: WSAECONNRESET for a port nobody is at, WSAENETRESET for a time to live that ran out.
   *
   * @param flags MSG_ bits, see RECV_FLAGS
   */
  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /** As recv, with the sender's address for datagrams. WSARecvFrom. */
  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /**
   * As recvFrom, with the control data and the flags of the message; for datagram sockets, WSAEINVAL on others. There
   * is room for all control data of the types in CONTROL_TYPES: what a caller has less room for, the daemon cuts.
   * WSARecvMsg.
   *
   * @param flags MSG_PEEK, or none
   */
  recvMsg(s: Handle, into: Uint8Array, flags: number): Outcome<Received>;

  /**
   * WSAENOTCONN for a stream that is not connected. Never blocks, closes nothing.
   *
   * @param unread bytes of the peer that the daemon has taken and nobody was given: with SD_RECEIVE, a provider that
   *   resets the connection for bytes that wait does so for these, where its system lets it; 0 without it
   */
  shutdown(s: Handle, how: ShutdownHow, unread?: number): Outcome<void>;

  /**
   * shutdown(SD_SEND), with data for the peer where the entry has XP1_DISCONNECT_DATA. The daemon has
   * refused data for other entries before it comes here. WSASendDisconnect.
   */
  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void>;

  /**
   * shutdown(SD_RECEIVE), and the disconnect data of the peer once its side has drained. Gives the data,
   * or undefined where there is none. WSAEFAULT with `requiredLength` when `room` is too small: then
   * nothing happened. WSARecvDisconnect.
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
   * Any row of OPTIONS that can be read, but SO_RCVTIMEO and SO_SNDTIMEO, which the daemon keeps, and
   * SO_PROTOCOL_INFO, which it has from the catalog. Reading SO_ERROR of a stream does not clear it.
   */
  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue>;

  /** The value has the option's type already; range errors are the adapter's (WSAEINVAL). */
  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void>;

  /** FIONREAD: bytes that one recv would give; for datagrams the total queued. */
  available(s: Handle): Outcome<number>;

  /**
   * Wakes once, in a later turn, when one of the wanted things is so (an error condition makes all so).
   * Level-triggered: wakes at the next turn when it is so already. Many watches may be live on a handle;
   * all must have stopped or woken before close and abort. WSAENOTSOCK instead of an abort for a bad handle,
   * WSAENOBUFS where the system watches no more.
   */
  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch>;

  /** SIOCATMARK: true when no urgent data waits. WSAEINVAL for datagrams. */
  atMark(s: Handle): Outcome<boolean>;

  /** SIO_KEEPALIVE_VALS; WSAENOPROTOOPT for datagrams. */
  setKeepAlive(s: Handle, values: KeepAliveValues): Outcome<void>;

  /**
   * One of the plain ioctls: gives the number that it answers, undefined for one that answers nothing.
   * WSAEOPNOTSUPP where the provider does not have it, or not for such a socket.
   *
   * @param members the numbers that it takes, in the order of PLAIN_IOCTLS; WSAEINVAL for one that does not fit
   */
  ioctl(s: Handle, request: PlainIoctl, members: readonly number[]): Outcome<number | undefined>;

  /**
   * SIO_AF_UNIX_GETPEERPID: the process at the other end of an AF_UNIX connection. WSAEOPNOTSUPP on sockets of
   * another family, WSAENOTCONN where there is no connection.
   */
  peerProcessId(s: Handle): Outcome<number>;

  /**
   * The state of each now, as revents of WSAPoll in the order given; POLLNVAL for a handle this provider
   * does not know. Never waits, changes nothing, clears no error.
   */
  poll(items: readonly PollItem[]): Outcome<readonly number[]>;

  /**
   * A second handle of the same socket (WSADuplicateSocket): the connection ends when both are closed.
   * Options are shared; watches, time limits and blocking mode are each handle's own.
   */
  duplicate(s: Handle): Outcome<Handle>;

  /** Absent: the stack has taken the connection before anybody is asked; the daemon accepts it to look at it. */
  readonly offers?: NativeOffers;

  /** Absent: what is sent goes its way. */
  readonly loss?: DatagramLoss;

  /** Absent: the daemon emulates network events with watches, and `arrivals` is there for that. */
  readonly networkEvents?: NativeNetworkEvents;

  /** Absent: the record of `networkEvents` has it. */
  readonly arrivals?: Arrivals;

  /** Absent: the resolver of another provider of the session serves. */
  readonly resolver?: Resolver;

  /**
   * Bytes that the peer has not acknowledged, after SD_SEND the end included; undefined where the system
   * cannot tell, or cannot before SD_SEND.
   */
  unsent(s: Handle): Outcome<number | undefined>;

  /** Graceful close in the background. Clears a native linger first: never blocks. Throws while a watch is live. */
  close(s: Handle): Outcome<void>;

  /** Abortive close: the peer is reset. Throws while a watch is live. */
  abort(s: Handle): Outcome<void>;

  /** Frees what the adapter itself holds (reactor, library). Open handles are the daemon's to close first. */
  dispose(): void;
}
