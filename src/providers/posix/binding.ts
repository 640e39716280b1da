import { isInternet, isMulticast, type SocketAddress } from '../../winsock/addresses.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { isBeyondIpv6Only } from './ipv6-only.js';
import { call } from './native-call.js';
import { scopedForBind } from './scope.js';
import { nativeName, sharingOf, takePort } from './sharing.js';
import { boundToPath } from './unix-domain.js';

/** bind, getsockname, getpeername. */

export const bind: Method<'bind'> = (stack, socket, address) => {
  if (socket.bound) return fail('WSAEINVAL', 'bind');
  if (address.family !== socket.family) return fail('WSAEFAULT', 'bind');
  // Linux would bind to it, and the socket would receive only that group.
  if (isInternet(address) && isMulticast(address)) return fail('WSAEADDRNOTAVAIL', 'bind');
  if (isBeyondIpv6Only(socket, address)) return fail('WSAEADDRNOTAVAIL', 'bind');
  socket.sharing = sharingOf(socket);
  const bound = bindName(stack, socket, address);
  if (!bound.ok) return bound;
  socket.bound = true;
  const name = getSockName(stack, socket);
  socket.ownName = name.ok ? name.value : address;
  return done;
};

/** A path needs no port sharing: its file alone reserves it. */
const bindName = (stack: Stack, socket: SocketState, address: SocketAddress): Outcome<number> => {
  if (isInternet(address)) {
    const scoped = scopedForBind(stack, address);
    return scoped.ok ? takePort(stack, socket, scoped.value) : scoped;
  }
  const length = stack.address.write(address);
  return boundToPath(call('bind', stack.libc.bind, socket.fd, stack.address.name, length));
};

/**
 * Restores the name that bind gave a socket. When a peer is removed or a connect fails, Linux also removes a
 * port that it has chosen itself (bind to port 0); Winsock keeps it.
 */
export const restoreName = (stack: Stack, socket: SocketState): void => {
  socket.bound = socket.ownName !== undefined;
  // WSAEINVAL: the system has kept the name as well.
  if (socket.ownName) bindName(stack, socket, socket.ownName);
};

/** For a socket without a name Linux returns 0.0.0.0:0, Winsock WSAEINVAL. */
export const getSockName: Method<'getSockName'> = (stack, socket) => {
  if (!socket.bound) return fail('WSAEINVAL', 'getsockname');
  return nativeName(stack, socket);
};

/** Linux has no peer name after a reset or while connecting; Winsock returns it in both cases. */
export const getPeerName: Method<'getPeerName'> = (_stack, socket) =>
  socket.peer ? ok(socket.peer) : fail('WSAENOTCONN', 'getpeername');
