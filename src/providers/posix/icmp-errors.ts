import { unpacked } from '../../winsock/control-data.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { setNative } from './native-options.js';

/**
 * ICMP errors for datagrams that were sent earlier. Winsock reports each one at a later receive, whether the
 * socket has a peer or not: WSAECONNRESET for an unreachable port, WSAENETRESET for an expired time to live.
 * A send never reports one.
 *
 * Linux reports them to a socket without a peer only with IP_RECVERR (ip(7)). Then each error is in the
 * error queue, and the last one also fails the next call, even a send. So after a failed call of a datagram
 * socket the adapter empties the queue, and repeats the call if the failure belonged to an earlier datagram.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
 * @see https://bugs.openjdk.org/browse/JDK-4431020 one for each error
 */

const CALL = 'WSARecvFrom';
const MSG_ERRQUEUE = 0x2000;
const NO_BYTES = new Uint8Array(0);

/** More than an error queue holds by default, which is a part of the receive buffer. */
const MOST_AT_ONCE = 4096;
/** The most errors kept for later receives. */
const MOST_KEPT = 256;

const { WSAECONNRESET, WSAENETRESET } = WSA_ERRORS;

/** Enables ICMP errors for the socket. An AF_INET6 socket may send over IPv4 too. */
export const enableIcmpErrors = (stack: Stack, { fd, family }: SocketState): void => {
  setNative(stack, fd, 'IP_RECVERR', 1, 'WSASocket');
  if (family === 'AF_INET6') setNative(stack, fd, 'IPV6_RECVERR', 1, 'WSASocket');
};

/** Whether a call of a datagram socket failed because of an earlier datagram; then the caller repeats it. */
export const failedForEarlierDatagram = (
  stack: Stack,
  socket: SocketState,
  outcome: Outcome<unknown>,
): boolean => {
  if (outcome.ok || socket.stream || failedWith(outcome, 'WSAEWOULDBLOCK')) return false;
  if (readIcmpErrors(stack, socket)) return true;
  if (!failedWith(outcome, 'WSAECONNREFUSED')) return false;
  // The receive buffer is full of datagrams: Linux kept only the error, not its message.
  keepError(stack, socket, WSAECONNRESET.code);
  return true;
};

/**
 * Empties the error queue, and keeps the errors that Winsock reports for later receives. Returns whether
 * there was an ICMP error.
 */
export const readIcmpErrors = (stack: Stack, socket: SocketState): boolean => {
  const { libc, errors } = stack;
  let foundError = false;
  for (let i = 0; i < MOST_AT_ONCE; i++) {
    errors.expect(NO_BYTES);
    if (!call(CALL, libc.recvmsg, socket.fd, errors.bytes, MSG_ERRQUEUE).ok) break;
    const said = icmpErrorOf(errors.control);
    foundError ||= said !== undefined;
    if (said?.code !== undefined) keepError(stack, socket, said.code);
  }
  return foundError;
};

const keepError = (stack: Stack, socket: SocketState, code: number): void => {
  const { icmpErrors } = socket;
  if (code === WSAECONNRESET.code && !socket.udpConnReset) return;
  if (icmpErrors.length === MOST_KEPT) return;
  icmpErrors.push(code);
  // The socket is now readable: a receive would report the error.
  for (const fd of socket.descriptors) stack.reactor.markReady(fd, { read: true });
};

/** The error that the next receive reports; undefined for none. */
export const takeIcmpError = (stack: Stack, socket: SocketState): number | undefined => {
  const code = socket.icmpErrors.shift();
  if (code !== undefined && socket.icmpErrors.length === 0) noErrorsLeft(stack, socket);
  return code;
};

/** Discards the errors of a peer that the socket no longer has. */
export const discardIcmpErrors = (stack: Stack, socket: SocketState): void => {
  readIcmpErrors(stack, socket);
  if (socket.icmpErrors.length === 0) return;
  socket.icmpErrors.length = 0;
  noErrorsLeft(stack, socket);
};

const noErrorsLeft = (stack: Stack, socket: SocketState): void => {
  if (socket.receiveShutdown) return;
  for (const fd of socket.descriptors) stack.reactor.unmarkReady(fd, { read: true });
};

/** As control data, IP_RECVERR and IPV6_RECVERR have the numbers of the options. */
const ERROR_MESSAGES: readonly (readonly [level: number, type: number])[] = [
  [0, 11],
  [41, 25],
];
/** struct sock_extended_err: ee_errno in four bytes, then ee_origin, ee_type, ee_code in one each. */
const ORIGIN = 4;
const FROM_ICMP = 2;
const FROM_ICMPV6 = 3;

/**
 * The ICMP error in control data of the error queue, with its Winsock code if there is one; undefined for an
 * error of this host. Types and codes: RFC 792, RFC 4443.
 */
export const icmpErrorOf = (control: Buffer): { readonly code?: number } | undefined => {
  for (const { level, type, data } of unpacked(control)) {
    if (!ERROR_MESSAGES.some((message) => message[0] === level && message[1] === type)) continue;
    const [origin, icmpType, icmpCode] = data.subarray(ORIGIN);
    if (origin !== FROM_ICMP && origin !== FROM_ICMPV6) continue;
    const isV6 = origin === FROM_ICMPV6;
    const isUnreachablePort = isV6 ? icmpType === 1 && icmpCode === 4 : icmpType === 3 && icmpCode === 3;
    if (isUnreachablePort) return { code: WSAECONNRESET.code };
    // Time exceeded in transit; code 1 is for reassembly.
    const isTooFar = icmpType === (isV6 ? 3 : 11) && icmpCode === 0;
    return isTooFar ? { code: WSAENETRESET.code } : {};
  }
  return undefined;
};
