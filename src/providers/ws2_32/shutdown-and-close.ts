import { SHUTDOWN_HOW } from '../../winsock/constants.js';
import type { Linger } from '../../winsock/options.js';
import { done, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { endSelection } from './network-events.js';
import { encodeLinger } from './option-bytes.js';
import { setNative } from './sockopt-calls.js';

/** shutdown, WSASendDisconnect, WSARecvDisconnect, and the two ways of closesocket. */

/**
 * Bytes that wait at SD_RECEIVE reset the connection. Windows knows nothing of those that the daemon was given back,
 * and no reset leaves the handle open: for them the peer is reset when it sends more, or at close.
 */
export const shutdown: Method<'shutdown'> = (stack, socket, how) => {
  const shut = stack.ws2_32.shutdown(socket.s, SHUTDOWN_HOW[how]);
  if (!shut.ok) return shut;
  socket.shared.sendShutdown ||= how !== 'SD_RECEIVE';
  return done;
};

/** @param data goes to the system, which refuses it where the entry lacks XP1_DISCONNECT_DATA */
export const sendDisconnect: Method<'sendDisconnect'> = (stack, socket, data) => {
  const buffer = data ? { len: data.length, buf: data } : null;
  const sent = stack.ws2_32.sendDisconnect(socket.s, buffer);
  if (!sent.ok) return sent;
  socket.shared.sendShutdown = true;
  return done;
};

/**
 * With NULL, whatever room the caller has: no provider of Windows has disconnect data to give, and a buffer
 * would be answered with WSAENOPROTOOPT.
 */
export const recvDisconnect: Method<'recvDisconnect'> = (stack, socket) => {
  const received = stack.ws2_32.recvDisconnect(socket.s, null);
  return received.ok ? ok(undefined) : received;
};

/** Graceful in the background. */
export const close = (stack: Stack, socket: SocketState): Outcome<void> =>
  closeWith(stack, socket, { onoff: false, linger: 0 });

/** The peer is reset. */
export const abort = (stack: Stack, socket: SocketState): Outcome<void> =>
  closeWith(stack, socket, { onoff: true, linger: 0 });

/**
 * A non-blocking socket with a linger time would answer WSAEWOULDBLOCK and stay open, so the linger is set
 * before; datagram sockets have none. That it cannot be set (after a reset) does not matter to the close.
 * While another handle names the socket, nothing ends, and its options stay as they are.
 */
const closeWith = (stack: Stack, socket: SocketState, linger: Linger): Outcome<void> => {
  letGo(stack, socket);
  const last = socket.shared.handles === 0;
  if (socket.stream && last) setNative(stack, socket.s, 'SO_LINGER', encodeLinger(linger));
  const closed = stack.ws2_32.closesocket(socket.s);
  return closed.ok ? done : closed;
};

/** Ends our side of a socket before the native close: rule 6 of the reactor. */
const letGo = (stack: Stack, socket: SocketState): void => {
  stack.reactor.release(socket);
  stack.eventWaits.release(socket.s);
  stack.sockets.delete(socket.s);
  socket.shared.handles--;
  if (socket.shared.handles === 0) endSelection(stack, socket);
};
