import { SOCKET_TYPES } from '../../winsock/constants.js';
import { IOCTLS } from '../../winsock/ioctls.js';
import { type Failure, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import type { Handle } from '../provider.js';
import { type CatalogEntry, PROTOCOL_INFO_BYTES } from './catalog.js';
import { type Method, SharedState, type SocketState, type Stack, toHandle } from './handle-state.js';

/** WSASocketW, and what every new socket of the adapter needs. */

/** Take the value from the catalog entry. */
const FROM_PROTOCOL_INFO = -1;
const WSA_FLAG_OVERLAPPED = 0x01;
const WSA_FLAG_NO_HANDLE_INHERIT = 0x80;

export const socket = (stack: Stack, entry: CatalogEntry, protocol: number): Outcome<Handle> => {
  requireInt32(protocol, 'protocol');
  const made = stack.ws2_32.socket(
    FROM_PROTOCOL_INFO,
    FROM_PROTOCOL_INFO,
    protocol === 0 ? FROM_PROTOCOL_INFO : protocol,
    entry.bytes, // selects this provider where several have the same family, type and protocol
    0,
    WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT,
  );
  if (!made.ok) return made;
  const { addressFamily: family, socketType } = entry.info;
  return adopt(stack, made.value, { stream: socketType === SOCKET_TYPES.SOCK_STREAM, family });
};

/**
 * A second handle of the same socket, in this process.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
 */
export const duplicate: Method<'duplicate'> = (stack, socket) => {
  const { ws2_32 } = stack;
  const info = new Uint8Array(PROTOCOL_INFO_BYTES);
  const given = ws2_32.duplicateSocket(socket.s, process.pid, info);
  if (!given.ok) return given;
  const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
  const made = ws2_32.socket(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0, flags);
  if (!made.ok) return made;
  return adopt(stack, made.value, socket, socket.shared);
};

/** Closes a new SOCKET that the adapter cannot use. Returns the reason. */
export const discarded = ({ ws2_32 }: Stack, value: number, reason: Failure): Failure => {
  ws2_32.closesocket(value);
  return reason;
};

/**
 * Makes a new SOCKET non-blocking and adds it to the open sockets. One that cannot be made non-blocking is
 * closed.
 *
 * @param shared the state of the handle from which it was duplicated
 */
export const adopt = (
  stack: Stack,
  value: number,
  { stream, family }: Pick<SocketState, 'stream' | 'family'>,
  shared = new SharedState(),
): Outcome<Handle> => {
  // `| 0`, because the parameter is a signed long.
  const nonBlocking = stack.ws2_32.ioctlsocket(value, IOCTLS.FIONBIO | 0, Uint32Array.of(1));
  if (!nonBlocking.ok) return discarded(stack, value, nonBlocking);
  const s = toHandle(value);
  if (s === undefined) {
    const detail = `Winsock gave a SOCKET of ${value}, which is not a number of 31 bits.`;
    return discarded(stack, value, fail('WSAEMFILE', 'WSASocketW', { detail }));
  }
  shared.handles++;
  stack.sockets.set(s, { s, stream, family, shared });
  return ok(s);
};
