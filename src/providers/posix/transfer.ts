import { isAnyAddress, isInternet, type SocketAddress, withPort } from '../../winsock/addresses.js';
import { RECV_FLAGS, SEND_FLAGS } from '../../winsock/constants.js';
import { type Failure, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Received } from '../provider.js';
import { withBroadcastAllowed } from './broadcast.js';
import { settleConnect } from './connecting.js';
import { wsaCodeOf } from './errno.js';
import { type Method, recordError, type SocketState, type Stack } from './handle-state.js';
import { failedForEarlierDatagram, takeIcmpError } from './icmp-errors.js';
import { isBeyondIpv6Only } from './ipv6-only.js';
import { call } from './native-call.js';
import { getNative } from './native-options.js';
import { datagramFailure } from './no-port.js';
import { urgentWaits } from './urgent.js';

/** WSASend, WSASendTo, WSARecv, WSARecvFrom. */

/** MSG_OOB, MSG_PEEK and MSG_DONTROUTE have the same numbers on both systems: send(2), winsock2.h. */
const SENDABLE = SEND_FLAGS.MSG_OOB | SEND_FLAGS.MSG_DONTROUTE;
const RECEIVABLE = RECV_FLAGS.MSG_OOB | RECV_FLAGS.MSG_PEEK;

/** On AF_UNIX Linux supports MSG_OOB, Winsock does not. */
const sendable = ({ family }: SocketState): number =>
  family === 'AF_UNIX' ? SEND_FLAGS.MSG_DONTROUTE : SENDABLE;

/** Linux ignores MSG_OOB on datagrams. */
const receivable = ({ stream, family }: SocketState): number =>
  stream && family !== 'AF_UNIX' ? RECEIVABLE : RECV_FLAGS.MSG_PEEK;

export const MSG_NOSIGNAL = 0x4000;
/**
 * On a datagram: return the real length, even when the buffer was shorter. On a stream it would discard
 * bytes.
 */
export const MSG_TRUNC = 0x20;

/** Check whether the datagram can be sent, without sending it (udp_sendmsg, ip_make_skb). */
const MSG_PROBE = 0x10;
const ANY_PORT = 9;

/** Port 0 has no receiver. */
const isToPortZero = (to: SocketAddress): boolean => isInternet(to) && to.port === 0;

/** Why a stream cannot transfer bytes now, in Winsock's order of checks. */
const whyNotTransferable = (
  stack: Stack,
  socket: SocketState,
  shut: boolean,
  name: string,
): Failure | undefined => {
  if (socket.stream && settleConnect(stack, socket) !== 'connected') return fail('WSAENOTCONN', name);
  if (shut) return fail('WSAESHUTDOWN', name);
  return socket.broken === 0 ? undefined : { ok: false, code: socket.broken, call: name };
};

export const send: Method<'send'> = (stack, socket, data, flags) =>
  sendAs('WSASend', stack, socket, data, flags);

const sendAs = (
  name: string,
  stack: Stack,
  socket: SocketState,
  data: Uint8Array,
  flags: number,
): Outcome<number> => {
  const inTheWay = whyNotTransferable(stack, socket, socket.sendShutdown, name);
  if (inTheWay) return inTheWay;
  if (flags & ~sendable(socket)) return fail('WSAEOPNOTSUPP', name);
  if (socket.phase !== 'connected') return fail('WSAENOTCONN', name);
  return transmitted(stack, socket, () =>
    withBroadcastAllowed(stack, socket, () =>
      call(name, stack.libc.send, socket.fd, data, data.byteLength, flags | MSG_NOSIGNAL),
    ),
  );
};

/** More than the ICMP errors that can arrive between emptying the error queue and sending again. */
const MOST_TRIES = 8;

/**
 * Linux fails a send with the ICMP error of an earlier datagram, and sends nothing. Winsock sends, and
 * reports the error at the next receive; this does the same.
 */
export const transmitted = (
  stack: Stack,
  socket: SocketState,
  send: () => Outcome<number>,
): Outcome<number> => {
  let sent = send();
  for (let tries = 1; tries < MOST_TRIES && failedForEarlierDatagram(stack, socket, sent); tries++)
    sent = send();
  if (sent.ok) return sent;
  // On AF_UNIX a send reports only that the peer is gone; SO_ERROR says that it was a reset.
  const isPipe = socket.stream && failedWith(sent, 'WSAECONNABORTED');
  return (isPipe ? unreportedReset(stack, socket, sent.call) : undefined) ?? ended(socket, sent);
};

export const sendTo: Method<'sendTo'> = (stack, socket, data, flags, to) => {
  // A connected stream ignores the address: WSASendTo, lpTo.
  if (socket.stream) return sendAs('WSASendTo', stack, socket, data, flags);
  const refused = destinationRefused(socket, data, flags, to, 'WSASendTo');
  if (refused) return refused;
  const length = writeDestination(stack, to);
  const { libc, address } = stack;
  const bits = flags | flagsTo(to);
  const sent = transmitted(stack, socket, () =>
    call('WSASendTo', libc.sendto, socket.fd, data, data.byteLength, bits, address.name, length),
  );
  if (!sent.ok) return datagramFailure(stack, socket, sent);
  socket.bound = true;
  return sent;
};

/**
 * Winsock sends to port 0. Linux does so only for a socket connected to it, and refuses the port otherwise.
 * So the call checks everything except the port and sends nothing, which no receiver would notice.
 */
export const flagsTo = (to: SocketAddress): number =>
  isToPortZero(to) ? MSG_NOSIGNAL | MSG_PROBE : MSG_NOSIGNAL;

/** Writes the address for a send with `flagsTo`; returns its length. */
export const writeDestination = ({ address }: Stack, to: SocketAddress): number =>
  address.write(isInternet(to) && isToPortZero(to) ? withPort(to, ANY_PORT) : to);

/** Why a datagram cannot be sent there with these flags. @param to undefined when there is no peer either */
export const destinationRefused = (
  socket: SocketState,
  data: Uint8Array,
  flags: number,
  to: SocketAddress | undefined,
  name: string,
): Failure | undefined => {
  if (socket.sendShutdown) return fail('WSAESHUTDOWN', name);
  if (flags & ~SENDABLE) return fail('WSAEOPNOTSUPP', name);
  if (!to) return fail('WSAENOTCONN', name);
  if (!isInternet(to) || to.family !== socket.family) return fail('WSAEFAULT', name);
  if (isAnyAddress(to) || isBeyondIpv6Only(socket, to)) return fail('WSAEADDRNOTAVAIL', name);
  // MSG_PROBE does not check the size.
  return isToPortZero(to) && data.byteLength > socket.entry.messageSize
    ? fail('WSAEMSGSIZE', name)
    : undefined;
};

export const recv: Method<'recv'> = (stack, socket, into, flags) => {
  const inTheWay = unreadable(stack, socket, flags, 'WSARecv');
  if (inTheWay) return inTheWay;
  const bits = socket.stream ? flags : flags | MSG_TRUNC;
  const got = call('WSARecv', stack.libc.recv, socket.fd, into, into.byteLength, bits);
  // The recursion ends, because each failure removes its error.
  if (failedForEarlierDatagram(stack, socket, got)) return recv(stack, socket, into, flags);
  return received(stack, socket, into, flags, got, 'WSARecv');
};

export const recvFrom: Method<'recvFrom'> = (stack, socket, into, flags) => {
  const inTheWay = unreadable(stack, socket, flags, 'WSARecvFrom');
  if (inTheWay) return inTheWay;
  const { libc, address } = stack;
  address.expect();
  const bits = socket.stream ? flags : flags | MSG_TRUNC;
  const { name, length } = address;
  const got = call('WSARecvFrom', libc.recvfrom, socket.fd, into, into.byteLength, bits, name, length);
  if (failedForEarlierDatagram(stack, socket, got)) return recvFrom(stack, socket, into, flags);
  const outcome = received(stack, socket, into, flags, got, 'WSARecvFrom');
  if (!outcome.ok || socket.stream) return outcome;
  const from = address.read();
  return from ? ok({ ...outcome.value, from }) : outcome;
};

export const unreadable = (
  stack: Stack,
  socket: SocketState,
  flags: number,
  name: string,
): Failure | undefined => {
  if (!socket.stream && !socket.bound) return fail('WSAEINVAL', name);
  const inTheWay = whyNotTransferable(stack, socket, socket.receiveShutdown, name);
  if (inTheWay) return inTheWay;
  if (flags & ~receivable(socket)) return fail('WSAEOPNOTSUPP', name);
  const code = socket.icmpErrors.length === 0 ? undefined : takeIcmpError(stack, socket);
  return code === undefined ? undefined : { ok: false, code, call: name };
};

/**
 * Without urgent data Linux answers EINVAL to a receive of it (tcp_recv_urg); in Winsock the receive waits.
 * With SO_OOBINLINE both answer that it is invalid.
 */
const noUrgentByte = (
  stack: Stack,
  socket: SocketState,
  flags: number,
  failure: Failure,
): Failure | undefined => {
  const isAsked = socket.stream && (flags & RECV_FLAGS.MSG_OOB) !== 0;
  if (!isAsked || !failedWith(failure, 'WSAEINVAL')) return undefined;
  const inline = getNative(stack, socket.fd, 'SO_OOBINLINE', failure.call);
  if (!inline.ok || inline.value !== 0) return undefined;
  return unreportedReset(stack, socket, failure.call) ?? fail('WSAEWOULDBLOCK', failure.call);
};

export const received = (
  stack: Stack,
  socket: SocketState,
  into: Uint8Array,
  flags: number,
  got: Outcome<number>,
  name: string,
): Outcome<Received> => {
  if (!got.ok) return noUrgentByte(stack, socket, flags, got) ?? ended(socket, got);
  const { value: count } = got;
  const room = into.byteLength;
  if (!socket.stream) return ok({ bytes: Math.min(count, room), eof: false, truncated: count > room });
  if (socket.urgentOutOfLine) forgetUrgent(stack, socket, name);
  const eof = count === 0 && room > 0;
  // After a reset that followed the peer's end Linux keeps returning 0 (tcp_recvmsg checks the end first)
  // and reports the reset only in SO_ERROR. Winsock fails every receive after a reset.
  const reset = eof ? unreportedReset(stack, socket, name) : undefined;
  return reset ?? ok({ bytes: count, eof, truncated: false });
};

/** After the urgent byte from before SO_OOBINLINE was received, all later ones are inline. */
const forgetUrgent = (stack: Stack, socket: SocketState, name: string): void => {
  const waits = urgentWaits(stack, socket, name);
  socket.urgentOutOfLine = waits.ok && waits.value;
};

/** The error that Linux reports once in SO_ERROR; later sends and receives must fail with it. */
const unreportedReset = (stack: Stack, socket: SocketState, name: string): Failure | undefined => {
  const error = getNative(stack, socket.fd, 'SO_ERROR', name);
  if (!error.ok || error.value === 0) return undefined;
  return { ok: false, code: recordError(socket, wsaCodeOf(error.value)), call: name };
};

const ended = (socket: SocketState, failure: Failure): Failure => ({
  ...failure,
  code: recordError(socket, failure.code),
});
