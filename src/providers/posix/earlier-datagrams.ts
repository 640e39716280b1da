import { unpacked } from '../../winsock/control-data.js';
import { WSA_ERRORS } from '../../winsock/errors.js';
import { failedWith, type Outcome } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './handle-state.js';
import { call } from './native-call.js';
import { setNative } from './native-options.js';

/**
 * What ICMP says of datagrams that were sent. Winsock tells the receives, one for each message, whether the socket
 * has a peer or not: WSAECONNRESET where nobody is at the port, WSAENETRESET where the time to live ran out. A
 * send is never told.
 *
 * Linux tells a socket without a peer only with IP_RECVERR (ip(7)): then each message is in the error queue, and
 * the last one fails whatever call comes next, a send too. So a call of a datagram socket that fails makes this
 * adapter empty the queue, and is made again where it was not the call's own failure.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
 * @see https://bugs.openjdk.org/browse/JDK-4431020 one for each message
 */

const CALL = 'WSARecvFrom';
const MSG_ERRQUEUE = 0x2000;
const NO_BYTES = new Uint8Array(0);

/** More than an error queue holds by default: it has a part of the receive buffer. */
const MOST_AT_ONCE = 4096;
/** As many receives are told at most. */
const MOST_KEPT = 256;

const { WSAECONNRESET, WSAENETRESET } = WSA_ERRORS;

/** Has Linux tell it. An AF_INET6 socket may send over IPv4 too. */
export const listenToIcmp = (stack: Stack, { fd, family }: SocketState): void => {
  setNative(stack, fd, 'IP_RECVERR', 1, 'WSASocket');
  if (family === 'AF_INET6') setNative(stack, fd, 'IPV6_RECVERR', 1, 'WSASocket');
};

/** Whether a call of a datagram socket has failed for an earlier datagram: then it is to be made again. */
export const isOfEarlier = (stack: Stack, socket: SocketState, outcome: Outcome<unknown>): boolean => {
  if (outcome.ok || socket.stream || failedWith(outcome, 'WSAEWOULDBLOCK')) return false;
  if (hearIcmp(stack, socket)) return true;
  if (!failedWith(outcome, 'WSAECONNREFUSED')) return false;
  // The receive buffer is full of datagrams: Linux has kept the error alone.
  keep(stack, socket, WSAECONNRESET.code);
  return true;
};

/** Empties the error queue, and keeps for the next receives what Winsock tells. Gives whether ICMP has said anything. */
export const hearIcmp = (stack: Stack, socket: SocketState): boolean => {
  const { libc, errors } = stack;
  let isHeard = false;
  for (let i = 0; i < MOST_AT_ONCE; i++) {
    errors.expect(NO_BYTES);
    if (!call(CALL, libc.recvmsg, socket.fd, errors.bytes, MSG_ERRQUEUE).ok) break;
    const said = icmpOf(errors.control);
    isHeard ||= said !== undefined;
    if (said?.code !== undefined) keep(stack, socket, said.code);
  }
  return isHeard;
};

const keep = (stack: Stack, socket: SocketState, code: number): void => {
  const { earlier } = socket;
  if (code === WSAECONNRESET.code && !socket.udpConnReset) return;
  if (earlier.length === MOST_KEPT) return;
  earlier.push(code);
  // Whoever waits to receive has something to hear now.
  for (const fd of socket.descriptors) stack.reactor.force(fd, { read: true });
};

/** What the next receive has to tell. */
export const nextOfEarlier = (stack: Stack, socket: SocketState): number | undefined => {
  const code = socket.earlier.shift();
  if (code !== undefined && socket.earlier.length === 0) noMoreToHear(stack, socket);
  return code;
};

/** All of it was about a peer that the socket no longer has. */
export const forgetEarlier = (stack: Stack, socket: SocketState): void => {
  hearIcmp(stack, socket);
  if (socket.earlier.length === 0) return;
  socket.earlier.length = 0;
  noMoreToHear(stack, socket);
};

const noMoreToHear = (stack: Stack, socket: SocketState): void => {
  if (socket.receiveShutdown) return;
  for (const fd of socket.descriptors) stack.reactor.unforce(fd, { read: true });
};

/** IP_RECVERR and IPV6_RECVERR of control data have the numbers of the options. */
const ERROR_MESSAGES: readonly (readonly [level: number, type: number])[] = [
  [0, 11],
  [41, 25],
];
/** struct sock_extended_err: ee_errno in four bytes, then ee_origin, ee_type, ee_code in one each. */
const ORIGIN = 4;
const FROM_ICMP = 2;
const FROM_ICMPV6 = 3;

/**
 * What control data of the error queue have from ICMP, with the code of Winsock where it has one; undefined for an
 * error of this host. Types and codes: RFC 792, RFC 4443.
 */
export const icmpOf = (control: Buffer): { readonly code?: number } | undefined => {
  for (const { level, type, data } of unpacked(control)) {
    if (!ERROR_MESSAGES.some((message) => message[0] === level && message[1] === type)) continue;
    const [origin, icmpType, icmpCode] = data.subarray(ORIGIN);
    if (origin !== FROM_ICMP && origin !== FROM_ICMPV6) continue;
    const isV6 = origin === FROM_ICMPV6;
    const isUnreachablePort = isV6 ? icmpType === 1 && icmpCode === 4 : icmpType === 3 && icmpCode === 3;
    if (isUnreachablePort) return { code: WSAECONNRESET.code };
    // In transit; code 1 is about its fragments.
    const isTooFar = icmpType === (isV6 ? 3 : 11) && icmpCode === 0;
    return isTooFar ? { code: WSAENETRESET.code } : {};
  }
  return undefined;
};
