import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { IOCTLS, type Layout, PLAIN_IOCTLS } from '../../winsock/ioctls.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import { fdSet, ZERO_TIMEVAL } from './fd-set.js';
import type { Method, SocketState, Stack } from './handle-state.js';
import type { Ws2_32 } from './library.js';

/** The ioctls: pending and unsent bytes, urgent data, keep-alive. */

export const available: Method<'available'> = (stack, socket) => ask(stack, socket, IOCTLS.FIONREAD);

const ask = (stack: Stack, socket: SocketState, request: number): Outcome<number> => {
  const answer = new Uint32Array(1);
  const asked = stack.ws2_32.ioctlsocket(socket.s, request, answer);
  return asked.ok ? ok(answer[0] ?? 0) : asked;
};

/** Whether an urgent byte is pending and not inline, or the connect has failed: the except set of select. */
export const isExceptional = (ws2_32: Ws2_32, s: Handle): boolean => {
  const count = ws2_32.select(0, null, null, fdSet(s), ZERO_TIMEVAL);
  return count.ok && count.value > 0;
};

/** SIOCATMARK: TRUE when no urgent data is pending. */
export const atMark: Method<'atMark'> = (stack, socket) => {
  const asked = ask(stack, socket, IOCTLS.SIOCATMARK);
  return asked.ok ? ok(asked.value !== 0) : asked;
};

const wsaIoctl = (
  { ws2_32 }: Stack,
  { s }: SocketState,
  code: number,
  into: Uint8Array | null,
  out: Uint8Array | null,
): Outcome<number> =>
  ws2_32.ioctl(s, code, into, into?.length ?? 0, out, out?.length ?? 0, new Uint32Array(1), null, null);

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
  const set = wsaIoctl(stack, socket, IOCTLS.SIO_KEEPALIVE_VALS, values, null);
  return set.ok ? done : set;
};

/**
 * SIO_AF_UNIX_GETPEERPID of afunix.h: a ULONG.
 * https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows/
 */
export const peerProcessId: Method<'peerProcessId'> = (stack, socket) => {
  if (socket.family !== ADDRESS_FAMILIES.AF_UNIX) return fail('WSAEOPNOTSUPP', 'WSAIoctl');
  const answer = Buffer.alloc(4);
  const asked = wsaIoctl(stack, socket, IOCTLS.SIO_AF_UNIX_GETPEERPID, null, answer);
  return asked.ok ? ok(answer.readUInt32LE(0)) : asked;
};

/**
 * The bytes of a structure, its members aligned as in C; undefined where a number does not fit its member.
 */
export const packed = (takes: Layout['takes'], members: readonly number[]): Uint8Array | undefined => {
  const bytes = Buffer.alloc(takes.length * Math.max(0, ...takes)); // no padding between members
  let at = 0;
  for (const [i, size] of takes.entries()) {
    const member = members[i] ?? 0;
    if (!Number.isInteger(member) || member < 0 || member >= 2 ** (8 * size)) return undefined;
    bytes.writeUIntLE(member, at, size);
    at += size;
  }
  return bytes;
};

/** Passes a plain ioctl to Windows unchanged. */
export const ioctl: Method<'ioctl'> = (stack, socket, request, members) => {
  const layout: Layout = PLAIN_IOCTLS[request];
  const into = packed(layout.takes, members);
  if (into === undefined) return fail('WSAEINVAL', 'WSAIoctl');
  const out = layout.gives === undefined ? null : Buffer.alloc(layout.gives);
  const asked = wsaIoctl(stack, socket, IOCTLS[request], into.length === 0 ? null : into, out);
  return asked.ok ? ok(out?.readUIntLE(0, out.length)) : asked;
};

/** SIO_TCP_INFO takes the version of the answer as a ULONG. */
const VERSION_0 = new Uint8Array(4);
const TCP_INFO_V0_BYTES = 88;

/** States of TCPSTATE (mstcpip.h) in which the peer has acknowledged our FIN, and so every byte before it. */
const ACKNOWLEDGED: ReadonlySet<number> = new Set([
  0, // TCPSTATE_CLOSED
  6, // TCPSTATE_FIN_WAIT_2
  10, // TCPSTATE_TIME_WAIT
]);

/**
 * How many bytes the peer has not acknowledged. After our side has ended, the state of the connection says
 * it for certain. Before that only bytes in flight are known, not those that wait for the peer's window.
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
 * SIO_TCP_INFO needs Windows 10, version 1703, and a connection; Wine 10 does not have it. Where it fails,
 * the number is unknown.
 */
export const unsent: Method<'unsent'> = (stack, socket) => {
  if (!socket.stream) return ok(0);
  const info = Buffer.alloc(TCP_INFO_V0_BYTES);
  const asked = wsaIoctl(stack, socket, IOCTLS.SIO_TCP_INFO, VERSION_0, info);
  return ok(asked.ok ? unacknowledged(info, socket.shared.sendShutdown) : undefined);
};
