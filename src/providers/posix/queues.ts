import { type Outcome, ok } from '../../winsock/outcome.js';
import { call } from './call.js';
import type { SocketState, Stack } from './state.js';

/** How much waits in either direction: ioctl_list(2), tcp(7), udp(7). */

const FIONREAD = 0x541b;
const SIOCOUTQ = 0x5411;

/**
 * FIONREAD. For datagrams Linux tells the size of the next one, Winsock the total of all that are queued:
 * a difference that stays.
 */
export const available = (stack: Stack, socket: SocketState): Outcome<number> => ask(stack, socket, FIONREAD);

/** SIOCOUTQ of a connection: what the peer has not acknowledged, its FIN counting as one byte. */
export const unsent = (stack: Stack, socket: SocketState): Outcome<number | undefined> =>
  socket.stream && socket.phase === 'connected' ? ask(stack, socket, SIOCOUTQ) : ok(0);

const ask = (stack: Stack, socket: SocketState, request: number): Outcome<number> => {
  const asked = call('ioctlsocket', stack.libc.ioctl, socket.fd, request, stack.value);
  return asked.ok ? ok(stack.value.readInt32LE(0)) : asked;
};
