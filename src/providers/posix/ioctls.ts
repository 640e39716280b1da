import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';
import { isTcp } from './option-rows.js';

/** How much waits in either direction: ioctl_list(2), tcp(7), udp(7). */

const FIONREAD = 0x541b;
const SIOCOUTQ = 0x5411;

/**
 * FIONREAD. For datagrams Linux tells the size of the next one, Winsock the total of all that are queued:
 * a difference that stays.
 */
export const available: Method<'available'> = (stack, socket) => ask(stack, socket, FIONREAD);

/**
 * SIOCOUTQ of a connection: what the peer has not acknowledged, its FIN counting as one byte. On AF_UNIX what
 * was sent is in the peer's queue already, and stays there when this side closes.
 */
export const unsent: Method<'unsent'> = (stack, socket) =>
  isTcp(socket) && socket.phase === 'connected' ? ask(stack, socket, SIOCOUTQ) : ok(0);

const POLLPRI = 0x2;

/** Whether an urgent byte waits, in line or not: POLLPRI (poll(2)) holds until it has been received. */
export const urgentWaits = (stack: Stack, socket: SocketState, callName: string): Outcome<boolean> => {
  const { value } = stack;
  value.writeInt32LE(socket.fd, 0); // struct pollfd: int, short, short
  value.writeInt16LE(POLLPRI, 4);
  value.writeInt16LE(0, 6);
  const asked = call(callName, stack.libc.poll, value, 1, 0);
  return asked.ok ? ok((value.readInt16LE(6) & POLLPRI) !== 0) : asked;
};

/**
 * SIOCATMARK: whether no urgent byte waits out of line. Linux has a request of that name that asks whether the
 * next byte is the urgent one.
 */
export const atMark: Method<'atMark'> = (stack, socket) => {
  if (!socket.stream) return fail('WSAEINVAL', 'WSAIoctl');
  if (socket.family === 'AF_UNIX') return ok(true);
  const waits = urgentWaits(stack, socket, 'WSAIoctl');
  if (!waits.ok) return waits;
  if (!waits.value) return ok(true);
  if (socket.urgentOutOfLine) return ok(false);
  const inline = getNative(stack, socket.fd, 'SO_OOBINLINE', 'WSAIoctl');
  return inline.ok ? ok(inline.value !== 0) : inline;
};

const ask = (stack: Stack, socket: SocketState, request: number): Outcome<number> => {
  const asked = call('ioctlsocket', stack.libc.ioctl, socket.fd, request, stack.value);
  return asked.ok ? ok(stack.value.readInt32LE(0)) : asked;
};
