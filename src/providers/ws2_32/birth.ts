import { SOCKET_TYPES } from '../../winsock/constants.js';
import { IOCTLS } from '../../winsock/ioctls.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import type { CatalogEntry } from './catalog.js';
import { requireInt32, type SocketState, type Stack, toHandle } from './state.js';

/** Where sockets of the adapter begin: WSASocketW, and what every one owes from birth. */

/** Take the value from the catalog entry. */
const FROM_PROTOCOL_INFO = -1;
const WSA_FLAG_OVERLAPPED = 0x01;
const WSA_FLAG_NO_HANDLE_INHERIT = 0x80;

export const socket = (stack: Stack, entry: CatalogEntry, protocol: number): Outcome<Handle> => {
  requireInt32(protocol, 'protocol');
  const made = stack.library.socket(
    FROM_PROTOCOL_INFO,
    FROM_PROTOCOL_INFO,
    protocol === 0 ? FROM_PROTOCOL_INFO : protocol,
    entry.bytes, // exactly this provider, where several have the same family, type and protocol
    0,
    WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT,
  );
  if (!made.ok) return made;
  const { addressFamily: family, socketType } = entry.info;
  return adopt(stack, made.value, { stream: socketType === SOCKET_TYPES.SOCK_STREAM, family });
};

/** Makes a SOCKET one of ours, non-blocking. One that cannot be made so is closed. */
export const adopt = (
  stack: Stack,
  value: number,
  { stream, family }: Pick<SocketState, 'stream' | 'family'>,
): Outcome<Handle> => {
  const nonBlocking = stack.library.ioctlsocket(value, IOCTLS.FIONBIO | 0, Uint32Array.of(1)); // |0: long is signed
  if (!nonBlocking.ok) {
    stack.library.closesocket(value);
    return nonBlocking;
  }
  const s = toHandle(value);
  stack.sockets.set(s, { s, stream, family, pendingError: 0, sendShutdown: false });
  return ok(s);
};
