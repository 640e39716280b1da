import type { ShutdownHow } from '../../winsock/constants.js';
import { done, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { settleConnect } from './connecting.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { setNativeBytes } from './native-options.js';

/** shutdown, WSASendDisconnect, WSARecvDisconnect, closesocket, and the abortive close. */

const SHUT_WR = 1;

/**
 * Both directions are kept as state; only the end of sending is a system call.
 *
 * - Not before a stream is connected: on Linux shutdown(2) of a listening or connecting socket succeeds and
 *   stops its work.
 * - Never for the end of receiving. On Linux SHUT_RD stops neither the peer nor queued bytes, but after it
 *   epoll reports EPOLLRDHUP, so a watch for the peer's end would wake.
 * - A datagram socket needs no peer in Winsock; Linux answers ENOTCONN.
 */
const end = (stack: Stack, socket: SocketState, how: ShutdownHow, name: string): Outcome<void> => {
  if (socket.stream && settleConnect(stack, socket) !== 'connected') return fail('WSAENOTCONN', name);
  const sending = how !== 'SD_RECEIVE';
  if (socket.stream && sending && !socket.sendShutdown) {
    const shut = call(name, stack.libc.shutdown, socket.fd, SHUT_WR);
    // On Linux a connection is gone after a reset; in Winsock it is not.
    if (!shut.ok && !failedWith(shut, 'WSAENOTCONN')) return shut;
  }
  const receiving = how !== 'SD_SEND';
  socket.sendShutdown ||= sending;
  socket.receiveShutdown ||= receiving;
  // These calls answer WSAESHUTDOWN from now on, so their waits end.
  for (const fd of socket.descriptors) {
    stack.reactor.markReady(fd, { read: receiving, write: sending, urgent: receiving });
  }
  return done;
};

export const shutdown: Method<'shutdown'> = (stack, socket, how) => end(stack, socket, how, 'shutdown');

/** No entry has XP1_DISCONNECT_DATA, so data is refused before any shutdown. */
export const sendDisconnect: Method<'sendDisconnect'> = (stack, socket, data) =>
  data === undefined
    ? end(stack, socket, 'SD_SEND', 'WSASendDisconnect')
    : fail('WSAENOPROTOOPT', 'WSASendDisconnect');

export const recvDisconnect: Method<'recvDisconnect'> = (stack, socket) => {
  const shut = end(stack, socket, 'SD_RECEIVE', 'WSARecvDisconnect');
  return shut.ok ? ok(undefined) : shut;
};

/**
 * Graceful close in the background: the native SO_LINGER is never set (options.ts), so close(2) returns at
 * once. With unread data the system resets the connection, as Windows does. While the socket has another
 * handle, the connection goes on.
 */
export const close = (stack: Stack, socket: SocketState, fd: number): Outcome<void> => {
  stack.reactor.release(fd);
  stack.sockets.delete(fd);
  const at = socket.descriptors.indexOf(fd);
  if (at >= 0) socket.descriptors.splice(at, 1);
  const [left] = socket.descriptors;
  if (left !== undefined) socket.fd = left;
  const closed = call('closesocket', stack.libc.close, fd);
  // The descriptor is closed even when the call was interrupted: close(2), "Dealing with error returns".
  return closed.ok || failedWith(closed, 'WSAEINTR') ? done : closed;
};

/** struct linger { 1, 0 }: two ints here, two u_short on Windows. */
const AT_ONCE = new Uint8Array(Int32Array.of(1, 0).buffer);

/**
 * Abortive close: SO_LINGER {1, 0}, then close, unless the socket has another handle. AF_UNIX of Linux has
 * no abortive close: the peer is reset if its bytes were not read, otherwise it sees the end.
 */
export const abort = (stack: Stack, socket: SocketState, fd: number): Outcome<void> => {
  stack.reactor.release(fd);
  if (socket.descriptors.length === 1) setNativeBytes(stack, fd, 'SO_LINGER', AT_ONCE, 'closesocket');
  return close(stack, socket, fd);
};
