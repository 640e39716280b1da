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

/** The state of a stream; a datagram socket is fresh, or connected while it has a default peer. */
export type Phase = 'fresh' | 'listening' | 'connecting' | 'connected';

/**
 * State that Winsock needs and Linux does not keep, or reports only once. All handles of a socket share it,
 * as they share the open file description (open(2)) and its options.
 */
export class SocketState {
  /** One of its descriptors; a handle is the same number. */
  fd: number;
  /** All its descriptors: more than one after duplicate. An array, since a Set takes much more memory. */
  readonly descriptors: number[];
  readonly entry: ProtocolInfo;
  readonly family: SocketAddress['family'];
  readonly stream: boolean;
  phase: Phase = 'fresh';
  /** Whether it has a local name, from bind, connect, accept, or the first sendTo. */
  bound = false;
  /**
   * The name from bind, or the name of a datagram socket whose peer was removed. It stays when the peer is
   * removed or a connect fails.
   */
  ownName: SocketAddress | undefined;
  peer: SocketAddress | undefined;
  sendShutdown = false;
  receiveShutdown = false;
  /** The failure of the last connect, until one succeeds; also the value of SO_ERROR. */
  connectFailure: Failure | undefined;
  /** The code that ended the connection, or 0. Linux reports it once, Winsock at every call. */
  broken = 0;
  /** Codes of ICMP errors for earlier datagrams, which later receives report. */
  readonly icmpErrors: number[] = [];
  /** SIO_UDP_CONNRESET: whether receives report unreachable datagrams. */
  udpConnReset = true;
  /** The SO_ERROR set by the caller, until the next connect. */
  errorSet: number | undefined;
  /** Whether Linux reports the destination of received datagrams. */
  destinationEnabled = false;
  /**
   * How it shares its port, by its options at the time of bind. Undefined for an accepted connection, which
   * has no port of its own.
   */
  sharing: Sharing | undefined = 'default';
  reuseAddress = false;
  exclusiveAddress = false;
  linger: Linger = { onoff: false, linger: 0 };
  /** Stored without effect: the kernel completes connections before the caller decides. */
  conditionalAccept = false;
  /** An urgent byte was pending when SO_OOBINLINE was set, and may still be. */
  urgentOutOfLine = false;
  /** When the connection was established, or found to be, in ms of performance.now(). */
  connectedAt: number | undefined;
  /** Made when needed: most sockets keep no option. */
  #kept: Map<OptionName, OptionValue> | undefined;

  constructor(fd: number, of: Pick<SocketState, 'entry' | 'family' | 'stream'>) {
    this.fd = fd;
    this.descriptors = [fd];
    this.entry = of.entry;
    this.family = of.family;
    this.stream = of.stream;
  }

  /** The state of an accepted connection, which has the listener's properties (accept of Winsock). */
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

  /** The kept value of an option that Linux lacks, or would not return as it was set. */
  kept(name: OptionName): OptionValue | undefined {
    return this.#kept?.get(name);
  }

  keep(name: OptionName, value: OptionValue): void {
    this.#kept ??= new Map();
    this.#kept.set(name, value);
  }
}

/** Codes that concern one call only. Any other code ends the connection. */
const PASSING: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAEWOULDBLOCK.code,
  WSA_ERRORS.WSAEINTR.code,
  WSA_ERRORS.WSAENOBUFS.code,
  WSA_ERRORS.WSAEINVAL.code, // MSG_OOB without urgent data
  WSA_ERRORS.WSAEFAULT.code,
  WSA_ERRORS.WSAENOTSOCK.code,
]);

/**
 * The Winsock codes for the end of a connection. When Linux gives up retransmission, it reports the last
 * ICMP error (tcp_write_err, sk_err_soft), such as EHOSTUNREACH or ENETUNREACH. In Winsock that is
 * WSAETIMEDOUT, "dropped because of a network failure" (WSARecv).
 */
const ENDINGS: ReadonlySet<number> = new Set([
  WSA_ERRORS.WSAECONNRESET.code,
  WSA_ERRORS.WSAECONNABORTED.code,
  WSA_ERRORS.WSAETIMEDOUT.code,
]);

/**
 * The Winsock code of a native error. A code that ends the connection is kept, because Linux reports it once
 * and answers EPIPE or 0 from then on.
 */
export const recordError = (socket: SocketState, code: number): number => {
  if (!socket.stream || socket.phase !== 'connected' || PASSING.has(code)) return code;
  socket.broken = ENDINGS.has(code) ? code : WSA_ERRORS.WSAETIMEDOUT.code;
  return socket.broken;
};

/** A method of the port as the files of this adapter implement it. */
export type Method<M extends keyof Provider> = MethodOf<Stack, SocketState, M>;

/** What all calls of the adapter share. */
export interface Stack {
  readonly libc: Libc;
  readonly descriptors: Descriptors;
  readonly reactor: Reactor;
  readonly sockets: Map<number, SocketState>;
  readonly address: SockaddrBuffer;
  readonly message: MessageHeader;
  /** A second header for the error queue, which is read while a message is being sent. */
  readonly errors: MessageHeader;
  /** Buffer for an option's value or an ioctl's answer. */
  readonly value: Buffer;
}
