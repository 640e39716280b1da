import { type Claim, overlap, type Sharing, sharingVerdict } from '../../winsock/address-sharing.js';
import { type InternetAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { getNative, setNative } from './native-options.js';

/**
 * Several sockets on one port. The rules of Winsock are in address-sharing.ts. Linux permits sharing only
 * when all these sockets have an option for it at the time of the bind or listen:
 *
 * - SO_REUSEPORT on streams: sockets of one user then share a port even while they listen, and the more
 *   specific address gets the connection. With SO_REUSEADDR no two may listen.
 * - SO_REUSEADDR on datagrams: the same for them. SO_REUSEPORT would distribute datagrams by their sender.
 *
 * Sockets with the Winsock option SO_REUSEADDR keep the native option while they are bound, so that they
 * share with other programs too. Other sockets have it for one call, where Winsock lets them share. (After
 * that, Linux admits another program of the same user that uses SO_REUSEPORT: the port keeps the flag.)
 */
const sharingOption = ({ stream }: SocketState) => (stream ? 'SO_REUSEPORT' : 'SO_REUSEADDR');

/** The sharing mode by the current options of a socket; bind stores it. */
export const sharingOf = ({ reuseAddress, exclusiveAddress }: SocketState): Sharing => {
  if (exclusiveAddress) return 'exclusive';
  return reuseAddress ? 'reuse' : 'default';
};

/**
 * Binds to an address and a port, or to a free port for 0. The rules apply among sockets of this provider;
 * if another program has the port, the code of Linux is returned.
 */
export const takePort = (stack: Stack, socket: SocketState, address: InternetAddress): Outcome<number> => {
  const bind = (): Outcome<number> => {
    const length = stack.address.write(address);
    return call('bind', stack.libc.bind, socket.fd, stack.address.name, length);
  };
  const first = bind();
  const bound =
    failedWith(first, 'WSAEADDRINUSE') && address.port !== 0 ? share(stack, socket, address, bind) : first;
  if (bound.ok && socket.sharing === 'reuse') setNative(stack, socket.fd, sharingOption(socket), 1, 'bind');
  return bound;
};

/**
 * On Windows a bind also succeeds over connections in TIME_WAIT, or of a closed listener. Linux permits that
 * only with SO_REUSEADDR, but then two merely bound sockets would share a port, which Windows refuses. So the
 * bind is tried first without the option and then with it, and the option is cleared after the bind, so that
 * the next socket gets the conflict.
 */
const share = (
  stack: Stack,
  socket: SocketState,
  address: InternetAddress,
  bind: () => Outcome<number>,
): Outcome<number> => {
  const wanted = claimOf(stack, socket, address);
  const holders = ownHolders(stack, socket, wanted);
  for (const { claim } of holders) {
    const verdict = sharingVerdict(claim, wanted);
    if (verdict !== 'ok') return fail(verdict, 'bind');
  }
  const overEndedConnections = socket.stream && wanted.sharing !== 'exclusive';
  if (overEndedConnections) setNative(stack, socket.fd, 'SO_REUSEADDR', 1, 'bind');
  const isShared = holders.length > 0 || wanted.sharing === 'reuse';
  const bound = isShared
    ? withSharingOption(stack, [socket, ...holders.map(({ holder }) => holder)], bind)
    : bind();
  if (overEndedConnections) setNative(stack, socket.fd, 'SO_REUSEADDR', 0, 'bind');
  // For any holder: a socket with SO_REUSEADDR never gets WSAEADDRINUSE.
  const denied = failedWith(bound, 'WSAEADDRINUSE') && wanted.sharing === 'reuse';
  return denied ? fail('WSAEACCES', 'bind') : bound;
};

/** Runs a call that Linux refuses while other sockets of this provider share the port of the bound socket. */
export const whileSharingPort = <T>(stack: Stack, socket: SocketState, run: () => Outcome<T>): Outcome<T> => {
  const name = boundName(stack, socket);
  if (!name) return run();
  const holders = ownHolders(stack, socket, claimOf(stack, socket, name));
  return withSharingOption(stack, [socket, ...holders.map(({ holder }) => holder)], run);
};

/**
 * Permits another bind to the port while connections of this socket are in TIME_WAIT. Windows does so by
 * default, Linux only when both sockets have SO_REUSEADDR. The option is on while a socket listens or
 * connects. It is off while the socket is merely bound, where it would hide a conflict that Winsock reports,
 * and with SO_EXCLUSIVEADDRUSE, which keeps the port while a connection of it exists.
 */
export const sharePort = (stack: Stack, socket: SocketState, on: boolean, callName: string): void => {
  if (socket.stream && socket.family !== 'AF_UNIX' && !socket.exclusiveAddress) {
    setNative(stack, socket.fd, 'SO_REUSEADDR', on ? 1 : 0, callName);
  }
};

/** BPF_RET of a constant: the index of a socket in the order in which they began to listen. */
const FIRST_SOCKET = [{ code: 0x06, jt: 0, jf: 0, k: 0 }];

/**
 * Sends every connection to the first of several listeners at one address, as on Windows; without a filter
 * Linux distributes them. (When the first closes, Linux puts the last in its place, so three or more change
 * order.)
 */
export const deliverToFirstListener = ({ libc }: Stack, { fd }: SocketState): void => {
  call('listen', libc.attachReuseportFilter, fd, { len: FIRST_SOCKET.length, filter: FIRST_SOCKET });
};

const withSharingOption = <T>(
  stack: Stack,
  sockets: readonly SocketState[],
  run: () => Outcome<T>,
): Outcome<T> => {
  const setOption = (on: boolean): void => {
    for (const one of sockets) {
      // A socket whose bind failed may bind again with other options.
      const value = on || (one.bound && one.sharing === 'reuse') ? 1 : 0;
      setNative(stack, one.fd, sharingOption(one), value, 'bind');
    }
  };
  setOption(true);
  const outcome = run();
  setOption(false);
  return outcome;
};

interface Holder {
  readonly holder: SocketState;
  readonly claim: Claim;
}

/** The sockets of this provider at that port whose address overlaps. */
const ownHolders = (stack: Stack, socket: SocketState, wanted: Claim): readonly Holder[] => {
  const found = new Map<SocketState, Holder>();
  for (const holder of stack.sockets.values()) {
    if (holder === socket || holder.stream !== socket.stream || !holder.bound || found.has(holder)) continue;
    if (holder.sharing === undefined) continue;
    const name = boundName(stack, holder);
    if (name?.port !== wanted.address.port) continue;
    const claim = claimOf(stack, holder, name);
    if (overlap(claim, wanted)) found.set(holder, { holder, claim });
  }
  return [...found.values()];
};

const claimOf = (stack: Stack, socket: SocketState, address: InternetAddress): Claim => {
  const only = socket.family === 'AF_INET6' ? getNative(stack, socket.fd, 'IPV6_V6ONLY', 'bind') : undefined;
  return { address, dual: only?.ok === true && only.value === 0, sharing: socket.sharing ?? 'default' };
};

/**
 * The name from bind. A port from connect or sendTo counts as bound to the wildcard, as in Winsock; Linux
 * then shows the source address of the connection.
 */
export const boundName = (stack: Stack, socket: SocketState): InternetAddress | undefined => {
  if (socket.ownName) return isInternet(socket.ownName) ? socket.ownName : undefined;
  const name = nativeName(stack, socket);
  if (!name.ok || !isInternet(name.value)) return undefined;
  return { ...name.value, address: name.value.family === 'AF_INET' ? '0.0.0.0' : '::' };
};

export const nativeName = ({ libc, address }: Stack, socket: SocketState): Outcome<SocketAddress> => {
  address.expect();
  const got = call('getsockname', libc.getsockname, socket.fd, address.name, address.length);
  if (!got.ok) return got;
  const own = address.read();
  return own ? ok(own) : fail('WSAEFAULT', 'getsockname');
};
