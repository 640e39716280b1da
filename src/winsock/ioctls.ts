/**
 * The requests of ioctlsocket and WSAIoctl that a client may name, with the Windows numbers.
 *
 * Sources: https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket,
 * https://learn.microsoft.com/windows/win32/winsock/sio-keepalive-vals,
 * https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows/ (afunix.h)
 */
export const IOCTLS = {
  FIONBIO: 0x8004667e,
  FIONREAD: 0x4004667f,
  SIOCATMARK: 0x40047307,
  SIO_KEEPALIVE_VALS: 0x98000004,
  SIO_AF_UNIX_GETPEERPID: 0x58000100,
} as const;
export type IoctlName = keyof typeof IOCTLS;
