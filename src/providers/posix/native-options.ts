import { done, type Outcome, ok } from '../../winsock/outcome.js';
import type { Stack } from './handle-state.js';
import { call } from './native-call.js';

/** Linux numbers of the options that are set natively: socket(7), tcp(7), ip(7), ipv6(7). */
const NATIVE = {
  SO_REUSEADDR: { level: 1, option: 2 },
  SO_ERROR: { level: 1, option: 4 },
  SO_DONTROUTE: { level: 1, option: 5 },
  SO_BROADCAST: { level: 1, option: 6 },
  SO_SNDBUF: { level: 1, option: 7 },
  SO_RCVBUF: { level: 1, option: 8 },
  SO_KEEPALIVE: { level: 1, option: 9 },
  SO_OOBINLINE: { level: 1, option: 10 },
  SO_LINGER: { level: 1, option: 13 },
  SO_REUSEPORT: { level: 1, option: 15 },
  SO_PEERCRED: { level: 1, option: 17 },
  SO_BINDTOIFINDEX: { level: 1, option: 62 },
  TCP_NODELAY: { level: 6, option: 1 },
  TCP_KEEPIDLE: { level: 6, option: 4 },
  TCP_KEEPINTVL: { level: 6, option: 5 },
  TCP_KEEPCNT: { level: 6, option: 6 },
  TCP_USER_TIMEOUT: { level: 6, option: 18 },
  IP_TOS: { level: 0, option: 1 },
  IP_TTL: { level: 0, option: 2 },
  IP_PKTINFO: { level: 0, option: 8 },
  IP_MTU_DISCOVER: { level: 0, option: 10 },
  IP_RECVERR: { level: 0, option: 11 },
  IP_RECVTTL: { level: 0, option: 12 },
  IP_RECVTOS: { level: 0, option: 13 },
  IP_MTU: { level: 0, option: 14 },
  IP_MULTICAST_IF: { level: 0, option: 32 },
  IP_MULTICAST_TTL: { level: 0, option: 33 },
  IP_MULTICAST_LOOP: { level: 0, option: 34 },
  IP_ADD_MEMBERSHIP: { level: 0, option: 35 },
  IP_DROP_MEMBERSHIP: { level: 0, option: 36 },
  IP_UNBLOCK_SOURCE: { level: 0, option: 37 },
  IP_BLOCK_SOURCE: { level: 0, option: 38 },
  IP_ADD_SOURCE_MEMBERSHIP: { level: 0, option: 39 },
  IP_DROP_SOURCE_MEMBERSHIP: { level: 0, option: 40 },
  IP_UNICAST_IF: { level: 0, option: 50 },
  IPV6_UNICAST_HOPS: { level: 41, option: 16 },
  IPV6_MULTICAST_IF: { level: 41, option: 17 },
  IPV6_MULTICAST_HOPS: { level: 41, option: 18 },
  IPV6_MULTICAST_LOOP: { level: 41, option: 19 },
  IPV6_ADD_MEMBERSHIP: { level: 41, option: 20 },
  IPV6_DROP_MEMBERSHIP: { level: 41, option: 21 },
  IPV6_MTU_DISCOVER: { level: 41, option: 23 },
  IPV6_MTU: { level: 41, option: 24 },
  IPV6_RECVERR: { level: 41, option: 25 },
  IPV6_V6ONLY: { level: 41, option: 26 },
  IPV6_RECVPKTINFO: { level: 41, option: 49 },
  IPV6_RECVHOPLIMIT: { level: 41, option: 51 },
  IPV6_DONTFRAG: { level: 41, option: 62 },
  IPV6_RECVTCLASS: { level: 41, option: 66 },
  IPV6_TCLASS: { level: 41, option: 67 },
  IPV6_UNICAST_IF: { level: 41, option: 76 },
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
  return got.ok ? ok(value.readInt32LE(0)) : got;
};

/** Sets an int option. */
export const setNative = (
  stack: Stack,
  fd: number,
  name: NativeOption,
  to: number,
  callName: string,
): Outcome<void> => {
  stack.value.writeInt32LE(to, 0);
  return setNativeBytes(stack, fd, name, stack.value, callName, 4);
};

/** Sets an option whose value is a structure. */
export const setNativeBytes = (
  stack: Stack,
  fd: number,
  name: NativeOption,
  bytes: Uint8Array,
  callName: string,
  length = bytes.byteLength,
): Outcome<void> => {
  const { level, option } = NATIVE[name];
  const set = call(callName, stack.libc.setsockopt, fd, level, option, bytes, length);
  return set.ok ? done : set;
};
