import { SHUTDOWN_HOW } from '../../winsock/constants.js';
import type { Linger } from '../../winsock/options.js';
import { done, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { endSelection } from './network-events.js';
import { encodeLinger } from './option-bytes.js';
import { setNative } from './sockopt-calls.js';

/** shutdown, WSASendDisconnect, WSARecvDisconnect, and closesocket: graceful and abortive. */

/**
 * At SD_RECEIVE, unread bytes reset the connection. Windows does not know of bytes that the daemon took back
 * after a failed delivery, and no call resets a connection without closing the handle. For those the peer is
 * reset when it sends more, or at close.
 */
export const shutdown: Method<'shutdown'> = (stack, socket, how) => {
  const shut = stack.ws2_32.shutdown(socket.s, SHUTDOWN_HOW[how]);
  if (!shut.ok) return shut;
  socket.shared.sendShutdown ||= how !== 'SD_RECEIVE';
  return done;
};

/** @param data passed to the system, which refuses it where the entry lacks XP1_DISCONNECT_DATA */
export const sendDisconnect: Method<'sendDisconnect'> = (stack, socket, data) => {
  const buffer = data ? { len: data.length, buf: data } : null;
  const sent = stack.ws2_32.sendDisconnect(socket.s, buffer);
  if (!sent.ok) return sent;
  socket.shared.sendShutdown = true;
  return done;
};

/**
 * Always with a NULL buffer: no provider of Windows has disconnect data, and a buffer would be
 * WSAENOPROTOOPT.
 */
export const recvDisconnect: Method<'recvDisconnect'> = (stack, socket) => {
  const received = stack.ws2_32.recvDisconnect(socket.s, null);
  return received.ok ? ok(undefined) : received;
};

/** Graceful close in the background. */
export const close = (stack: Stack, socket: SocketState): Outcome<void> =>
  closeWith(stack, socket, { onoff: false, linger: 0 });

/** Abortive close: the peer is reset. */
export const abort = (stack: Stack, socket: SocketState): Outcome<void> =>
  closeWith(stack, socket, { onoff: true, linger: 0 });

/**
 * Sets SO_LINGER before the close, because a non-blocking socket with a linger time would answer
 * WSAEWOULDBLOCK and stay open. Datagram sockets have no linger. A failure to set it (after a reset) does not
 * affect the close. While the socket has another handle, the connection goes on and the options stay.
 */
const closeWith = (stack: Stack, socket: SocketState, linger: Linger): Outcome<void> => {
  releaseSocket(stack, socket);
  const last = socket.shared.handles === 0;
  if (socket.stream && last) setNative(stack, socket.s, 'SO_LINGER', encodeLinger(linger));
  const closed = stack.ws2_32.closesocket(socket.s);
  return closed.ok ? done : closed;
};

/** Releases a socket before the native close: rule 6 of the reactor. */
const releaseSocket = (stack: Stack, socket: SocketState): void => {
  stack.reactor.release(socket);
  stack.eventWaits.release(socket.s);
  stack.sockets.delete(socket.s);
  socket.shared.handles--;
  if (socket.shared.handles === 0) endSelection(stack, socket);
};
