import { type InternetAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { done, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { setNative } from './native-options.js';
import { boundToPath } from './unix-domain.js';

/** bind, getsockname, getpeername. */

export const bind: Method<'bind'> = (stack, socket, address) => {
  if (socket.bound) return fail('WSAEINVAL', 'bind');
  if (address.family !== socket.family) return fail('WSAEFAULT', 'bind');
  const bound = socket.stream ? bindStream(stack, socket, address) : bindDatagram(stack, socket, address);
  if (!bound.ok) {
    // Only holders in this process are known to be exclusive; another's answers WSAEADDRINUSE.
    const inUse = isInternet(address) && failedWith(bound, 'WSAEADDRINUSE');
    const exclusive = inUse && socket.reuseAddress && isHeld(stack, socket, address);
    return exclusive ? fail('WSAEACCES', 'bind') : bound;
  }
  socket.bound = true;
  const name = getSockName(stack, socket);
  socket.ownName = name.ok ? name.value : address;
  return done;
};

/** Whether a socket with SO_EXCLUSIVEADDRUSE has the port. */
const isHeld = (stack: Stack, { stream }: SocketState, { family, port }: InternetAddress): boolean => {
  for (const other of stack.sockets.values()) {
    const { ownName } = other;
    if (!other.exclusiveAddress || other.stream !== stream) continue;
    if (ownName && isInternet(ownName) && ownName.family === family && ownName.port === port) return true;
  }
  return false;
};

/**
 * Gives a socket the name back that bind gave it. Linux takes a port that it has chosen itself (bind to
 * port 0) away together with the peer, or with a connect that failed; Winsock leaves it.
 */
export const restoreName = (stack: Stack, socket: SocketState): void => {
  socket.bound = socket.ownName !== undefined;
  // WSAEINVAL: the system has left it as well.
  if (socket.ownName) nativeBind(stack, socket, socket.ownName);
};

/**
 * Windows lets a bind succeed over connections that have ended (TIME_WAIT) or that a closed listener has
 * left behind; Linux does so with SO_REUSEADDR only. But with it two sockets that are merely bound would
 * share a port, which Windows refuses. So: without it first, with it when that fails, and without it again
 * once bound, so that the next one meets the conflict. A path is taken by its file, and by nothing else.
 */
const bindStream = (stack: Stack, socket: SocketState, address: SocketAddress): Outcome<number> => {
  const first = nativeBind(stack, socket, address);
  if (address.family === 'AF_UNIX') return boundToPath(first);
  if (!failedWith(first, 'WSAEADDRINUSE') || socket.exclusiveAddress) return first;
  setNative(stack, socket.fd, 'SO_REUSEADDR', 1, 'bind');
  const second = nativeBind(stack, socket, address);
  setNative(stack, socket.fd, 'SO_REUSEADDR', 0, 'bind');
  return second;
};

/** For datagrams the option means the same on both systems: several sockets share the port. */
const bindDatagram = (stack: Stack, socket: SocketState, address: SocketAddress): Outcome<number> => {
  setNative(stack, socket.fd, 'SO_REUSEADDR', socket.reuseAddress ? 1 : 0, 'bind');
  return nativeBind(stack, socket, address);
};

const nativeBind = (stack: Stack, socket: SocketState, address: SocketAddress): Outcome<number> => {
  const length = stack.address.write(address);
  return call('bind', stack.libc.bind, socket.fd, stack.address.name, length);
};

/** Linux answers 0.0.0.0:0 for a socket without a name, Winsock WSAEINVAL. */
export const getSockName: Method<'getSockName'> = (stack, socket) => {
  if (!socket.bound) return fail('WSAEINVAL', 'getsockname');
  const { libc, address } = stack;
  address.expect();
  const got = call('getsockname', libc.getsockname, socket.fd, address.name, address.length);
  if (!got.ok) return got;
  const own = address.read();
  return own ? ok(own) : fail('WSAEFAULT', 'getsockname');
};

/** Linux forgets the peer with a reset and does not tell it while connecting; Winsock answers both. */
export const getPeerName: Method<'getPeerName'> = (_stack, socket) =>
  socket.peer ? ok(socket.peer) : fail('WSAENOTCONN', 'getpeername');
