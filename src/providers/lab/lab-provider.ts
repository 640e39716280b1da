import type { SocketAddress } from '../../winsock/addresses.js';
import { POLL_EVENTS, type ShutdownHow, SOCKET_TYPES } from '../../winsock/constants.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import type { WsaName } from '../../winsock/errors.js';
import type { PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import type {
  Accepted,
  Arrivals,
  Connected,
  DatagramLoss,
  Handle,
  KeepAliveValues,
  NativeOffers,
  Offer,
  PollItem,
  Provider,
  Readiness,
  Received,
  Watch,
} from '../provider.js';
import { LAB_ENTRIES } from './catalog.js';
import { DatagramSocket } from './datagram-socket.js';
import type { LabNetwork } from './network.js';
import { stateOf } from './polling.js';
import { labResolver } from './resolver.js';
import { StreamSocket } from './stream-socket.js';

/** Reported even when not requested. */
const ALWAYS_REPORTED = POLL_EVENTS.POLLERR | POLL_EVENTS.POLLHUP;

/** Methods of both kinds are called directly, those of streams by `#onStream`. */
type Socket = StreamSocket | DatagramSocket;

/**
 * The provider in memory: transports with connect and disconnect data, on a network of its own or shared
 * with other providers. It has no system below, so it implements all rules of Winsock itself.
 */
export class LabProvider implements Provider {
  readonly name = 'lab';
  readonly resolver = labResolver;
  readonly protocols = LAB_ENTRIES;
  readonly #network: LabNetwork;
  readonly #sockets = new Map<Handle, Socket>();
  #lastHandle = 0;

  readonly offers: NativeOffers = {
    first: (s) => this.#onStream(s, 'WSAAccept', (socket) => socket.firstOffer()),
    reject: (s, data, only) => this.#onStream(s, 'WSAAccept', (socket) => socket.rejectOffer(data, only)),
  };

  constructor(network: LabNetwork) {
    this.#network = network;
  }

  enumProtocols(): Outcome<readonly ProtocolInfo[]> {
    return ok(LAB_ENTRIES);
  }

  socket(entry: ProtocolInfo, protocol: number): Outcome<Handle> {
    const call = 'WSASocket';
    const own = LAB_ENTRIES.find(({ catalogEntryId }) => catalogEntryId === entry.catalogEntryId);
    if (!own || entry.provider !== this.name) return fail('WSAEINVAL', call);
    if (protocol !== 0 && protocol !== own.protocol) return fail('WSAEPROTONOSUPPORT', call);
    const Kind = own.socketType === SOCKET_TYPES.SOCK_STREAM ? StreamSocket : DatagramSocket;
    return ok(this.#adopt(new Kind(this.#network, own)));
  }

  bind(s: Handle, address: SocketAddress): Outcome<void> {
    return this.#on(s, 'bind', (socket) => socket.bind(address));
  }

  listen(s: Handle, backlog: number): Outcome<void> {
    return this.#onStream(s, 'listen', (socket) => socket.listen(backlog));
  }

  accept(s: Handle, calleeData?: Uint8Array, only?: Offer['id']): Outcome<Accepted> {
    const accepted = this.#onStream(s, 'WSAAccept', (socket) => socket.accept(calleeData, only));
    if (!accepted.ok) return accepted;
    const { socket, offer } = accepted.value;
    const { id: _, ...caller } = offer;
    return ok({ handle: this.#adopt(socket), ...caller });
  }

  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected> {
    return this.#on(s, 'WSAConnect', (socket) => socket.connect(to, callerData));
  }

  finishConnect(s: Handle): Outcome<Connected> {
    return this.#on(s, 'WSAConnect', (socket) => socket.finishConnect());
  }

  send(s: Handle, data: Uint8Array, flags: number): Outcome<number> {
    return this.#on(s, 'WSASend', (socket) => socket.send(data, flags, 'carried'));
  }

  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number> {
    return this.#on(s, 'WSASendTo', (socket) => socket.sendTo(data, flags, to, 'carried'));
  }

  sendMsg(
    s: Handle,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
  ): Outcome<number> {
    return this.#onDatagrams(s, 'WSASendMsg', (socket) =>
      socket.sendMsg(data, flags, to, control, 'carried'),
    );
  }

  readonly loss: DatagramLoss = {
    send: (s, data, flags) => this.#on(s, 'WSASend', (socket) => socket.send(data, flags, 'lost')),
    sendTo: (s, data, flags, to) =>
      this.#on(s, 'WSASendTo', (socket) => socket.sendTo(data, flags, to, 'lost')),
    sendMsg: (s, data, flags, to, control) =>
      this.#onDatagrams(s, 'WSASendMsg', (socket) => socket.sendMsg(data, flags, to, control, 'lost')),
  };

  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.#on(s, 'WSARecv', (socket) => socket.recv(into, flags));
  }

  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.#on(s, 'WSARecvFrom', (socket) => socket.recvFrom(into, flags));
  }

  recvMsg(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.#onDatagrams(s, 'WSARecvMsg', (socket) => socket.recvMsg(into, flags));
  }

  shutdown(s: Handle, how: ShutdownHow, unread = 0): Outcome<void> {
    return this.#on(s, 'shutdown', (socket) => socket.shutdown(how, unread));
  }

  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void> {
    return this.#on(s, 'WSASendDisconnect', (socket) => socket.sendDisconnect(data));
  }

  recvDisconnect(s: Handle, room?: number, unread = 0): Outcome<Uint8Array | undefined> {
    return this.#on(s, 'WSARecvDisconnect', (socket) => socket.recvDisconnect(room, unread));
  }

  getSockName(s: Handle): Outcome<SocketAddress> {
    return this.#on(s, 'getsockname', (socket) => socket.getSockName());
  }

  getPeerName(s: Handle): Outcome<SocketAddress> {
    return this.#on(s, 'getpeername', (socket) => socket.getPeerName());
  }

  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue> {
    return this.#on(s, 'getsockopt', (socket) => socket.options.get(option, socket));
  }

  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void> {
    return this.#on(s, 'setsockopt', (socket) => socket.setSockOpt(option, value));
  }

  available(s: Handle): Outcome<number> {
    return this.#on(s, 'ioctlsocket', (socket) => socket.available());
  }

  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    return this.#on(s, 'WSAPoll', (socket) => ok(socket.watches.add(s, want, wake)));
  }

  readonly arrivals: Arrivals = {
    waiting: (s) => this.#on(s, 'ioctlsocket', (socket) => ok(socket.waiting)),
    watch: (s, moreThan, wake) =>
      this.#on(s, 'WSAPoll', (socket) =>
        ok(socket.watches.addCondition(s, () => socket.waiting > moreThan, wake)),
      ),
  };

  poll(items: readonly PollItem[]): Outcome<readonly number[]> {
    const states = items.map(({ s, events }) => {
      const socket = this.#sockets.get(s);
      return socket ? stateOf(socket) & (events | ALWAYS_REPORTED) : POLL_EVENTS.POLLNVAL;
    });
    return ok(states);
  }

  duplicate(s: Handle): Outcome<Handle> {
    return this.#on(s, 'WSADuplicateSocket', (socket) => ok(this.#adopt(socket)));
  }

  /** No lab transport has urgent data, so none is ever pending. */
  atMark(s: Handle): Outcome<boolean> {
    return this.#onStream(s, 'WSAIoctl', () => ok(true), 'WSAEINVAL');
  }

  /** The lab has no AF_UNIX. */
  peerProcessId(s: Handle): Outcome<number> {
    return this.#on(s, 'WSAIoctl', () => fail('WSAEOPNOTSUPP', 'WSAIoctl'));
  }

  ioctl(s: Handle, request: PlainIoctl, members: readonly number[]): Outcome<number | undefined> {
    return this.#on(s, 'WSAIoctl', (socket) => socket.ioctl(request, members));
  }

  setKeepAlive(s: Handle, values: KeepAliveValues): Outcome<void> {
    return this.#onStream(s, 'WSAIoctl', (socket) => socket.setKeepAlive(values), 'WSAENOPROTOOPT');
  }

  /** Bytes that have not reached the peer's receive buffer. */
  unsent(s: Handle): Outcome<number | undefined> {
    return this.#on(s, 'ioctlsocket', (socket) => ok(socket.unsent));
  }

  close(s: Handle): Outcome<void> {
    return this.#end(s, true);
  }

  abort(s: Handle): Outcome<void> {
    return this.#end(s, false);
  }

  /** Resets the open sockets, so that none of them stays on a shared network. */
  dispose(): void {
    for (const socket of this.#sockets.values()) socket.end(false);
    this.#sockets.clear();
  }

  #end(s: Handle, graceful: boolean): Outcome<void> {
    return this.#on(s, 'closesocket', (socket) => {
      if (socket.watches.isLive(s)) throw new Error('closesocket while a watch is live: stop it first');
      this.#sockets.delete(s);
      socket.handles--;
      if (socket.handles === 0) socket.end(graceful);
      return done;
    });
  }

  #adopt(socket: Socket): Handle {
    this.#lastHandle += 1;
    // The only place where the lab makes a Handle.
    const handle = this.#lastHandle as Handle;
    this.#sockets.set(handle, socket);
    socket.handles++;
    return handle;
  }

  #on<T>(s: Handle, call: string, run: (socket: Socket) => Outcome<T>): Outcome<T> {
    const socket = this.#sockets.get(s);
    return socket ? run(socket) : fail('WSAENOTSOCK', call);
  }

  /** Runs a call that only datagram sockets have: WSAEINVAL on a stream. */
  #onDatagrams<T>(s: Handle, call: string, run: (socket: DatagramSocket) => Outcome<T>): Outcome<T> {
    const socket = this.#sockets.get(s);
    if (socket && !socket.stream) return run(socket);
    return fail(socket ? 'WSAEINVAL' : 'WSAENOTSOCK', call);
  }

  /** Runs a call that only streams have. @param otherwise the code for a datagram socket */
  #onStream<T>(
    s: Handle,
    call: string,
    run: (socket: StreamSocket) => Outcome<T>,
    otherwise: WsaName = 'WSAEOPNOTSUPP',
  ): Outcome<T> {
    const socket = this.#sockets.get(s);
    if (socket?.stream) return run(socket);
    return fail(socket ? otherwise : 'WSAENOTSOCK', call);
  }
}
