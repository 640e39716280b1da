import { WSA_ERRORS } from '../../winsock/errors.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import koffi from '../native/koffi.js';
import { wsaCodeOf } from './errno.js';

/**
 * Makes one native call, tests for its sentinel -1, and reads errno directly after. Anything in between (a
 * log line, even a failing fs call) may overwrite errno: errno(3).
 *
 * @param callName the Winsock function that the failure names
 * @param native a function of Libc, or a fake of one in tests
 * @returns the native result (a count, a descriptor, 0), or the failure with its Winsock code
 */
export const call = <A extends readonly unknown[]>(
  callName: string,
  native: (...args: A) => number,
  ...args: A
): Outcome<number> => {
  const result = native(...args);
  if (result !== -1) return ok(result);
  const errno = koffi.errno();
  const code = wsaCodeOf(errno);
  return code === WSA_ERRORS.WSASYSCALLFAILURE.code
    ? { ok: false, code, call: callName, detail: `errno ${errno}` }
    : { ok: false, code, call: callName };
};
