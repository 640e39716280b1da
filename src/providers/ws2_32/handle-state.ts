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

/** What belongs to the socket below, however many handles name it (WSADuplicateSocketW). */
export class SharedState {
  /** How many handles are open. */
  handles = 0;
  /** Our side has ended: every byte and the end are on their way. */
  sendShutdown = false;
  /** The event object of WSAEventSelect, once there was a selection; closed with the last handle. */
  event: number | undefined;
  /** WSARecvMsg as the provider of the socket gave it, once it was asked for. */
  recvMsg: WsaRecvMsg | undefined;
  /** Of a listener: how many offers were seen, the number of the last. */
  offers = 0;
  /** Of a listener: the offer that was left first, while nothing says that it is not any more. */
  deferred: Offer | undefined;
}

/** What the adapter remembers of an open handle, since Windows does not tell it, or tells it only once. */
export interface SocketState {
  /** The SOCKET, and the handle: the same number. */
  readonly s: Handle;
  /** A byte stream; else datagrams. */
  readonly stream: boolean;
  /** The Windows number of its address family; may be one that AddressFamily does not name. */
  readonly family: number;
  readonly shared: SharedState;
}

/** A method of the port, as the files of this adapter have it. */
export type Method<M extends keyof Provider> = MethodOf<Stack, SocketState, M>;

/** What the calls of an adapter share. */
export interface Stack {
  readonly ws2_32: Ws2_32;
  readonly reactor: Reactor;
  readonly eventWaits: EventWaits;
  /**
   * The sockets that are open. Windows may give a value again at once after closesocket, even to somebody
   * else in this process: a handle that is not here never reaches a native call.
   */
  readonly sockets: Map<Handle, SocketState>;
  readonly address: SockaddrBuffer;
  readonly message: MessageHeader;
}

/** Poll handles of libuv take a socket as a 32-bit integer. Windows has never given a larger one. */
const MAX_HANDLE = 0x7fffffff;

/** undefined for a value that the reactor could not take. */
export const toHandle = (value: number): Handle | undefined =>
  Number.isInteger(value) && value >= 0 && value <= MAX_HANDLE
    ? (value as Handle) // the brand is given here, and only here
    : undefined;

export const isOfFamily = (socket: SocketState, address: SocketAddress): boolean =>
  ADDRESS_FAMILIES[address.family] === socket.family;

/**
 * The name that a native call was to fill in; a socket of AF_UNIX may have none, and then the system may have
 * left everything as it was.
 */
export const nameIn = (stack: Stack, { family }: Pick<SocketState, 'family'>): SocketAddress | undefined =>
  stack.address.read() ?? (family === ADDRESS_FAMILIES.AF_UNIX ? { family: 'AF_UNIX', path: '' } : undefined);
