import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import type { SockaddrBuffer } from '../../winsock/sockaddr.js';
import type { MethodOf } from '../native/native-provider.js';
import type { Handle, Offer, Provider } from '../provider.js';
import type { EventWaits } from './event-waits.js';
import type { Ws2_32 } from './library.js';
import type { MessageHeader } from './message-header.js';
import type { Reactor } from './reactor.js';
import type { WsaRecvMsg } from './wsa-recv-msg.js';

/** The state of a socket that all its handles share (WSADuplicateSocketW). */
export class SharedState {
  /** How many handles are open. */
  handles = 0;
  /** This side has ended: its bytes and its end have been sent. */
  sendShutdown = false;
  /** The event object of WSAEventSelect, made at the first selection; closed with the last handle. */
  event: number | undefined;
  /** The WSARecvMsg of the socket's provider, loaded at the first use. */
  recvMsg: WsaRecvMsg | undefined;
  /** How many offers this listener has seen, which is the number of the last. */
  offers = 0;
  /** The deferred offer of this listener, as long as it is known to be the first. */
  deferred: Offer | undefined;
}

/** What the adapter keeps for an open handle because Windows does not report it, or reports it only once. */
export interface SocketState {
  /** The SOCKET, and the handle: the same number. */
  readonly s: Handle;
  /** True for a byte stream, false for datagrams. */
  readonly stream: boolean;
  /** The Windows number of its address family; may be one that AddressFamily does not name. */
  readonly family: number;
  readonly shared: SharedState;
}

/** A method of the port as the files of this adapter implement it. */
export type Method<M extends keyof Provider> = MethodOf<Stack, SocketState, M>;

/** What all calls of the adapter share. */
export interface Stack {
  readonly ws2_32: Ws2_32;
  readonly reactor: Reactor;
  readonly eventWaits: EventWaits;
  /**
   * The open sockets of this adapter. Windows may reuse a value directly after closesocket, even for other
   * code of this process, so a handle that is not in the map never reaches a native call.
   */
  readonly sockets: Map<Handle, SocketState>;
  readonly address: SockaddrBuffer;
  readonly message: MessageHeader;
}

/** Poll handles of libuv take a socket as a 32-bit integer. Windows has never given a larger one. */
const MAX_HANDLE = 0x7fffffff;

/** undefined for a value that the reactor cannot use. */
export const toHandle = (value: number): Handle | undefined =>
  Number.isInteger(value) && value >= 0 && value <= MAX_HANDLE
    ? (value as Handle) // the only place that makes a Handle
    : undefined;

export const isOfFamily = (socket: SocketState, address: SocketAddress): boolean =>
  ADDRESS_FAMILIES[address.family] === socket.family;

/**
 * The name that a native call has filled in. A socket of AF_UNIX may have no name, and then the system may
 * leave the buffer unchanged.
 */
export const nameIn = (stack: Stack, { family }: Pick<SocketState, 'family'>): SocketAddress | undefined =>
  stack.address.read() ?? (family === ADDRESS_FAMILIES.AF_UNIX ? { family: 'AF_UNIX', path: '' } : undefined);
