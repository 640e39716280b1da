import type { SocketAddress } from '../../winsock/addresses.js';
import { SOCKET_TYPES } from '../../winsock/constants.js';
import type { Stack } from './handle-state.js';
import { call } from './native-call.js';
import { LINUX_FAMILY } from './sockaddr.js';

/** socket(2). */
const SOCK_CLOEXEC = 0o2000000;

/**
 * Makes a query on a temporary datagram socket, where the same call on the caller's socket would change it.
 *
 * @param callName the Winsock function that the failure names
 * @returns the answer; undefined when no temporary socket can be made
 */
export const askByProbe = <T>(
  { libc }: Stack,
  family: SocketAddress['family'],
  callName: string,
  ask: (fd: number) => T,
): T | undefined => {
  const made = call(callName, libc.socket, LINUX_FAMILY[family], SOCKET_TYPES.SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (!made.ok) return undefined;
  const answer = ask(made.value);
  call(callName, libc.close, made.value);
  return answer;
};
