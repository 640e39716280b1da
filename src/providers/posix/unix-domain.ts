import { fail, failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Method } from './handle-state.js';
import { getNative } from './native-options.js';

/** The differences of AF_UNIX: unix(7). */

/**
 * Codes of a refused connect. Winsock does not distinguish a missing file, a file that is no socket, a
 * socket that does not listen, and one of another type; a listener with a full queue refuses too (listen,
 * Remarks). Linux answers EAGAIN for a full queue, but continues no connect in the background and reports no
 * free place, so there is nothing to wait for.
 */
const REFUSED = ['WSAENETDOWN', 'WSAELOOP', 'WSAEPROTOTYPE', 'WSAEWOULDBLOCK'] as const;

/** Translates the result of connect(2) to a path, which never continues in the background. */
export const connectedToPath = (outcome: Outcome<number>): Outcome<number> =>
  REFUSED.some((name) => failedWith(outcome, name)) ? fail('WSAECONNREFUSED', 'connect') : outcome;

/** Translates the result of bind(2) to a path: a loop of links counts as a missing folder. */
export const boundToPath = (outcome: Outcome<number>): Outcome<number> =>
  failedWith(outcome, 'WSAELOOP') ? fail('WSAENETDOWN', 'bind') : outcome;

/**
 * SIO_AF_UNIX_GETPEERPID: the process that connected or listened when the connection was made. It is the
 * first member of struct ucred; the system cuts the answer to the length of the buffer.
 */
export const peerProcessId: Method<'peerProcessId'> = (stack, socket) => {
  if (socket.family !== 'AF_UNIX') return fail('WSAEOPNOTSUPP', 'WSAIoctl');
  if (socket.phase !== 'connected') return fail('WSAENOTCONN', 'WSAIoctl');
  return getNative(stack, socket.fd, 'SO_PEERCRED', 'WSAIoctl');
};
