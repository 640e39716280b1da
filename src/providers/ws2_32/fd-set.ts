import type { Handle } from '../provider.js';

/** The arguments of select. https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-fd_set */

/** struct timeval { long; long } of zero: select does not wait. */
export const ZERO_TIMEVAL = new Uint8Array(8);

/** fd_set with one socket: u_int count, four bytes of padding, then the SOCKETs. */
export const fdSet = (s: Handle): Buffer => {
  const set = Buffer.alloc(16);
  set.writeUInt32LE(1, 0);
  set.writeBigUInt64LE(BigInt(s), 8);
  return set;
};
