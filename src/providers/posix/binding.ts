import { isInternet, isMulticast, type SocketAddress } from '../../winsock/addresses.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { scopedForBind } from './scope.js';
import { nativeName, sharingOf, takePort } from './sharing.js';
import { boundToPath } from './unix-domain.js';

/** bind, getsockname, getpeername. */

export const bind: Method<'bind'> = (stack, socket, address) => {
  if (socket.bound) return fail('WSAEINVAL', 'bind');
  if (address.family !== socket.family) return fail('WSAEFAULT', 'bind');
  // Linux would bind to it, and hear that group alone.
  if (isInternet(address) && isMulticast(address)) return fail('WSAEADDRNOTAVAIL', 'bind');
  socket.sharing = sharingOf(socket);
  const bound = takeName(stack, socket, address);
  if (!bound.ok) return bound;
  socket.bound = true;
  const name = getSockName(stack, socket);
  socket.ownName = name.ok ? name.value : address;
  return done;
};

/** A path is taken by its file, and by nothing else. */
const takeName = (stack: Stack, socket: SocketState, address: SocketAddress): Outcome<number> => {
  if (isInternet(address)) {
    const scoped = scopedForBind(stack, address);
    return scoped.ok ? takePort(stack, socket, scoped.value) : scoped;
  }
  const length = stack.address.write(address);
  return boundToPath(call('bind', stack.libc.bind, socket.fd, stack.address.name, length));
};

/**
 * Gives a socket the name back that bind gave it. Linux takes a port that it has chosen itself (bind to
 * port 0) away together with the peer, or with a connect that failed; Winsock leaves it.
 */
export const restoreName = (stack: Stack, socket: SocketState): void => {
  socket.bound = socket.ownName !== undefined;
  // WSAEINVAL: the system has left it as well.
  if (socket.ownName) takeName(stack, socket, socket.ownName);
};

/** Linux answers 0.0.0.0:0 for a socket without a name, Winsock WSAEINVAL. */
export const getSockName: Method<'getSockName'> = (stack, socket) => {
  if (!socket.bound) return fail('WSAEINVAL', 'getsockname');
  return nativeName(stack, socket);
};

/** Linux forgets the peer with a reset and does not tell it while connecting; Winsock answers both. */
export const getPeerName: Method<'getPeerName'> = (_stack, socket) =>
  socket.peer ? ok(socket.peer) : fail('WSAENOTCONN', 'getpeername');
