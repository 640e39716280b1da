import { done, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import { settleConnect } from './connecting.js';
import { type Method, SocketState } from './handle-state.js';
import { call } from './native-call.js';
import { deliverToFirstListener, sharePort, whileSharingPort } from './sharing.js';

/** listen and accept. */

/** SOCK_NONBLOCK and SOCK_CLOEXEC are the values of O_NONBLOCK and O_CLOEXEC: socket(2). */
export const NON_BLOCKING_NOT_INHERITED = 0o4000 | 0o2000000;

const INT_MAX = 0x7fffffff;

/**
 * Linux would bind an unbound socket and accept a new backlog for a listener; Winsock does neither.
 * SOMAXCONN_HINT(n) of mswsock.h is -n.
 */
export const listen: Method<'listen'> = (stack, socket, backlog) => {
  if (!Number.isInteger(backlog)) throw new RangeError(`backlog ${backlog}`);
  if (!socket.stream) return fail('WSAEOPNOTSUPP', 'listen');
  const phase = settleConnect(stack, socket);
  if (phase === 'listening') return done;
  if (phase === 'connected') return fail('WSAEISCONN', 'listen');
  if (phase === 'connecting' || !socket.bound) return fail('WSAEINVAL', 'listen');
  // Before listen(2), which checks for conflicts again, even with connections that are ending.
  sharePort(stack, socket, true, 'listen');
  const most = Math.min(Math.abs(backlog), INT_MAX);
  const native = (): Outcome<number> => call('listen', stack.libc.listen, socket.fd, most);
  const alone = native();
  const listening = failedWith(alone, 'WSAEADDRINUSE') ? whileSharingPort(stack, socket, native) : alone;
  if (!listening.ok) {
    sharePort(stack, socket, false, 'listen');
    return listening;
  }
  if (socket.sharing === 'reuse') deliverToFirstListener(stack, socket);
  socket.phase = 'listening';
  return done;
};

export const accept: Method<'accept'> = (stack, socket, calleeData) => {
  if (calleeData !== undefined || !socket.stream) return fail('WSAEOPNOTSUPP', 'accept');
  if (socket.phase !== 'listening') return fail('WSAEINVAL', 'accept');
  const { libc, address, descriptors, sockets } = stack;
  // Linux also makes the descriptor first: without a free one accept fails, even when no connection is
  // pending.
  const room = descriptors.hasRoom('accept', sockets.size, socket.fd);
  if (!room.ok) return room;
  address.expect();
  const { name, length } = address;
  const taken = call('accept', libc.accept4, socket.fd, name, length, NON_BLOCKING_NOT_INHERITED);
  // A pending connection was reset: ECONNABORTED on Linux, WSAECONNRESET in Winsock.
  if (!taken.ok) return failedWith(taken, 'WSAECONNABORTED') ? fail('WSAECONNRESET', 'accept') : taken;
  const remote = address.read();
  if (!remote) {
    call('closesocket', libc.close, taken.value);
    return fail('WSAECONNRESET', 'accept'); // its peer has reset it
  }
  sockets.set(taken.value, SocketState.accepted(taken.value, socket, remote));
  return ok({ handle: taken.value as Handle, remote }); // makes a Handle
};
