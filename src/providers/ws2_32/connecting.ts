import { type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import type { Library } from './library.js';

/** struct timeval { long; long }: do not wait. */
const ZERO_TIMEVAL = new Uint8Array(8);

/** fd_set with one socket: u_int count, four bytes of padding, then the SOCKETs. */
const fdSet = (s: Handle): Buffer => {
  const set = Buffer.alloc(16);
  set.writeUInt32LE(1, 0);
  set.writeBigUInt64LE(BigInt(s), 8);
  return set;
};

/**
 * Whether a connect that was begun has ended: well (the write set) or not (the except set). By select, not
 * by WSAPoll, which before Windows 10 2004 never reported a connect that failed.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
 */
export const hasConnectEnded = (library: Library, s: Handle): Outcome<boolean> => {
  const count = library.select(0, null, fdSet(s), fdSet(s), ZERO_TIMEVAL);
  return count.ok ? ok(count.value > 0) : count;
};
