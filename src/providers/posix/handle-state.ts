import type { Sharing } from '../../winsock/address-sharing.js';
import type { SocketAddress } from '../../winsock/addresses.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import type { Linger, OptionName, OptionValue } from '../../winsock/options.js';
import type { Failure } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import type { SockaddrBuffer } from '../../winsock/sockaddr.js';
import type { MethodOf } from '../native/native-provider.js';
import type { Provider } from '../provider.js';
import type { Descriptors } from './descriptors.js';
import type { Libc } from './library.js';
import type { MessageHeader } from './message-header.js';
import type { Reactor } from './reactor.js';

/** Where a stream is on its way; a datagram socket is fresh, or connected while it has a default peer. */
export type Phase = 'fresh' | 'listening' | 'connecting' | 'connected';

/**
 * What Winsock answers from and Linux does not keep, or gives away only once. One for each open socket,
 * however many handles name it: it is kept for the open file description (open(2)), as its options are.
 */
export class SocketState {
  /** One of its descriptors; a handle is the same number. */
  fd: number;
  /** All of them: more than one after duplicate. */
  readonly descriptors: number[];
  readonly entry: ProtocolInfo;
  readonly family: SocketAddress['family'];
  readonly stream: boolean;
  phase: Phase = 'fresh';
  /** Has a local name: by bind, connect, accept, or the first sendTo. */
  bound = false;
  /**
   * The name that bind gave, or that a datagram socket had when its peer was removed. It outlives a removed peer and a
   * failed connect.
   */
  ownName: SocketAddress | undefined;
  peer: SocketAddress | undefined;
  sendShutdown = false;
  receiveShutdown = false;
  /** How the last connect failed, until one succeeds. It is SO_ERROR, too. */
  connectFailure: Failure | undefined;
  /** The code that ended the connection. Linux tells it once, Winsock at every call. */
  broken = 0;
  /** Codes of what ICMP has said of earlier datagrams, which only the next receives may tell. */
  readonly earlier: number[] = [];
  /** SIO_UDP_CONNRESET: whether a receive is told that a datagram found nobody. */
  udpConnReset = true;
  /** SO_ERROR as it was set, until the next connect. */
  errorSet: number | undefined;
  /** Linux tells the destination of what arrives. */
  destinationTold = false;
  /**
   * How it holds its port: as its options were when it was bound, whatever is set later. Undefined for an accepted
   * connection, which holds none of its own.
   */
  sharing: Sharing | undefined = 'default';
  reuseAddress = false;
  exclusiveAddress = false;
  linger: Linger = { onoff: false, linger: 0 };
  /** Kept, and of no effect: the kernel completes connections before anybody is asked. */
  conditionalAccept = false;
  /** An urgent byte waited when SO_OOBINLINE was set, and may wait still. */
  urgentOutOfLine = false;
  /** When the connection was made, or found to be made, in ms of performance.now(). */
  connectedAt: number | undefined;
  /** Made for the first: most sockets have none. */
  #kept: Map<OptionName, OptionValue> | undefined;

  constructor(fd: number, of: Pick<SocketState, 'entry' | 'family' | 'stream'>) {
    this.fd = fd;
    this.descriptors = [fd];
    this.entry = of.entry;
    this.family = of.family;
    this.stream = of.stream;
  }

  /** That of a connection that a listener took: it has the listener's properties, as Winsock's accept says. */
  static accepted(fd: number, listener: SocketState, peer: SocketAddress): SocketState {
    const made = new SocketState(fd, listener);
    made.phase = 'connected';
    made.bound = true;
    made.peer = peer;
    made.sharing = undefined;
    made.reuseAddress = listener.reuseAddress;
    made.exclusiveAddress = listener.exclusiveAddress;
    made.linger = listener.linger;
    made.connectedAt = performance.now();
    if (listener.#kept) made.#kept = new Map(listener.#kept);
    return made;
  }

  /** The value of an option that the system does not have, or would answer in another way than it was set. */
  kept(name: OptionName): OptionValue | undefined {
    return this.#kept?.get(name);
  }

  keep(name: OptionName, value: OptionValue): void {
    this.#kept ??= new Map();
    this.#kept.set(name, value);
  }
}

/** Codes that are about one call. Every other one is the end of a connection. */
const PASSING: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAEWOULDBLOCK.code,
  WSA_ERRORS.WSAEINTR.code,
  WSA_ERRORS.WSAENOBUFS.code,
  WSA_ERRORS.WSAEINVAL.code, // MSG_OOB, and nothing urgent waits
  WSA_ERRORS.WSAEFAULT.code,
  WSA_ERRORS.WSAENOTSOCK.code,
]);

/**
 * Codes that Winsock has for the end of a connection. When Linux stops sending again it gives as the reason
 * what ICMP last said (tcp_write_err, sk_err_soft): EHOSTUNREACH, ENETUNREACH and their like. To Winsock that
 * is WSAETIMEDOUT, "dropped because of a network failure" (WSARecv).
 */
const ENDINGS: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAECONNRESET.code,
  WSA_ERRORS.WSAECONNABORTED.code,
  WSA_ERRORS.WSAETIMEDOUT.code,
]);

/**
 * The code that an error of the system has for Winsock; keeps the one that ends a connection: Linux tells it
 * once, and would answer EPIPE or 0 from then on.
 */
export const heard = (socket: SocketState, code: number): number => {
  if (!socket.stream || socket.phase !== 'connected' || PASSING.has(code)) return code;
  socket.broken = ENDINGS.has(code) ? code : WSA_ERRORS.WSAETIMEDOUT.code;
  return socket.broken;
};

/** A method of the port, as the files of this adapter have it. */
export type Method<M extends keyof Provider> = MethodOf<Stack, SocketState, M>;

/** What the parts of the adapter share. */
export interface Stack {
  readonly libc: Libc;
  readonly descriptors: Descriptors;
  readonly reactor: Reactor;
  readonly sockets: Map<number, SocketState>;
  readonly address: SockaddrBuffer;
  readonly message: MessageHeader;
  /** Another one, for what may be asked while a message is on its way. */
  readonly errors: MessageHeader;
  /** Room for an option's value or an ioctl's answer. */
  readonly value: Buffer;
}
