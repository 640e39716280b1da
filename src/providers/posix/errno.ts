import { constants } from 'node:os';
import { WSA_ERRORS, WSA_NAMES, type WsaName } from '../../winsock/errors.js';

/**
 * Maps Linux errno numbers to Winsock codes. The rows come from `posixErrno` of the error table; this file
 * has only the exceptions.
 */

/** asm-generic numbers of names that node:os lacks. */
const NOT_IN_NODE: Readonly<Record<string, number>> = {
  ENONET: 64,
  EREMOTE: 66,
  EUSERS: 87,
  ESOCKTNOSUPPORT: 94,
  EPFNOSUPPORT: 96,
  ESHUTDOWN: 108,
  ETOOMANYREFS: 109,
  EHOSTDOWN: 112,
};

/**
 * Errors that Winsock names differently. EPIPE means a reset after the peer's end (tcp_reset), since the
 * state of the adapter excludes its other meanings before the call; in Winsock that is WSAECONNABORTED
 * (Wine's dlls/ws2_32/tests/sock.c, test_shutdown, which also runs on Windows). accept passes `EPROTO` and
 * `ENONET` on from the new connection (accept(2), "Error handling"). `ENOENT`, `ENOTDIR` and `EROFS` concern
 * the path of an AF_UNIX address. `ENOSPC` is the limit of a user's epoll watches (epoll_ctl(2)).
 */
const EXCEPTIONS: Readonly<Record<string, WsaName>> = {
  EAGAIN: 'WSAEWOULDBLOCK',
  EBADF: 'WSAENOTSOCK',
  ENFILE: 'WSAEMFILE',
  ENOMEM: 'WSAENOBUFS',
  ENOSPC: 'WSAENOBUFS',
  EPERM: 'WSAEACCES',
  EPIPE: 'WSAECONNABORTED',
  EPROTO: 'WSAECONNRESET',
  ENONET: 'WSAENETUNREACH',
  ENODEV: 'WSAEADDRNOTAVAIL', // no interface of that index
  // bind to an AF_UNIX path in a missing folder. It is not documented; programs on Windows report this code:
  // https://github.com/golang/go/issues/44797 and https://github.com/ethereum/trin/issues/425
  ENOENT: 'WSAENETDOWN',
  ENOTDIR: 'WSAENETDOWN',
  EROFS: 'WSAEACCES',
};

/** The number of an errno name on this system; undefined for an unknown name. */
export const errnoNumber = (name: string): number | undefined =>
  NOT_IN_NODE[name] ?? (constants.errno as Readonly<Record<string, number>>)[name]; // typed by name only

/**
 * WSAEINVAL is the row for EINVAL; WSA_INVALID_PARAMETER, WSATRY_AGAIN and others only share the errno of
 * such a row.
 */
const isSocketRow = (name: WsaName): boolean => name === `WSA${WSA_ERRORS[name].posixErrno}`;

const table = new Map<number, number>();
for (const name of WSA_NAMES) {
  const errno = errnoNumber(WSA_ERRORS[name].posixErrno ?? '');
  if (errno !== undefined && isSocketRow(name)) table.set(errno, WSA_ERRORS[name].code);
}
for (const [posix, name] of Object.entries(EXCEPTIONS)) {
  const errno = errnoNumber(posix);
  if (errno !== undefined) table.set(errno, WSA_ERRORS[name].code);
}

/** The Winsock code of an errno; WSASYSCALLFAILURE for one that no socket call should return. */
export const wsaCodeOf = (errno: number): number => table.get(errno) ?? WSA_ERRORS.WSASYSCALLFAILURE.code;
