import { POLL_EVENTS, RECV_FLAGS } from '../../winsock/constants.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import type { Received } from '../provider.js';
import { isOfFamily, type Method, type SocketState, type Stack } from './handle-state.js';
import { poll } from './polling.js';
import type { Ending } from './reactor.js';

/**
 * send, sendto, recv, recvfrom. On a non-blocking socket they do what WSASend, WSASendTo, WSARecv and
 * WSARecvFrom do without an OVERLAPPED, and need no WSABUF.
 */

/** A pointer that is not NULL, for a call without bytes. */
const NO_BYTES = new Uint8Array(1);

const pointer = (bytes: Uint8Array): Uint8Array => (bytes.length === 0 ? NO_BYTES : bytes);

export const send: Method<'send'> = (stack, socket, data, flags) =>
  stack.ws2_32.send(socket.s, pointer(data), data.length, requireInt32(flags, 'flags'));

/** A stream ignores the address; for a datagram socket one of another family is WSAEFAULT, as for bind. */
export const sendTo: Method<'sendTo'> = (stack, socket, data, flags, to) => {
  const { ws2_32, address } = stack;
  if (socket.stream) return send(stack, socket, data, flags);
  if (!isOfFamily(socket, to)) return fail('WSAEFAULT', 'sendto');
  requireInt32(flags, 'flags');
  const length = address.write(to);
  return ws2_32.sendto(socket.s, pointer(data), data.length, flags, address.name, length);
};

export const recv: Method<'recv'> = (stack, socket, into, flags) => {
  const got = stack.ws2_32.recv(socket.s, pointer(into), into.length, requireInt32(flags, 'flags'));
  return received(got, socket, into.length);
};

/** On a stream Winsock does not fill the address. */
export const recvFrom: Method<'recvFrom'> = (stack, socket, into, flags) => {
  const { ws2_32, address } = stack;
  requireInt32(flags, 'flags');
  address.expect();
  const got = ws2_32.recvfrom(socket.s, pointer(into), into.length, flags, address.name, address.length);
  const outcome = received(got, socket, into.length);
  const from = socket.stream ? undefined : address.read();
  return outcome.ok && from ? ok({ ...outcome.value, from }) : outcome;
};

/** A truncated datagram (WSAEMSGSIZE, with the buffer filled) is a success. */
const received = (got: Outcome<number>, socket: SocketState, room: number): Outcome<Received> => {
  const { stream } = socket;
  if (got.ok) return ok({ bytes: got.value, eof: stream && got.value === 0 && room > 0, truncated: false });
  if (!stream && failedWith(got, 'WSAEMSGSIZE')) return ok({ bytes: room, eof: false, truncated: true });
  return got;
};

/**
 * Whether a connection is lost, or its peer has ended and every byte was received. Receives nothing and
 * sends nothing. A direction that was shut down proves nothing: the other may go on.
 *
 * It makes two calls. A send of zero bytes is for Wine: there a receive returns the pending bytes before it
 * reports a reset. A peek is for Windows, which answers WSAECONNRESET each time; it is not documented that a
 * send of zero bytes fails there. With a selection of network events, the peek is left out where the send
 * suffices: a receive enables FD_READ, which would be recorded again for bytes already reported.
 */
export const endOf = (stack: Stack, socket: SocketState): Ending | undefined => {
  if (!socket.stream) return undefined;
  const { ws2_32 } = stack;
  const sent = ws2_32.send(socket.s, NO_BYTES, 0, 0);
  if (isLoss(sent)) return 'lost';
  const isSendShut = failedWith(sent, 'WSAESHUTDOWN');
  if (!isSendShut && socket.shared.event !== undefined) return undefined;
  const seen = ws2_32.recv(socket.s, Buffer.alloc(1), 1, RECV_FLAGS.MSG_PEEK);
  if (isLoss(seen)) return 'lost';
  // With both directions shut down, neither call proves anything.
  if (isSendShut && failedWith(seen, 'WSAESHUTDOWN')) return isHungUp(stack, socket) ? 'ended' : undefined;
  return seen.ok && seen.value === 0 ? 'ended' : undefined;
};

const isLoss = (outcome: Outcome<number>): boolean =>
  !outcome.ok &&
  !failedWith(outcome, 'WSAEWOULDBLOCK') &&
  !failedWith(outcome, 'WSAENOTCONN') &&
  !failedWith(outcome, 'WSAESHUTDOWN');

/** Whether the connection "was either disconnected or aborted" (WSAPoll). */
const isHungUp = (stack: Stack, { s }: SocketState): boolean => {
  const polled = poll(stack, [{ s, events: 0 }]);
  return polled.ok && polled.value.some((revents) => (revents & POLL_EVENTS.POLLHUP) !== 0);
};
