import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, type ShutdownHow, SOCKET_TYPES } from '../../winsock/constants.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import type { PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { SockaddrBuffer } from '../../winsock/sockaddr.js';
import { NativeProvider } from '../native/native-provider.js';
import type {
  Accepted,
  Arrivals,
  Connected,
  Handle,
  KeepAliveValues,
  PollItem,
  Provider,
  Readiness,
  Received,
  Resolver,
  Watch,
} from '../provider.js';
import { waiting, watchForMore } from './arrivals.js';
import { bind, getPeerName, getSockName } from './binding.js';
import { CATALOG } from './catalog.js';
import { connect, finishConnect } from './connecting.js';
import { type DescriptorLimits, Descriptors, UNLIMITED } from './descriptors.js';
import { duplicate } from './duplicating.js';
import { SocketState, type Stack } from './handle-state.js';
import { enableIcmpErrors } from './icmp-errors.js';
import { available, ioctl, unsent } from './ioctls.js';
import { type Libc, loadLibc } from './library.js';
import { accept, listen, NON_BLOCKING_NOT_INHERITED } from './listening.js';
import { MessageHeader } from './message-header.js';
import { recvMsg, sendMsg } from './messages.js';
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
import { atMark } from './urgent.js';

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
   * @param libc replaced by tests
   * @param descriptors how many descriptors sockets may use
   * @throws Error on a system other than Linux with glibc; its message says why
   */
  static load(libc: Libc = loadLibc(), descriptors: DescriptorLimits = UNLIMITED): PosixProvider {
    const address = new SockaddrBuffer(LINUX_FAMILY);
    return new PosixProvider({
      libc,
      descriptors: new Descriptors(libc, descriptors),
      reactor: new Reactor(libc),
      sockets: new Map(),
      address,
      message: new MessageHeader(address.name),
      errors: new MessageHeader(Buffer.alloc(0)),
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
    const only = family === 'AF_INET6' ? setNative(this.stack, fd, 'IPV6_V6ONLY', 1, 'WSASocket') : made;
    if (!only.ok) {
      call('closesocket', this.stack.libc.close, fd);
      return only;
    }
    const stream = own.socketType === SOCKET_TYPES.SOCK_STREAM;
    const socket = new SocketState(fd, { entry: own, family, stream });
    if (!stream) enableIcmpErrors(this.stack, socket);
    this.stack.sockets.set(fd, socket);
    return ok(fd as Handle); // makes a Handle, as accept and duplicate do
  }

  bind(s: Handle, address: SocketAddress): Outcome<void> {
    return this.on(s, 'bind', (socket) => bind(this.stack, socket, address));
  }

  listen(s: Handle, backlog: number): Outcome<void> {
    return this.on(s, 'listen', (socket) => listen(this.stack, socket, backlog));
  }

  accept(s: Handle, calleeData?: Uint8Array): Outcome<Accepted> {
    return this.on(s, 'accept', (socket) => accept(this.stack, socket, calleeData));
  }

  connect(s: Handle, to: SocketAddress, callerData?: Uint8Array): Outcome<Connected> {
    return this.on(s, 'connect', (socket) => connect(this.stack, socket, to, callerData));
  }

  finishConnect(s: Handle): Outcome<Connected> {
    return this.on(s, 'connect', (socket) => finishConnect(this.stack, socket));
  }

  send(s: Handle, data: Uint8Array, flags: number): Outcome<number> {
    return this.on(s, 'WSASend', (socket) => send(this.stack, socket, data, flags));
  }

  sendTo(s: Handle, data: Uint8Array, flags: number, to: SocketAddress): Outcome<number> {
    return this.on(s, 'WSASendTo', (socket) => sendTo(this.stack, socket, data, flags, to));
  }

  recv(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'WSARecv', (socket) => recv(this.stack, socket, into, flags));
  }

  recvFrom(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'WSARecvFrom', (socket) => recvFrom(this.stack, socket, into, flags));
  }

  sendMsg(
    s: Handle,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | undefined,
    control: readonly ControlMessage[],
  ): Outcome<number> {
    return this.on(s, 'WSASendMsg', (socket) => sendMsg(this.stack, socket, data, flags, to, control));
  }

  recvMsg(s: Handle, into: Uint8Array, flags: number): Outcome<Received> {
    return this.on(s, 'WSARecvMsg', (socket) => recvMsg(this.stack, socket, into, flags));
  }

  shutdown(s: Handle, how: ShutdownHow): Outcome<void> {
    return this.on(s, 'shutdown', (socket) => shutdown(this.stack, socket, how));
  }

  sendDisconnect(s: Handle, data?: Uint8Array): Outcome<void> {
    return this.on(s, 'WSASendDisconnect', (socket) => sendDisconnect(this.stack, socket, data));
  }

  recvDisconnect(s: Handle, _room?: number): Outcome<Uint8Array | undefined> {
    return this.on(s, 'WSARecvDisconnect', (socket) => recvDisconnect(this.stack, socket));
  }

  getSockName(s: Handle): Outcome<SocketAddress> {
    return this.on(s, 'getsockname', (socket) => getSockName(this.stack, socket));
  }

  getPeerName(s: Handle): Outcome<SocketAddress> {
    return this.on(s, 'getpeername', (socket) => getPeerName(this.stack, socket));
  }

  getSockOpt(s: Handle, option: OptionName): Outcome<OptionValue> {
    return this.on(s, 'getsockopt', (socket) => getSockOpt(this.stack, socket, option));
  }

  setSockOpt(s: Handle, option: OptionName, value: OptionValue): Outcome<void> {
    return this.on(s, 'setsockopt', (socket) => setSockOpt(this.stack, socket, option, value));
  }

  available(s: Handle): Outcome<number> {
    return this.on(s, 'ioctlsocket', (socket) => available(this.stack, socket));
  }

  watch(s: Handle, want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    return this.on(s, 'watch', (socket) => watch(this.stack, socket, s, want, wake));
  }

  readonly arrivals: Arrivals = {
    waiting: (s) => this.on(s, 'ioctlsocket', (socket) => waiting(this.stack, socket)),
    watch: (s, moreThan, wake) =>
      this.on(s, 'watch', (socket) => watchForMore(this.stack, socket, s, moreThan, wake)),
  };

  poll(items: readonly PollItem[]): Outcome<readonly number[]> {
    return poll(this.stack, items);
  }

  duplicate(s: Handle): Outcome<Handle> {
    return this.on(s, 'WSADuplicateSocket', (socket) => duplicate(this.stack, socket));
  }

  atMark(s: Handle): Outcome<boolean> {
    return this.on(s, 'WSAIoctl', (socket) => atMark(this.stack, socket));
  }

  peerProcessId(s: Handle): Outcome<number> {
    return this.on(s, 'WSAIoctl', (socket) => peerProcessId(this.stack, socket));
  }

  ioctl(s: Handle, request: PlainIoctl, members: readonly number[]): Outcome<number | undefined> {
    return this.on(s, 'WSAIoctl', (socket) => ioctl(this.stack, socket, request, members));
  }

  setKeepAlive(s: Handle, values: KeepAliveValues): Outcome<void> {
    return this.on(s, 'WSAIoctl', (socket) => setKeepAlive(this.stack, socket, values));
  }

  unsent(s: Handle): Outcome<number | undefined> {
    return this.on(s, 'ioctlsocket', (socket) => unsent(this.stack, socket));
  }

  close(s: Handle): Outcome<void> {
    return this.on(s, 'closesocket', (socket) => close(this.stack, socket, s));
  }

  abort(s: Handle): Outcome<void> {
    return this.on(s, 'closesocket', (socket) => abort(this.stack, socket, s));
  }

  dispose(): void {
    this.stack.reactor.close();
  }
}

/**
 * Watches without `urgent` where it cannot hold: Linux also reports inline urgent data, see Readiness, and
 * AF_UNIX of Winsock has none, even if a Linux peer sends some.
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
  const { libc, descriptors } = stack;
  const made = call('WSASocket', libc.socket, LINUX_FAMILY[familyOf(entry)], type, entry.protocol);
  return descriptors.refuseReserved('WSASocket', made);
};

/** Whether the kernel supports the family; without IPv6 it answers EAFNOSUPPORT. */
const isPresent = (stack: Stack, entry: ProtocolInfo): boolean => {
  const probe = nativeSocket(stack, entry);
  if (probe.ok) call('closesocket', stack.libc.close, probe.value);
  return !failedWith(probe, 'WSAEAFNOSUPPORT');
};
