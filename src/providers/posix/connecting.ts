import { isAnyAddress, isInternet, type SocketAddress } from '../../winsock/addresses.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Connected } from '../provider.js';
import { restoreName } from './binding.js';
import { evenToBroadcast } from './broadcast.js';
import { forgetEarlier } from './earlier-datagrams.js';
import { wsaCodeOf } from './errno.js';
import type { Method, Phase, SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';
import { connectFailure, datagramFailure } from './no-port.js';
import { heldName, sharePort } from './sharing.js';
import { connectedToPath } from './unix-domain.js';

/** connect, and how it ends. */

const CONNECTED: Connected = Object.freeze({});

export const connect: Method<'connect'> = (stack, socket, to, callerData) => {
  if (callerData !== undefined) return fail('WSAEPROTONOSUPPORT', 'connect');
  return socket.stream ? connectStream(stack, socket, to) : connectDatagram(stack, socket, to);
};

const connectStream = (stack: Stack, socket: SocketState, to: SocketAddress): Outcome<Connected> => {
  const phase = settle(stack, socket);
  if (phase === 'listening') return fail('WSAEINVAL', 'connect');
  if (phase === 'connecting') return fail('WSAEALREADY', 'connect');
  if (phase === 'connected') return fail('WSAEISCONN', 'connect');
  if (to.family !== socket.family) return fail('WSAEFAULT', 'connect');
  // Linux would get a refusal from the first and reach the loopback address by the second.
  if (isInternet(to) && (to.port === 0 || isAnyAddress(to))) return fail('WSAEADDRNOTAVAIL', 'connect');
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
    stands(socket);
    return ok(CONNECTED);
  }
  socket.phase = 'connecting';
  return fail('WSAEWOULDBLOCK', 'connect');
};

/** The connection stands: only that ends what an earlier attempt has left. */
const stands = (socket: SocketState): void => {
  socket.phase = 'connected';
  socket.connectedAt = performance.now();
  socket.connectFailure = undefined;
};

/**
 * Finds out whether a connect has ended: the system ends it by itself, Winsock calls see it at once.
 * Gives the phase the socket is in now.
 *
 * Linux tells a failure once, in SO_ERROR; then connect(2) with AF_UNSPEC takes the socket back, or the next connect
 * would fail with ECONNABORTED (measured, Linux 6.18). Winsock lets the same socket try again.
 */
export const settle = (stack: Stack, socket: SocketState): Phase => {
  if (socket.phase !== 'connecting') return socket.phase;
  if (hasPeer(stack, socket)) {
    stands(socket);
    return socket.phase;
  }
  const error = getNative(stack, socket.fd, 'SO_ERROR', 'connect');
  if (!error.ok || error.value === 0) return socket.phase;
  const code = wsaCodeOf(error.value);
  // A connect that is refused says so; a reset is of a connection that was made, and lost before anybody asked.
  if (code === WSA_ERRORS.WSAECONNRESET.code) {
    stands(socket);
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

/** Linux has no peer of a connection that is not made yet, nor of one that has failed or was reset (inet_getname). */
const hasPeer = ({ address, libc }: Stack, { fd }: SocketState): boolean => {
  address.expect();
  return call('connect', libc.getpeername, fd, address.name, address.length).ok;
};

export const finishConnect: Method<'finishConnect'> = (stack, socket) => {
  const phase = settle(stack, socket);
  if (phase === 'connecting') return fail('WSAEWOULDBLOCK', 'connect');
  return phase === 'connected' ? ok(CONNECTED) : (socket.connectFailure ?? fail('WSAENOTCONN', 'connect'));
};

/** Sets, changes or (with an all-zero address) removes the default peer. */
const connectDatagram = (stack: Stack, socket: SocketState, to: SocketAddress): Outcome<Connected> => {
  if (!isInternet(to) || to.family !== socket.family) return fail('WSAEFAULT', 'connect');
  const removing = isAnyAddress(to);
  const changing = socket.phase === 'connected';
  // Also one that came with connect or sendTo: Linux takes it away with the peer, Winsock leaves it.
  if (removing && socket.bound) socket.ownName ??= heldName(stack, socket);
  const length = removing ? stack.address.writeUnspecified() : stack.address.write(to);
  const peer = stack.address.read();
  const set = evenToBroadcast(stack, socket, () =>
    call('connect', stack.libc.connect, socket.fd, stack.address.name, length),
  );
  if (!set.ok) return datagramFailure(stack, socket, set);
  if (changing) dropQueued(stack, socket);
  // One that was not bound has sent nothing.
  if (socket.bound) forgetEarlier(stack, socket);
  socket.peer = peer;
  socket.phase = removing ? 'fresh' : 'connected';
  if (removing) restoreName(stack, socket);
  else socket.bound = true;
  return ok({ queueDropped: changing });
};

const MOST_DROPPED = 4096;
const MSG_DONTWAIT = 0x40;

/** Winsock discards what an earlier association has queued (connect, Remarks); Linux keeps it. */
const dropQueued = (stack: Stack, socket: SocketState): void => {
  for (let i = 0; i < MOST_DROPPED; i++) {
    const taken = call('connect', stack.libc.recv, socket.fd, stack.value, 1, MSG_DONTWAIT);
    if (failedWith(taken, 'WSAEWOULDBLOCK')) return;
  }
};
