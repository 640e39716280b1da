import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, SOCKET_TYPES } from '../../winsock/constants.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { SockaddrBuffer } from '../../winsock/sockaddr.js';
import { NativeProvider } from '../native/native-provider.js';
import type { Handle, PollItem, Provider, Readiness, Resolver, Watch } from '../provider.js';
import { bind, getPeerName, getSockName } from './binding.js';
import { CATALOG } from './catalog.js';
import { connect, finishConnect } from './connecting.js';
import { duplicate } from './duplicating.js';
import { SocketState, type Stack } from './handle-state.js';
import { atMark, available, unsent } from './ioctls.js';
import { type Libc, loadLibc } from './library.js';
import { accept, listen, NON_BLOCKING_NOT_INHERITED } from './listening.js';
import { call } from './native-call.js';
import { getNative, setNative } from './native-options.js';
import { getSockOpt, setSockOpt } from './options.js';
import { setKeepAlive } from './options-of-tcp.js';
import { poll } from './polling.js';
import { Reactor } from './reactor.js';
import { PosixResolver } from './resolver.js';
import { abort, close, recvDisconnect, sendDisconnect, shutdown } from './shutdown-and-close.js';
import { LINUX_FAMILY } from './sockaddr.js';
import { recv, recvFrom, send, sendTo } from './transfer.js';
import { peerProcessId } from './unix-domain.js';

/**
 * The Winsock service provider over the sockets of Linux. Each call goes to the file of its topic, with
 * the state of its handle.
 */
export class PosixProvider extends NativeProvider<SocketState, Stack> implements Provider {
  readonly name = 'posix';
  readonly resolver: Resolver = PosixResolver.load();
  readonly protocols: readonly ProtocolInfo[];

  private constructor(stack: Stack) {
    super(stack);
    this.protocols = CATALOG.filter((entry) => isPresent(stack, entry));
  }

  /**
   * @param libc for tests: functions that fail as told
   * @throws Error on a system that is not Linux with glibc; says why
   */
  static load(libc: Libc = loadLibc()): PosixProvider {
    return new PosixProvider({
      libc,
      reactor: new Reactor(libc),
      sockets: new Map(),
      address: new SockaddrBuffer(LINUX_FAMILY),
      value: Buffer.alloc(8),
    });
  }

  enumProtocols(): Outcome<readonly ProtocolInfo[]> {
    return ok(this.protocols);
  }

  socket(entry: ProtocolInfo, protocol: number): Outcome<Handle> {
    const own = this.protocols.find((row) => row.catalogEntryId === entry.catalogEntryId);
    if (!own || entry.provider !== 'posix') return fail('WSAEINVALIDPROVIDER', 'WSASocket');
    if (protocol !== 0 && protocol !== own.protocol) return fail('WSAEPROTONOSUPPORT', 'WSASocket');
    const made = nativeSocket(this.stack, own);
    if (!made.ok) return made;
    const fd = made.value;
    const family = familyOf(own);
    // Off by default on Linux (ipv6(7)), on by default on Windows.
    if (family === 'AF_INET6') setNative(this.stack, fd, 'IPV6_V6ONLY', 1, 'WSASocket');
    const stream = own.socketType === SOCKET_TYPES.SOCK_STREAM;
    this.stack.sockets.set(fd, new SocketState(fd, { entry: own, family, stream }));
    return ok(fd as Handle); // where a descriptor becomes a handle; the other places are accept and duplicate
  }

  readonly bind = this.on('bind', bind);
  readonly listen = this.on('listen', listen);
  readonly accept = this.on('accept', accept);
  readonly connect = this.on('connect', connect);
  readonly finishConnect = this.on('connect', finishConnect);
  readonly send = this.on('WSASend', send);
  readonly sendTo = this.on('WSASendTo', sendTo);
  readonly recv = this.on('WSARecv', recv);
  readonly recvFrom = this.on('WSARecvFrom', recvFrom);
  readonly shutdown = this.on('shutdown', shutdown);
  readonly sendDisconnect = this.on('WSASendDisconnect', sendDisconnect);
  readonly recvDisconnect = this.on('WSARecvDisconnect', recvDisconnect);
  readonly getSockName = this.on('getsockname', getSockName);
  readonly getPeerName = this.on('getpeername', getPeerName);
  readonly getSockOpt = this.on('getsockopt', getSockOpt);
  readonly setSockOpt = this.on('setsockopt', setSockOpt);
  readonly available = this.on('ioctlsocket', available);
  readonly atMark = this.on('WSAIoctl', atMark);
  readonly setKeepAlive = this.on('WSAIoctl', setKeepAlive);
  readonly peerProcessId = this.on('WSAIoctl', peerProcessId);
  readonly unsent = this.on('ioctlsocket', unsent);
  readonly duplicate = this.on('WSADuplicateSocket', duplicate);
  readonly watch = this.#onHandle('watch', watch);
  readonly close = this.#onHandle('closesocket', close);
  readonly abort = this.#onHandle('closesocket', abort);

  poll(items: readonly PollItem[]): Outcome<readonly number[]> {
    return poll(this.stack, items);
  }

  dispose(): void {
    this.stack.reactor.close();
  }

  /** As `on`, for what is done to one of the descriptors of a socket. */
  #onHandle<A extends readonly unknown[], T>(
    callName: string,
    run: (stack: Stack, socket: SocketState, fd: number, ...args: A) => Outcome<T>,
  ): (s: Handle, ...args: A) => Outcome<T> {
    const found = this.on(callName, run);
    return (s, ...args) => found(s, s, ...args);
  }
}

/**
 * The system tells of urgent data inline too; then it is no urgent data any more, see Readiness. On AF_UNIX
 * Winsock has none, whatever a peer of Linux sends.
 */
const watch = (
  stack: Stack,
  socket: SocketState,
  fd: number,
  want: Readiness,
  wake: (seen: Readiness) => void,
): Outcome<Watch> => {
  const inline = want.urgent === true ? getNative(stack, socket.fd, 'SO_OOBINLINE', 'watch') : undefined;
  const hasNone = socket.family === 'AF_UNIX' || (inline?.ok && inline.value !== 0);
  const given = hasNone ? { ...want, urgent: false } : want;
  return stack.reactor.watch(fd, given, wake);
};

const familyOf = ({ addressFamily }: ProtocolInfo): SocketAddress['family'] => {
  if (addressFamily === ADDRESS_FAMILIES.AF_UNIX) return 'AF_UNIX';
  return addressFamily === ADDRESS_FAMILIES.AF_INET6 ? 'AF_INET6' : 'AF_INET';
};

/** SOCK_STREAM and SOCK_DGRAM, and the protocols, have the same numbers on both systems. */
const nativeSocket = (stack: Stack, entry: ProtocolInfo): Outcome<number> => {
  const type = entry.socketType | NON_BLOCKING_NOT_INHERITED;
  return call('WSASocket', stack.libc.socket, LINUX_FAMILY[familyOf(entry)], type, entry.protocol);
};

/** Whether the kernel has the family; one without IPv6 answers EAFNOSUPPORT. */
const isPresent = (stack: Stack, entry: ProtocolInfo): boolean => {
  const probe = nativeSocket(stack, entry);
  if (probe.ok) call('closesocket', stack.libc.close, probe.value);
  return !failedWith(probe, 'WSAEAFNOSUPPORT');
};
