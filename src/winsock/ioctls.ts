/**
 * The ioctlsocket requests that a client may name, with the Windows numbers.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket
 */
export const IOCTLS = { FIONBIO: 0x8004667e, FIONREAD: 0x4004667f } as const;
export type IoctlName = keyof typeof IOCTLS;
