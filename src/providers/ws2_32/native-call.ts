/**
 * Every native call goes through here: make the call, test for the sentinel, read the last error directly
 * after. WSAGetLastError is per thread, and the next Winsock call overwrites it.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsagetlasterror
 */
import { WSA_ERRORS } from '../../winsock/errors.js';
import type { Failure, Outcome } from '../../winsock/outcome.js';
import { ok } from '../../winsock/outcome.js';

/** SOCKET_ERROR, and INVALID_SOCKET when SOCKET is declared as a signed integer. */
const SENTINEL = -1;

/** A native function that answers SOCKET_ERROR or INVALID_SOCKET when it fails. */
export type RawCall<A extends readonly unknown[]> = (...args: A) => number;

/** A call that fails without a code is WSASYSCALLFAILURE. */
const failure = (call: string, lastError: number): Failure => ({
  ok: false,
  code: lastError === 0 ? WSA_ERRORS.WSASYSCALLFAILURE.code : lastError,
  call,
});

/**
 * Wraps a native function so that it returns failures as values.
 *
 * @param call the function's name for failures
 * @param raw the native function, or a fake of it in a test
 * @param lastError WSAGetLastError, or a fake of it
 */
export const checked = <A extends readonly unknown[]>(
  call: string,
  raw: RawCall<A>,
  lastError: () => number,
): ((...args: A) => Outcome<number>) => {
  // Every wait begins with this failure, so all calls share one object.
  const wouldBlock = Object.freeze(failure(call, WSA_ERRORS.WSAEWOULDBLOCK.code));
  return (...args) => {
    const result = raw(...args);
    if (result !== SENTINEL) return ok(result);
    const code = lastError();
    return code === wouldBlock.code ? wouldBlock : failure(call, code);
  };
};
