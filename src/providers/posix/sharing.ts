import { type Claim, overlap, type Sharing, sharingVerdict } from '../../winsock/address-sharing.js';
import { type InternetAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { getNative, setNative } from './native-options.js';

/**
 * Several sockets on one port. What Winsock allows is in address-sharing.ts; Linux allows nothing of it unless
 * all sockets concerned have an option for it at the moment of the bind or the listen:
 *
 * - SO_REUSEPORT on streams: sockets of one user then share a port even while they listen, and the more specific
 *   address gets the connection. With SO_REUSEADDR no two may listen.
 * - SO_REUSEADDR on datagrams: the same for them. SO_REUSEPORT would deal datagrams out by their sender.
 *
 * Sockets with the Winsock option SO_REUSEADDR have it for as long as they are bound, so that they share with
 * other programs too. The others get it for the time of one call, where Winsock lets them share. (From then on
 * Linux lets another program of the same user in, if it asks for SO_REUSEPORT: the port remembers it.)
 */
const sharingOption = ({ stream }: SocketState) => (stream ? 'SO_REUSEPORT' : 'SO_REUSEADDR');

/** What the options of a socket say now; bind keeps it. */
export const sharingOf = ({ reuseAddress, exclusiveAddress }: SocketState): Sharing => {
  if (exclusiveAddress) return 'exclusive';
  return reuseAddress ? 'reuse' : 'default';
};

/**
 * Binds to an address and a port, or to any port for 0. Only sockets of this provider are known: where another
 * program has the port, it answers for itself with what Linux says.
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
 * Windows also lets a bind succeed over connections that have ended (TIME_WAIT) or that a closed listener has
 * left behind; Linux does so with SO_REUSEADDR only. But with it two sockets that are merely bound would
 * share a port, which Windows refuses. So: without it first, with it when that fails, and without it again
 * once bound, so that the next one meets the conflict.
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
  const overEnded = socket.stream && wanted.sharing !== 'exclusive';
  if (overEnded) setNative(stack, socket.fd, 'SO_REUSEADDR', 1, 'bind');
  const isShared = holders.length > 0 || wanted.sharing === 'reuse';
  const bound = isShared ? together(stack, [socket, ...holders.map(({ holder }) => holder)], bind) : bind();
  if (overEnded) setNative(stack, socket.fd, 'SO_REUSEADDR', 0, 'bind');
  // Whatever the holder is: one that would share is never told that the port is in use.
  const denied = failedWith(bound, 'WSAEADDRINUSE') && wanted.sharing === 'reuse';
  return denied ? fail('WSAEACCES', 'bind') : bound;
};

/** Runs a call that Linux refuses while other sockets of this provider have the port of a bound one. */
export const besideOwn = <T>(stack: Stack, socket: SocketState, run: () => Outcome<T>): Outcome<T> => {
  const name = heldName(stack, socket);
  if (!name) return run();
  const holders = ownHolders(stack, socket, claimOf(stack, socket, name));
  return together(stack, [socket, ...holders.map(({ holder }) => holder)], run);
};

/**
 * Lets the port be bound again while connections of this socket end in TIME_WAIT, as Windows does by
 * default and Linux only where both sockets have SO_REUSEADDR. On while a socket listens or connects, off
 * while it is merely bound: there SO_REUSEADDR would hide a conflict that Winsock reports.
 * SO_EXCLUSIVEADDRUSE keeps the port for as long as a connection of it lives, so it goes without.
 */
export const sharePort = (stack: Stack, socket: SocketState, on: boolean, callName: string): void => {
  if (socket.stream && socket.family !== 'AF_UNIX' && !socket.exclusiveAddress) {
    setNative(stack, socket.fd, 'SO_REUSEADDR', on ? 1 : 0, callName);
  }
};

/** BPF_RET of a constant: the number of the socket in the order in which they began to listen. */
const THE_FIRST = [{ code: 0x06, jt: 0, jf: 0, k: 0 }];

/**
 * Of several listeners at one address the first gets every connection, as on Windows; Linux deals them out, unless
 * a filter names one. (When the first closes, the last takes its place: so Linux keeps the order of three and more.)
 */
export const firstHears = ({ libc }: Stack, { fd }: SocketState): void => {
  call('listen', libc.attachReuseportFilter, fd, { len: THE_FIRST.length, filter: THE_FIRST });
};

const together = <T>(stack: Stack, sockets: readonly SocketState[], run: () => Outcome<T>): Outcome<T> => {
  const lend = (on: boolean): void => {
    for (const one of sockets) {
      // Whose bind fails may bind again with other options.
      const value = on || (one.bound && one.sharing === 'reuse') ? 1 : 0;
      setNative(stack, one.fd, sharingOption(one), value, 'bind');
    }
  };
  lend(true);
  const outcome = run();
  lend(false);
  return outcome;
};

interface Holder {
  readonly holder: SocketState;
  readonly claim: Claim;
}

/** The sockets of this provider that have that port at an address that overlaps. */
const ownHolders = (stack: Stack, socket: SocketState, wanted: Claim): readonly Holder[] => {
  const found = new Map<SocketState, Holder>();
  for (const holder of stack.sockets.values()) {
    if (holder === socket || holder.stream !== socket.stream || !holder.bound || found.has(holder)) continue;
    if (holder.sharing === undefined) continue;
    const name = heldName(stack, holder);
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
 * The name that bind gave. A port that came with connect or sendTo is held as by a bind to the wildcard, which
 * Winsock does there; Linux then shows the address that the connection leaves from.
 */
export const heldName = (stack: Stack, socket: SocketState): InternetAddress | undefined => {
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
