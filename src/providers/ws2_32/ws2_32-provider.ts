import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, type ShutdownHow } from '../../winsock/constants.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import type { PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { SockaddrBuffer } from '../../winsock/sockaddr.js';
import { NativeProvider } from '../native/native-provider.js';
import type {
  Accepted,
  Connected,
  Handle,
  KeepAliveValues,
  NativeNetworkEvents,
  NativeOffers,
  Offer,
  PollItem,
  Provider,
  Readiness,
  Received,
  Resolver,
  Watch,
} from '../provider.js';
import { bind, getPeerName, getSockName } from './binding.js';
import { type CatalogEntry, readCatalog } from './catalog.js';
import { connect, finishConnect } from './connecting.js';
import { EventWaits } from './event-waits.js';
import type { SocketState, Stack } from './handle-state.js';
import { atMark, available, ioctl, isExceptional, peerProcessId, setKeepAlive, unsent } from './ioctls.js';
import { loadWs2_32 } from './library.js';
import { accept, listen } from './listening.js';
import { MessageHeader } from './message-header.js';
import { recvMsg, sendMsg } from './messages.js';
import { enumerate, isSignalled, select, watchEvents } from './network-events.js';
import { acceptOnly, canDefer, first, reject } from './offers.js';
import { duplicate, socket } from './opening.js';
import { getSockOpt, setSockOpt } from './options.js';
import { poll } from './polling.js';
import { Reactor } from './reactor.js';
import { loadResolver } from './resolver.js';
import { abort, close, recvDisconnect, sendDisconnect, shutdown } from './shutdown-and-close.js';
import { getNative } from './sockopt-calls.js';
import { endOf, recv, recvFrom, send, sendTo } from './transfer.js';

/**
 * The provider over ws2_32.dll. Each call goes to the file of its topic, with the state of its handle.
 * Windows itself keeps the rules of Winsock; this adapter adds very few.
 */
export class Ws2_32Provider extends NativeProvider<SocketState, Stack> implements Provider {
  readonly name = 'ws2_32';
  readonly resolver: Resolver = loadResolver();

  readonly networkEvents: NativeNetworkEvents = {
    select: (s, mask) => this.on(s, 'WSAEventSelect', (found) => select(this.stack, found, mask)),
    enumerate: (s) => this.on(s, 'WSAEnumNetworkEvents', (found) => enumerate(this.stack, found)),
    watch: (s, wake) =>
      this.on(s, 'WSAWaitForMultipleEvents', (found) => watchEvents(this.stack, found, wake)),
  };

  /** No entry here carries disconnect data: the daemon refuses it before. */
  readonly offers: NativeOffers = {
    first: (s) =>
      this.on(s, 'WSAAccept', (found) =>
        canDefer(this.stack, found) ? first(this.stack, found) : ok(undefined),
      ),
    reject: (s, _data, only) =>
      this.on(s, 'WSAAccept', (found) =>
        canDefer(this.stack, found) ? reject(this.stack, found, only) : ok(undefined),
      ),
  };

  #catalog: readonly CatalogEntry[] = [];
  #protocols: readonly ProtocolInfo[] = [];
  #disposed = false;

  private constructor(stack: Stack) {
    super(stack);
    this.enumProtocols();
  }

  /** @throws an Error on a system other than Windows, or when WSAStartup fails; its message says which */
  static load(): Ws2_32Provider {
    const address = new SockaddrBuffer(ADDRESS_FAMILIES);
    const stack: Stack = {
      ws2_32: loadWs2_32(),
      reactor: new Reactor(
        (s) => {
          const watched = stack.sockets.get(s);
          return watched && endOf(stack, watched);
        },
        (s) => isExceptional(stack.ws2_32, s),
      ),
      eventWaits: new EventWaits((event) => isSignalled(stack, event)),
      sockets: new Map(),
      address,
      message: new MessageHeader(address.name),
    };
    return new Ws2_32Provider(stack);
  }

  enumProtocols(): Outcome<readonly ProtocolInfo[]> {
    const catalog = readCatalog(this.stack.ws2_32);
    if (!catalog.ok) return catalog;
    this.#catalog = catalog.value;
    this.#protocols = catalog.value.map(({ info }) => info);
    return ok(this.#protocols);
  }

  get protocols(): readonly ProtocolInfo[] {
    return this.#protocols;
  }

  socket(entry: ProtocolInfo, protocol: number): Outcome<Handle> {
    const isIt = ({ info }: CatalogEntry) => info.catalogEntryId === entry.catalogEntryId;
    const own = this.#catalog.find(isIt);
    if (!own || entry.provider !== this.name) return fail('WSAEINVALIDPROVIDER', 'WSASocketW');
    return socket(this.stack, own, protocol);
  }

  bind(s: Handle, address: SocketAddress): Outcome<void> {
    return this.on(s, 'bind', (found) => bind(this.stack, found, address));
  }

  listen(s: Handle, backlog: number): Outcome<void> {
    return this.on(s, 'listen', (found) => listen(this.stack, found, backlog));
  }

  /** @param calleeData refused: it needs a provider that Windows no longer has */
  accept(s: Handle, calleeData?: Uint8Array, only?: Offer['id']): Outcome<Accepted> {
    return this.on(s, 'accept', (found) => {
      if (calleeData !== undefined) return fail('WSAEOPNOTSUPP', 'accept');
      return only === undefined ? accept(this.stack, found) : acceptOnly(this.stack, found, only);
    });
  }

  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected> {
    return this.on(s, 'WSAConnect', (found) => connect(this.stack, found, to, callerData));
  }

  finishConnect(s: Handle): Outcome<Connected> {
    return this.on(s, 'WSAConnect', (found) => finishConnect(this.stack, found));
  }

  send(s: Handle, data: Uint8Array, flags: number): Outcome<number> {
    return this.on(s, 'send', (found) => send(this.stack, found, data, flags));
  }

  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number> {
    return this.on(s, 'sendto', (found) => sendTo(this.stack, found, data, flags, to));
  }

  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'recv', (found) => recv(this.stack, found, into, flags));
  }

  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'recvfrom', (found) => recvFrom(this.stack, found, into, flags));
  }

  sendMsg(
    s: Handle,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
  ): Outcome<number> {
    return this.on(s, 'WSASendMsg', (found) => sendMsg(this.stack, found, data, flags, to, control));
  }

  recvMsg(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'WSARecvMsg', (found) => recvMsg(this.stack, found, into, flags));
  }

  shutdown(s: Handle, how: ShutdownHow): Outcome<void> {
    return this.on(s, 'shutdown', (found) => shutdown(this.stack, found, how));
  }

  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void> {
    return this.on(s, 'WSASendDisconnect', (found) => sendDisconnect(this.stack, found, data));
  }

  recvDisconnect(s: Handle, _room?: number): Outcome<Uint8Array | undefined> {
    return this.on(s, 'WSARecvDisconnect', (found) => recvDisconnect(this.stack, found));
  }

  getSockName(s: Handle): Outcome<SocketAddress> {
    return this.on(s, 'getsockname', (found) => getSockName(this.stack, found));
  }

  getPeerName(s: Handle): Outcome<SocketAddress> {
    return this.on(s, 'getpeername', (found) => getPeerName(this.stack, found));
  }

  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue> {
    return this.on(s, 'getsockopt', (found) => getSockOpt(this.stack, found, option));
  }

  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void> {
    return this.on(s, 'setsockopt', (found) => setSockOpt(this.stack, found, option, value));
  }

  available(s: Handle): Outcome<number> {
    return this.on(s, 'ioctlsocket', (found) => available(this.stack, found));
  }

  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    return this.on(s, 'watch', (found) => {
      const alive = getNative(this.stack, found.s, 'SO_TYPE'); // rule 4 of the reactor
      return alive.ok ? this.stack.reactor.watch(found, want, wake) : alive;
    });
  }

  poll(items: readonly PollItem[]): Outcome<readonly number[]> {
    return poll(this.stack, items);
  }

  duplicate(s: Handle): Outcome<Handle> {
    return this.on(s, 'WSADuplicateSocketW', (found) => duplicate(this.stack, found));
  }

  atMark(s: Handle): Outcome<boolean> {
    return this.on(s, 'ioctlsocket', (found) => atMark(this.stack, found));
  }

  peerProcessId(s: Handle): Outcome<number> {
    return this.on(s, 'WSAIoctl', (found) => peerProcessId(this.stack, found));
  }

  ioctl(s: Handle, request: PlainIoctl, members: readonly number[]): Outcome<number | undefined> {
    return this.on(s, 'WSAIoctl', (found) => ioctl(this.stack, found, request, members));
  }

  setKeepAlive(s: Handle, values: KeepAliveValues): Outcome<void> {
    return this.on(s, 'WSAIoctl', (found) => setKeepAlive(this.stack, found, values));
  }

  unsent(s: Handle): Outcome<number | undefined> {
    return this.on(s, 'WSAIoctl', (found) => unsent(this.stack, found));
  }

  close(s: Handle): Outcome<void> {
    return this.on(s, 'closesocket', (found) => close(this.stack, found));
  }

  abort(s: Handle): Outcome<void> {
    return this.on(s, 'closesocket', (found) => abort(this.stack, found));
  }

  /** One WSACleanup for the WSAStartup of `load`: the native count never falls below that of libuv. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.stack.reactor.dispose();
    this.stack.eventWaits.dispose();
    this.stack.ws2_32.cleanup();
  }
}
