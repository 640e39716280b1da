import { type Outcome, ok } from '../../winsock/outcome.js';
import type { Watch } from '../provider.js';
import type { SocketState, Stack } from './handle-state.js';
import { available } from './ioctls.js';
import { call } from './native-call.js';

/** How much is pending at a stream, and watches for more. */

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Offset of tcpi_unacked in struct tcp_info, which holds the queue length of a listener: tcp(7). */
const UNACKED_OFFSET = 24;
const info = Buffer.alloc(UNACKED_OFFSET + 4);

/**
 * Bytes of a connection, connections of a listener; 0 for a listener of AF_UNIX, whose queue length Linux
 * does not report.
 */
export const waiting = (stack: Stack, socket: SocketState): Outcome<number> => {
  if (socket.phase === 'connected' && socket.stream) return available(stack, socket);
  if (socket.phase !== 'listening' || socket.family === 'AF_UNIX') return ok(0);
  const { length } = stack.address;
  length[0] = info.byteLength;
  const got = call('getsockopt', stack.libc.getsockopt, socket.fd, IPPROTO_TCP, TCP_INFO, info, length);
  return got.ok ? ok(info.readUInt32LE(UNACKED_OFFSET)) : got;
};

export const watchForMore = (
  stack: Stack,
  socket: SocketState,
  fd: number,
  moreThan: number,
  wake: () => void,
): Outcome<Watch> => {
  const watch = stack.reactor.watchEdges(fd, () => {
    const now = waiting(stack, socket);
    if (!now.ok || now.value <= moreThan) return;
    if (watch.ok) watch.value.stop();
    wake();
  });
  return watch;
};
