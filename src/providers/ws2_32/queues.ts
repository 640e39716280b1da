import { IOCTLS } from '../../winsock/ioctls.js';
import { done, type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle, KeepAliveValues } from '../provider.js';
import { fdSet, ZERO_TIMEVAL } from './fd-set.js';
import type { Library } from './library.js';
import type { SocketState, Stack } from './state.js';

/** The ioctls: how much waits to be read, and keep-alive. What the peer has not acknowledged, Windows does not tell. */

export const available = (stack: Stack, socket: SocketState): Outcome<number> => {
  const bytes = new Uint32Array(1);
  const asked = stack.library.ioctlsocket(socket.s, IOCTLS.FIONREAD, bytes);
  return asked.ok ? ok(bytes[0] ?? 0) : asked;
};

/** Whether an urgent byte waits and is not inline, or the connect has failed: the except set of select. */
export const isExceptional = (library: Library, s: Handle): boolean => {
  const count = library.select(0, null, null, fdSet(s), ZERO_TIMEVAL);
  return count.ok && count.value > 0;
};

/** SIOCATMARK: TRUE when no urgent data waits. */
export const atMark = (stack: Stack, socket: SocketState): Outcome<boolean> => {
  const answer = new Uint32Array(1);
  const asked = stack.library.ioctlsocket(socket.s, IOCTLS.SIOCATMARK, answer);
  return asked.ok ? ok(answer[0] !== 0) : asked;
};

/** struct tcp_keepalive: three u_long. */
export const setKeepAlive = (
  stack: Stack,
  socket: SocketState,
  { onoff, keepalivetime, keepaliveinterval }: KeepAliveValues,
): Outcome<void> => {
  const values = Buffer.alloc(12);
  values.writeUInt32LE(onoff ? 1 : 0, 0);
  values.writeUInt32LE(keepalivetime, 4); // Buffer's writers throw a RangeError themselves
  values.writeUInt32LE(keepaliveinterval, 8);
  const { library } = stack;
  const code = IOCTLS.SIO_KEEPALIVE_VALS;
  const set = library.ioctl(socket.s, code, values, values.length, null, 0, new Uint32Array(1), null, null);
  return set.ok ? done : set;
};
