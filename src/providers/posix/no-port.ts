import { isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { type Failure, fail, failedWith } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { askByProbe } from './probe-socket.js';
import { nativeName } from './sharing.js';

/**
 * A socket without a name that was to get a port, and none is left: WSAENOBUFS. Linux has other words for it, and
 * one of them is that of a call to be made again later, when nothing would ever announce that time.
 */

/**
 * Datagrams: EAGAIN (inet_autobind) of sendto(2) and connect(2). With a port of its own the socket is full. The port
 * comes before the rest, so that it stays where the rest fails; as in Winsock.
 */
export const datagramFailure = (stack: Stack, socket: SocketState, failure: Failure): Failure => {
  const wouldBlock = failedWith(failure, 'WSAEWOULDBLOCK');
  if (socket.bound && !wouldBlock) return failure;
  const name = nativeName(stack, socket);
  const hasPort = name.ok && isInternet(name.value) && name.value.port !== 0;
  if (hasPort) socket.bound = true;
  return hasPort || !wouldBlock ? failure : fail('WSAENOBUFS', failure.call, { detail: 'no port is left.' });
};

/**
 * Streams: EADDRNOTAVAIL (inet_hash_connect) of connect(2). IPv6 says so too when this machine has no address to
 * leave from, and does to a datagram socket as well.
 */
export const connectFailure = (
  stack: Stack,
  socket: SocketState,
  failure: Failure,
  to: SocketAddress,
): Failure => {
  if (socket.bound || !failedWith(failure, 'WSAEADDRNOTAVAIL') || !hasSource(stack, to)) return failure;
  return fail('WSAENOBUFS', failure.call, { detail: 'no port is left.' });
};

const hasSource = (stack: Stack, to: SocketAddress): boolean => {
  const { libc, address } = stack;
  const connected = askByProbe(stack, to.family, 'connect', (fd) =>
    call('connect', libc.connect, fd, address.name, address.write(to)),
  );
  return connected !== undefined && !failedWith(connected, 'WSAEADDRNOTAVAIL');
};
