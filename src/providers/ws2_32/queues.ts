import { IOCTLS } from '../../winsock/ioctls.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { SocketState, Stack } from './state.js';

/** How much waits to be read. What the peer has not acknowledged, Windows does not tell. */

export const available = (stack: Stack, socket: SocketState): Outcome<number> => {
  const bytes = new Uint32Array(1);
  const asked = stack.library.ioctlsocket(socket.s, IOCTLS.FIONREAD, bytes);
  return asked.ok ? ok(bytes[0] ?? 0) : asked;
};
