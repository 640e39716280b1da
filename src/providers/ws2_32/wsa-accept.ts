import { CONDITIONS } from '../../winsock/constants.js';
import type { Outcome } from '../../winsock/outcome.js';
import koffi, { type LibraryHandle } from '../native/koffi.js';
import { WSABUF } from './c-types.js';
import { checked } from './native-call.js';

/**
 * WSAAccept, which calls a condition function on this thread before it returns.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaaccept
 */

/** A pointer argument of a condition function: an address, or null. */
type Pointer = bigint | null;

const SOCKADDR_STORAGE_BYTES = 128;

/**
 * Decides on the first connection of a listener.
 *
 * @param callerId its sockaddr; empty where the provider has none
 * @param callerData its connect data; empty without
 * @returns one of CONDITIONS
 */
export type ConditionFunction = (callerId: Buffer, callerData: Buffer) => number;

/**
 * WSATRY_AGAIN after CF_DEFER, WSAECONNREFUSED after CF_REJECT. When the condition function throws, the
 * connection is deferred, and the exception is thrown again after WSAAccept has returned. koffi would return
 * zero, which accepts, and the new socket would leak.
 */
export type WsaAccept = (s: number, condition: ConditionFunction) => Outcome<number>;

export const loadWsaAccept = (ws2_32: LibraryHandle, lastError: () => number): WsaAccept => {
  const accept = checked<
    [
      s: number,
      name: Buffer,
      length: Int32Array,
      condition: (id: Pointer, data: Pointer) => number,
      data: number,
    ]
  >(
    'WSAAccept',
    ws2_32.func('SOCKET WSAAccept(SOCKET, void *, void *, CONDITIONPROC *, uintptr_t)'),
    lastError,
  );
  return (s, condition) => {
    const thrown: unknown[] = [];
    const decide = (callerId: Pointer, callerData: Pointer): number => {
      try {
        return condition(bytesAt(callerId), bytesAt(callerData));
      } catch (error) {
        thrown.push(error);
        return CONDITIONS.CF_DEFER;
      }
    };
    // Wine passes an AF_INET6 address to the condition function only where this buffer has room for it.
    const name = Buffer.alloc(SOCKADDR_STORAGE_BYTES);
    const outcome = accept(s, name, Int32Array.of(name.length), decide, 0);
    if (thrown.length > 0) throw thrown[0];
    return outcome;
  };
};

/** A copy of the content of a WSABUF, which is valid only until the condition function returns. */
const bytesAt = (pointer: Pointer): Buffer => {
  if (pointer === null) return Buffer.alloc(0);
  const { len, buf }: { len: number; buf: Pointer } = koffi.decode(pointer, WSABUF);
  return buf === null || len === 0 ? Buffer.alloc(0) : Buffer.from(koffi.decode(buf, 'uint8_t', len));
};
