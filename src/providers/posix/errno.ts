import { constants } from 'node:os';
import { WSA_ERRORS, WSA_NAMES, type WsaName } from '../../winsock/errors.js';

/**
 * Linux errno numbers to Winsock codes. The rows come from the error table's `posixErrno`; only what
 * Linux says in another way than Winsock is written down here.
 */

/** asm-generic numbers of the names that node:os leaves out. */
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
 * Where the meaning has another name. EPIPE is left for a reset that came after the peer's end (tcp_reset): what else
 * it can mean, the adapter's state answers before the call is made. To Winsock that is WSAECONNABORTED (Wine's
 * dlls/ws2_32/tests/sock.c, test_shutdown, which is run on Windows). `EPROTO` and `ENONET` are errors that accept
 * hands on from the new connection (accept(2), "Error handling"). `ENOENT`, `ENOTDIR` and `EROFS` are about the path
 * of an AF_UNIX address. `ENOSPC` is the limit of what a user may watch (epoll_ctl(2)).
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
  // bind to a path of AF_UNIX in a folder that is not there. So say programs on Windows, for want of a document:
  // https://github.com/golang/go/issues/44797 and https://github.com/ethereum/trin/issues/425
  ENOENT: 'WSAENETDOWN',
  ENOTDIR: 'WSAENETDOWN',
  EROFS: 'WSAEACCES',
};

/** The number of an errno name on this system, undefined for a name it does not have. */
export const errnoNumber = (name: string): number | undefined =>
  NOT_IN_NODE[name] ?? (constants.errno as Readonly<Record<string, number>>)[name]; // typed by name only

/** WSAEINVAL is the row of EINVAL; WSA_INVALID_PARAMETER, WSATRY_AGAIN and others only share an errno with one. */
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

/** The Winsock code of an errno; WSASYSCALLFAILURE for one that no socket call should give. */
export const wsaCodeOf = (errno: number): number => table.get(errno) ?? WSA_ERRORS.WSASYSCALLFAILURE.code;
