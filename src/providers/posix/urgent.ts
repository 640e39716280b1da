import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';

/** Pending urgent data, and SIOCATMARK. */

const POLLPRI = 0x2;

/** Whether an urgent byte is pending, inline or not: POLLPRI (poll(2)) holds until it is received. */
export const urgentWaits = (stack: Stack, socket: SocketState, callName: string): Outcome<boolean> => {
  const { value } = stack;
  value.writeInt32LE(socket.fd, 0); // struct pollfd: int, short, short
  value.writeInt16LE(POLLPRI, 4);
  value.writeInt16LE(0, 6);
  const asked = call(callName, stack.libc.poll, value, 1, 0);
  return asked.ok ? ok((value.readInt16LE(6) & POLLPRI) !== 0) : asked;
};

/**
 * SIOCATMARK: whether no urgent byte is pending out of line. The Linux request of the same name says whether
 * the next byte is the urgent one.
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
