import { isAnyAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Connected } from '../provider.js';
import { restoreName } from './binding.js';
import { withBroadcastAllowed } from './broadcast.js';
import { wsaCodeOf } from './errno.js';
import type { Method, Phase, SocketState, Stack } from './handle-state.js';
import { discardIcmpErrors } from './icmp-errors.js';
import { isBeyondIpv6Only } from './ipv6-only.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';
import { connectFailure, datagramFailure } from './no-port.js';
import { boundName, sharePort } from './sharing.js';
import { connectedToPath } from './unix-domain.js';

/** connect, and the end of a pending connect. */

const CONNECTED: Connected = Object.freeze({});

export const connect: Method<'connect'> = (stack, socket, to, callerData) => {
  if (callerData !== undefined) return fail('WSAEPROTONOSUPPORT', 'connect');
  return socket.stream ? connectStream(stack, socket, to) : connectDatagram(stack, socket, to);
};

const connectStream = (stack: Stack, socket: SocketState, to: SocketAddress): Outcome<Connected> => {
  const phase = settleConnect(stack, socket);
  if (phase === 'listening') return fail('WSAEINVAL', 'connect');
  if (phase === 'connecting') return fail('WSAEALREADY', 'connect');
  if (phase === 'connected') return fail('WSAEISCONN', 'connect');
  if (to.family !== socket.family) return fail('WSAEFAULT', 'connect');
  // On Linux port 0 would be refused, and the wildcard address would reach the loopback address.
  if (isInternet(to) && (to.port === 0 || isAnyAddress(to))) return fail('WSAEADDRNOTAVAIL', 'connect');
  if (isBeyondIpv6Only(socket, to)) return fail('WSAEADDRNOTAVAIL', 'connect');
  sharePort(stack, socket, true, 'connect');
  const length = stack.address.write(to);
  const peer = stack.address.read();
  const native = call('connect', stack.libc.connect, socket.fd, stack.address.name, length);
  const begun = isInternet(to) ? native : connectedToPath(native);
  const underWay = failedWith(begun, 'WSAEINPROGRESS');
  if (!begun.ok && !underWay) {
    sharePort(stack, socket, false, 'connect');
    return connectFailure(stack, socket, begun, to);
  }
  socket.errorSet = undefined;
  socket.bound = true;
  socket.peer = peer;
  if (!underWay) {
    markConnected(socket);
    return ok(CONNECTED);
  }
  socket.phase = 'connecting';
  return fail('WSAEWOULDBLOCK', 'connect');
};

/** Marks the socket as connected, which alone clears the failure of an earlier attempt. */
const markConnected = (socket: SocketState): void => {
  socket.phase = 'connected';
  socket.connectedAt = performance.now();
  socket.connectFailure = undefined;
};

/**
 * Checks whether a pending connect has ended, and returns the phase of the socket. Linux completes a connect
 * in the background, and every Winsock call sees that at once.
 *
 * Linux reports a failure once, in SO_ERROR. Then connect(2) with AF_UNSPEC makes the socket usable again;
 * without it the next connect would fail with ECONNABORTED (measured, Linux 6.18). Winsock permits another
 * connect on the same socket.
 */
export const settleConnect = (stack: Stack, socket: SocketState): Phase => {
  if (socket.phase !== 'connecting') return socket.phase;
  if (hasPeer(stack, socket)) {
    markConnected(socket);
    return socket.phase;
  }
  const error = getNative(stack, socket.fd, 'SO_ERROR', 'connect');
  if (!error.ok || error.value === 0) return socket.phase;
  const code = wsaCodeOf(error.value);
  // A reset, unlike a refusal, means that the connection was established and lost before this check.
  if (code === WSA_ERRORS.WSAECONNRESET.code) {
    markConnected(socket);
    socket.broken = code;
    return socket.phase;
  }
  socket.connectFailure = { ok: false, code, call: 'connect' };
  socket.phase = 'fresh';
  socket.peer = undefined;
  const length = stack.address.writeUnspecified();
  call('connect', stack.libc.connect, socket.fd, stack.address.name, length);
  sharePort(stack, socket, false, 'connect');
  restoreName(stack, socket);
  return socket.phase;
};

/** On Linux a connection has no peer while it is pending, and after it failed or was reset (inet_getname). */
const hasPeer = ({ address, libc }: Stack, { fd }: SocketState): boolean => {
  address.expect();
  return call('connect', libc.getpeername, fd, address.name, address.length).ok;
};

export const finishConnect: Method<'finishConnect'> = (stack, socket) => {
  const phase = settleConnect(stack, socket);
  if (phase === 'connecting') return fail('WSAEWOULDBLOCK', 'connect');
  return phase === 'connected' ? ok(CONNECTED) : (socket.connectFailure ?? fail('WSAENOTCONN', 'connect'));
};

/** Sets, changes or (with an all-zero address) removes the default peer. */
const connectDatagram = (stack: Stack, socket: SocketState, to: SocketAddress): Outcome<Connected> => {
  if (!isInternet(to) || to.family !== socket.family) return fail('WSAEFAULT', 'connect');
  if (isBeyondIpv6Only(socket, to)) return fail('WSAEADDRNOTAVAIL', 'connect');
  const removing = isAnyAddress(to);
  const changing = socket.phase === 'connected';
  // Even the name from an implicit bind: Linux removes it with the peer, Winsock keeps it.
  if (removing && socket.bound) socket.ownName ??= boundName(stack, socket);
  const length = removing ? stack.address.writeUnspecified() : stack.address.write(to);
  const peer = stack.address.read();
  const set = withBroadcastAllowed(stack, socket, () =>
    call('connect', stack.libc.connect, socket.fd, stack.address.name, length),
  );
  if (!set.ok) return datagramFailure(stack, socket, set);
  if (changing) dropQueued(stack, socket);
  // An unbound socket has sent nothing.
  if (socket.bound) discardIcmpErrors(stack, socket);
  socket.peer = peer;
  socket.phase = removing ? 'fresh' : 'connected';
  if (removing) restoreName(stack, socket);
  else socket.bound = true;
  return ok({ queueDropped: changing });
};

const MOST_DROPPED = 4096;
const MSG_DONTWAIT = 0x40;

/**
 * Discards the datagrams queued for the earlier peer, as Winsock does (connect, Remarks); Linux keeps them.
 */
const dropQueued = (stack: Stack, socket: SocketState): void => {
  for (let i = 0; i < MOST_DROPPED; i++) {
    const taken = call('connect', stack.libc.recv, socket.fd, stack.value, 1, MSG_DONTWAIT);
    if (failedWith(taken, 'WSAEWOULDBLOCK')) return;
  }
};
