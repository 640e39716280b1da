import type { SocketAddress } from '../../winsock/addresses.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { isOfFamily, type Method, nameIn, type SocketState, type Stack } from './handle-state.js';

/** bind, getsockname, getpeername. */

/**
 * An address of another family is WSAEFAULT, as documented. The native call would check the length first,
 * and answer differently for AF_INET6 and AF_INET.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind
 */
export const bind: Method<'bind'> = (stack, socket, address) => {
  if (!isOfFamily(socket, address)) return fail('WSAEFAULT', 'bind');
  const length = stack.address.write(address);
  const bound = stack.ws2_32.bind(socket.s, stack.address.name, length);
  return bound.ok ? done : bound;
};

export const getSockName: Method<'getSockName'> = (stack, socket) => nameOf(stack, socket, 'getsockname');

export const getPeerName: Method<'getPeerName'> = (stack, socket) => nameOf(stack, socket, 'getpeername');

const nameOf = (
  stack: Stack,
  socket: SocketState,
  call: 'getsockname' | 'getpeername',
): Outcome<SocketAddress> => {
  stack.address.expect();
  const got = stack.ws2_32[call](socket.s, stack.address.name, stack.address.length);
  if (!got.ok) return got;
  const address = nameIn(stack, socket);
  return address ? ok(address) : fail('WSAEAFNOSUPPORT', call); // a family that the vocabulary lacks
};
