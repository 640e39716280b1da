import type { Outcome } from '../../winsock/outcome.js';
import { call } from './call.js';
import type { SocketState, Stack } from './state.js';

/** Linux numbers of the options that reach the system: socket(7), tcp(7), ipv6(7). */
export const NATIVE = {
  SO_REUSEADDR: { level: 1, option: 2 },
  SO_ERROR: { level: 1, option: 4 },
  SO_SNDBUF: { level: 1, option: 7 },
  SO_RCVBUF: { level: 1, option: 8 },
  SO_KEEPALIVE: { level: 1, option: 9 },
  SO_LINGER: { level: 1, option: 13 },
  TCP_NODELAY: { level: 6, option: 1 },
  IPV6_V6ONLY: { level: 41, option: 26 },
} as const;
export type NativeOption = keyof typeof NATIVE;

/** Reads an int option. */
export const getNative = (
  stack: Stack,
  fd: number,
  name: NativeOption,
  callName: string,
): Outcome<number> => {
  const { level, option } = NATIVE[name];
  const { value, address } = stack;
  address.length[0] = 4;
  const got = call(callName, stack.libc.getsockopt, fd, level, option, value, address.length);
  return got.ok ? { ok: true, value: value.readInt32LE(0) } : got;
};

/** Sets an int option. */
export const setNative = (
  stack: Stack,
  fd: number,
  name: NativeOption,
  to: number,
  callName: string,
): Outcome<number> => {
  const { level, option } = NATIVE[name];
  stack.value.writeInt32LE(to, 0);
  return call(callName, stack.libc.setsockopt, fd, level, option, stack.value, 4);
};

/** struct linger is two ints here (8 bytes), two u_short on Windows. */
export const setNativeLinger = (
  stack: Stack,
  fd: number,
  seconds: number,
  callName: string,
): Outcome<number> => {
  const { level, option } = NATIVE.SO_LINGER;
  stack.value.writeInt32LE(1, 0);
  stack.value.writeInt32LE(seconds, 4);
  return call(callName, stack.libc.setsockopt, fd, level, option, stack.value, 8);
};

/**
 * Lets the port be bound again while connections of this socket end in TIME_WAIT, as Windows does by
 * default and Linux only where both sockets have SO_REUSEADDR. On while a socket listens or connects, off
 * while it is merely bound: there SO_REUSEADDR would hide a conflict that Winsock reports.
 * SO_EXCLUSIVEADDRUSE keeps the port for as long as a connection of it lives, so it goes without.
 */
export const sharePort = (stack: Stack, socket: SocketState, on: boolean, callName: string): void => {
  if (socket.stream && !socket.exclusiveAddress) {
    setNative(stack, socket.fd, 'SO_REUSEADDR', on ? 1 : 0, callName);
  }
};
