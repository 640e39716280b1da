import { fail, failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Method } from './handle-state.js';
import { getNative } from './native-options.js';

/** What is otherwise about AF_UNIX: unix(7). */

/**
 * Codes of a connect that found nobody. To Winsock it is all one whether there is no file, a file that is no
 * socket, a socket that nobody listens at, or one of another type; and a listener whose queue is full refuses
 * (listen, Remarks). Linux answers EAGAIN for that, and neither goes on by itself nor tells when there is room:
 * nothing is under way that could be waited for.
 */
const NOBODY = ['WSAENETDOWN', 'WSAELOOP', 'WSAEPROTOTYPE', 'WSAEWOULDBLOCK'] as const;

/** What connect(2) to a path has answered, in Winsock's words. It never goes on in the background. */
export const connectedToPath = (outcome: Outcome<number>): Outcome<number> =>
  NOBODY.some((name) => failedWith(outcome, name)) ? fail('WSAECONNREFUSED', 'connect') : outcome;

/** What bind(2) of a path has answered: a folder that leads nowhere is no place for a socket. */
export const boundToPath = (outcome: Outcome<number>): Outcome<number> =>
  failedWith(outcome, 'WSAELOOP') ? fail('WSAENETDOWN', 'bind') : outcome;

/**
 * SIO_AF_UNIX_GETPEERPID: the process that had the other end when the connection was made, or that listened. It is
 * the first member of struct ucred; of an answer that is longer the system gives what there is room for.
 */
export const peerProcessId: Method<'peerProcessId'> = (stack, socket) => {
  if (socket.family !== 'AF_UNIX') return fail('WSAEOPNOTSUPP', 'WSAIoctl');
  if (socket.phase !== 'connected') return fail('WSAENOTCONN', 'WSAIoctl');
  return getNative(stack, socket.fd, 'SO_PEERCRED', 'WSAIoctl');
};
