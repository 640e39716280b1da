import { isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { type Failure, fail, failedWith } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { askByProbe } from './probe-socket.js';
import { nativeName } from './sharing.js';

/**
 * An implicit bind when no port is free: WSAENOBUFS. Linux has other codes for this; one of them, EAGAIN,
 * would mean to wait, but no event would ever follow.
 */

/**
 * Datagrams: EAGAIN (inet_autobind) from sendto(2) and connect(2). For a socket with a port, EAGAIN means a
 * full buffer. The bind happens first, so the port stays when the rest of the call fails, as in Winsock.
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
 * Streams: EADDRNOTAVAIL (inet_hash_connect) from connect(2). IPv6 has the same code when this machine has
 * no source address, but then a datagram socket gets it as well.
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
