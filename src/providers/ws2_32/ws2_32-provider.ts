import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { SockaddrBuffer } from '../../winsock/sockaddr.js';
import { NativeProvider } from '../native/native-provider.js';
import type {
  Handle,
  NativeNetworkEvents,
  NativeOffers,
  Offer,
  PollItem,
  Provider,
  Resolver,
} from '../provider.js';
import { bind, getPeerName, getSockName } from './binding.js';
import { type CatalogEntry, readCatalog } from './catalog.js';
import { connect, finishConnect } from './connecting.js';
import { EventWaits } from './event-waits.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { atMark, available, isExceptional, peerProcessId, setKeepAlive, unsent } from './ioctls.js';
import { loadWs2_32 } from './library.js';
import { accept, listen } from './listening.js';
import { enumerate, isSignalled, select, watchEvents } from './network-events.js';
import { acceptOnly, canDefer, first, reject } from './offers.js';
import { duplicate, socket } from './opening.js';
import { getSockOpt, setSockOpt } from './options.js';
import { poll } from './polling.js';
import { Reactor } from './reactor.js';
import { loadResolver } from './resolver.js';
import { abort, close, recvDisconnect, sendDisconnect, shutdown } from './shutdown-and-close.js';
import { getNative } from './sockopt-calls.js';
import { hasFailed, recv, recvFrom, send, sendTo } from './transfer.js';

/**
 * The Winsock of the Windows that this process runs on: ws2_32.dll. Each call goes to the file of its topic,
 * with the state of its handle. Windows keeps the rules of Winsock itself; this adapter adds next to none.
 */
export class Ws2_32Provider extends NativeProvider<SocketState, Stack> implements Provider {
  readonly name = 'ws2_32';
  readonly resolver: Resolver = loadResolver();

  readonly networkEvents: NativeNetworkEvents = {
    select: this.on('WSAEventSelect', select),
    enumerate: this.on('WSAEnumNetworkEvents', enumerate),
    watch: this.on('WSAWaitForMultipleEvents', watchEvents),
  };

  /** Disconnect data has no entry here to go with: the daemon has refused it before. */
  readonly offers: NativeOffers = {
    first: this.on('WSAAccept', (stack, listener) =>
      canDefer(stack, listener) ? first(stack, listener) : ok(undefined),
    ),
    reject: this.on('WSAAccept', (stack, listener, _data?: Uint8Array, only?: Offer['id']) =>
      canDefer(stack, listener) ? reject(stack, listener, only) : ok(undefined),
    ),
  };

  #catalog: readonly CatalogEntry[] = [];
  #protocols: readonly ProtocolInfo[] = [];
  #disposed = false;

  private constructor(stack: Stack) {
    super(stack);
    this.enumProtocols();
  }

  /** @throws an Error on a system other than Windows, and when WSAStartup fails; says which */
  static load(): Ws2_32Provider {
    const stack: Stack = {
      ws2_32: loadWs2_32(),
      reactor: new Reactor(
        (s) => {
          const watched = stack.sockets.get(s);
          return watched !== undefined && hasFailed(stack, watched);
        },
        (s) => isExceptional(stack.ws2_32, s),
      ),
      eventWaits: new EventWaits((event) => isSignalled(stack, event)),
      sockets: new Map(),
      address: new SockaddrBuffer(ADDRESS_FAMILIES),
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

  readonly bind = this.on('bind', bind);
  readonly listen = this.on('listen', listen);
  readonly accept = this.on('accept', acceptAny);
  readonly connect = this.on('WSAConnect', connect);
  readonly finishConnect = this.on('WSAConnect', finishConnect);
  readonly send = this.on('send', send);
  readonly sendTo = this.on('sendto', sendTo);
  readonly recv = this.on('recv', recv);
  readonly recvFrom = this.on('recvfrom', recvFrom);
  readonly shutdown = this.on('shutdown', shutdown);
  readonly sendDisconnect = this.on('WSASendDisconnect', sendDisconnect);
  readonly recvDisconnect = this.on('WSARecvDisconnect', recvDisconnect);
  readonly getSockName = this.on('getsockname', getSockName);
  readonly getPeerName = this.on('getpeername', getPeerName);
  readonly getSockOpt = this.on('getsockopt', getSockOpt);
  readonly setSockOpt = this.on('setsockopt', setSockOpt);
  readonly available = this.on('ioctlsocket', available);
  readonly atMark = this.on('ioctlsocket', atMark);
  readonly setKeepAlive = this.on('WSAIoctl', setKeepAlive);
  readonly peerProcessId = this.on('WSAIoctl', peerProcessId);
  readonly unsent = this.on('WSAIoctl', unsent);
  readonly duplicate = this.on('WSADuplicateSocketW', duplicate);
  readonly watch = this.on('watch', watch);
  readonly close = this.on('closesocket', close);
  readonly abort = this.on('closesocket', abort);

  poll(items: readonly PollItem[]): Outcome<readonly number[]> {
    return poll(this.stack, items);
  }

  /** One WSACleanup for the one WSAStartup of `load`: the native count never falls below libuv's own. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.stack.reactor.dispose();
    this.stack.eventWaits.dispose();
    this.stack.ws2_32.cleanup();
  }
}

/** @param calleeData refused: it takes a provider that Windows no longer has */
const acceptAny: Method<'accept'> = (stack, listener, calleeData, only) => {
  if (calleeData !== undefined) return fail('WSAEOPNOTSUPP', 'accept');
  return only === undefined ? accept(stack, listener) : acceptOnly(stack, listener, only);
};

const watch: Method<'watch'> = (stack, { s }, want, wake) => {
  const alive = getNative(stack, s, 'SO_TYPE'); // rule 4 of the reactor
  return alive.ok ? stack.reactor.watch(s, want, wake) : alive;
};
