import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { IOCTLS } from '../../winsock/ioctls.js';
import { done, fail, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import { fdSet, ZERO_TIMEVAL } from './fd-set.js';
import type { Method } from './handle-state.js';
import type { Ws2_32 } from './library.js';

/** The ioctls: how much waits in either direction, urgent data, keep-alive. */

export const available: Method<'available'> = (stack, socket) => {
  const bytes = new Uint32Array(1);
  const asked = stack.ws2_32.ioctlsocket(socket.s, IOCTLS.FIONREAD, bytes);
  return asked.ok ? ok(bytes[0] ?? 0) : asked;
};

/** Whether an urgent byte waits and is not inline, or the connect has failed: the except set of select. */
export const isExceptional = (ws2_32: Ws2_32, s: Handle): boolean => {
  const count = ws2_32.select(0, null, null, fdSet(s), ZERO_TIMEVAL);
  return count.ok && count.value > 0;
};

/** SIOCATMARK: TRUE when no urgent data waits. */
export const atMark: Method<'atMark'> = (stack, socket) => {
  const answer = new Uint32Array(1);
  const asked = stack.ws2_32.ioctlsocket(socket.s, IOCTLS.SIOCATMARK, answer);
  return asked.ok ? ok(answer[0] !== 0) : asked;
};

/** struct tcp_keepalive: three u_long. */
export const setKeepAlive: Method<'setKeepAlive'> = (
  stack,
  socket,
  { onoff, keepalivetime, keepaliveinterval },
) => {
  const values = Buffer.alloc(12);
  values.writeUInt32LE(onoff ? 1 : 0, 0);
  values.writeUInt32LE(keepalivetime, 4); // Buffer's writers throw a RangeError themselves
  values.writeUInt32LE(keepaliveinterval, 8);
  const { ws2_32 } = stack;
  const code = IOCTLS.SIO_KEEPALIVE_VALS;
  const set = ws2_32.ioctl(socket.s, code, values, values.length, null, 0, new Uint32Array(1), null, null);
  return set.ok ? done : set;
};

/** SIO_AF_UNIX_GETPEERPID of afunix.h: a ULONG. https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows/ */
export const peerProcessId: Method<'peerProcessId'> = (stack, socket) => {
  if (socket.family !== ADDRESS_FAMILIES.AF_UNIX) return fail('WSAEOPNOTSUPP', 'WSAIoctl');
  const answer = Buffer.alloc(4);
  const { ioctl } = stack.ws2_32;
  const code = IOCTLS.SIO_AF_UNIX_GETPEERPID;
  const asked = ioctl(socket.s, code, null, 0, answer, answer.length, new Uint32Array(1), null, null);
  return asked.ok ? ok(answer.readUInt32LE(0)) : asked;
};

/** Of WSAIoctl; takes the version of the answer as a ULONG. */
const SIO_TCP_INFO = 0xd8000027;
const VERSION_0 = new Uint8Array(4);
const TCP_INFO_V0_BYTES = 88;

/** States of TCPSTATE (mstcpip.h) in which the peer has acknowledged our end, and so all before it. */
const ACKNOWLEDGED: ReadonlySet<number> = new Set([
  0, // TCPSTATE_CLOSED
  6, // TCPSTATE_FIN_WAIT_2
  10, // TCPSTATE_TIME_WAIT
]);

/**
 * What the peer has not acknowledged. Known for certain once our side has ended, by the state of the
 * connection; before that only what is in flight shows, not what waits for room at the peer.
 *
 * @param info TCP_INFO_v0
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-tcp_info_v0
 */
export const unacknowledged = (info: Buffer, sendShutdown: boolean): number | undefined => {
  const inFlight = info.readUInt32LE(28);
  if (!sendShutdown) return inFlight > 0 ? inFlight : undefined;
  return ACKNOWLEDGED.has(info.readInt32LE(0)) ? 0 : Math.max(1, inFlight);
};

/**
 * Windows has SIO_TCP_INFO since 10, version 1703, and Wine 10 not at all; a socket without a connection has
 * none either. Where it fails, the system cannot tell.
 */
export const unsent: Method<'unsent'> = (stack, socket) => {
  if (!socket.stream) return ok(0);
  const info = Buffer.alloc(TCP_INFO_V0_BYTES);
  const { s, shared } = socket;
  const { length } = VERSION_0;
  const count = new Uint32Array(1);
  const { ioctl } = stack.ws2_32;
  const asked = ioctl(s, SIO_TCP_INFO, VERSION_0, length, info, info.length, count, null, null);
  return ok(asked.ok ? unacknowledged(info, shared.sendShutdown) : undefined);
};
