import { POLL_EVENTS } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { PollItem } from '../provider.js';
import { settleConnect } from './connecting.js';
import type { SocketState, Stack } from './handle-state.js';
import { readIcmpErrors } from './icmp-errors.js';
import { available } from './ioctls.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';

/**
 * WSAPoll without waiting: one poll(2) over all descriptors, translated to the events of Winsock.
 *
 * - A stream that was never connected has no events; Linux reports POLLOUT and POLLHUP.
 * - A connect that failed is POLLERR, POLLHUP and POLLWRNORM until one succeeds, even while the socket
 *   listens.
 * - The peer's end is POLLHUP, bytes before it POLLRDNORM; Linux reports POLLIN for both.
 * - After SD_RECEIVE, which Linux does not know of, nothing can be received.
 */

/** poll(2). */
const LINUX = { IN: 0x1, PRI: 0x2, OUT: 0x4, ERR: 0x8, HUP: 0x10, NVAL: 0x20, RDHUP: 0x2000 } as const;

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;

/** The events of receivable data. */
const RECEIVABLE = POLLRDNORM | POLLRDBAND;

/** struct pollfd: int, two shorts. */
const ITEM_BYTES = 8;

export const poll = (stack: Stack, items: readonly PollItem[]): Outcome<readonly number[]> => {
  const sockets = items.map(({ s }) => stack.sockets.get(s));
  const list = Buffer.alloc(items.length * ITEM_BYTES);
  items.forEach(({ events }, i) => {
    // A negative descriptor is skipped.
    list.writeInt32LE(sockets[i]?.fd ?? -1, i * ITEM_BYTES);
    list.writeInt16LE(nativeOf(events), i * ITEM_BYTES + 4);
  });
  const polled = call('WSAPoll', stack.libc.poll, list, items.length, 0);
  if (!polled.ok) return polled;
  return ok(
    items.map(({ events }, i) => {
      const socket = sockets[i];
      if (!socket) return POLLNVAL;
      const native = withoutInline(stack, socket, list.readInt16LE(i * ITEM_BYTES + 6));
      const so = socket.stream ? ofStream(stack, socket, native) : ofDatagram(stack, socket, native);
      const askable = socket.receiveShutdown ? events & ~RECEIVABLE : events;
      return so & (askable | POLLERR | POLLHUP | POLLNVAL);
    }),
  );
};

const nativeOf = (events: number): number =>
  LINUX.RDHUP |
  (events & POLLRDNORM ? LINUX.IN : 0) |
  (events & POLLRDBAND ? LINUX.PRI : 0) |
  (events & POLLWRNORM ? LINUX.OUT : 0);

const readyOf = (native: number): number =>
  (native & LINUX.IN ? POLLRDNORM : 0) |
  (native & LINUX.PRI ? POLLRDBAND : 0) |
  (native & LINUX.OUT ? POLLWRNORM : 0) |
  (native & LINUX.NVAL ? POLLNVAL : 0);

/** An inline urgent byte is an ordinary byte; AF_UNIX of Winsock has none. */
const withoutInline = (stack: Stack, socket: SocketState, native: number): number => {
  if (!(native & LINUX.PRI)) return native;
  if (socket.family === 'AF_UNIX') return native & ~LINUX.PRI;
  const inline = getNative(stack, socket.fd, 'SO_OOBINLINE', 'WSAPoll');
  return inline.ok && inline.value !== 0 ? native & ~LINUX.PRI : native;
};

const FAILED = POLLERR | POLLHUP | POLLWRNORM;

const ofStream = (stack: Stack, socket: SocketState, native: number): number => {
  const before = socket.phase;
  const phase = settleConnect(stack, socket);
  // The connect ended between the two calls, so poll(2) has reported the earlier state.
  if (phase === 'connected' && before === 'connecting') return native & LINUX.OUT ? POLLWRNORM : 0;
  const failed = socket.connectFailure ? FAILED : 0;
  if (phase === 'listening') return readyOf(native) | failed;
  if (phase !== 'connected') return phase === 'connecting' ? 0 : failed;
  if (socket.broken !== 0 || native & LINUX.ERR) return FAILED;
  if (!(native & (LINUX.RDHUP | LINUX.HUP))) return readyOf(native);
  const left = available(stack, socket);
  const drained = !left.ok || left.value === 0;
  return POLLHUP | (readyOf(native) & (drained ? ~POLLRDNORM : ~0));
};

/** The next receive reports an ICMP error of an earlier datagram; after SD_RECEIVE there is no receive. */
const ofDatagram = (stack: Stack, socket: SocketState, native: number): number => {
  if (native & LINUX.ERR) readIcmpErrors(stack, socket);
  const error = socket.icmpErrors.length > 0 && !socket.receiveShutdown ? POLLERR | POLLRDNORM : 0;
  return (readyOf(native) | error) & (socket.bound ? ~0 : ~(POLLRDNORM | POLLRDBAND));
};
