import { CONDITIONS } from '../../winsock/constants.js';
import type { Outcome } from '../../winsock/outcome.js';
import koffi, { type LibraryHandle } from '../native/koffi.js';
import { WSABUF } from './c-types.js';
import { checked } from './native-call.js';

/**
 * WSAAccept with a condition function, which it calls in this thread before it returns.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaaccept
 */

/** A pointer that a condition function is given: an address, or null. */
type Pointer = bigint | null;

const SOCKADDR_STORAGE_BYTES = 128;

/**
 * Decides about the first connection of a listener.
 *
 * @param callerId its sockaddr; empty where the provider gives none
 * @param callerData its connect data; empty without
 * @returns one of CONDITIONS
 */
export type ConditionFunction = (callerId: Buffer, callerData: Buffer) => number;

/**
 * WSATRY_AGAIN after CF_DEFER, WSAECONNREFUSED after CF_REJECT. An exception of the condition function defers,
 * so that nothing happens to the connection, and is thrown again when WSAAccept has returned: koffi would make
 * it zero, which accepts, and the new socket would be lost.
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
    // The condition function is told who calls; Wine tells it an AF_INET6 address only where it finds room here.
    const name = Buffer.alloc(SOCKADDR_STORAGE_BYTES);
    const outcome = accept(s, name, Int32Array.of(name.length), decide, 0);
    if (thrown.length > 0) throw thrown[0];
    return outcome;
  };
};

/** A copy of what a WSABUF has: it is the system's, and gone when the condition function has returned. */
const bytesAt = (pointer: Pointer): Buffer => {
  if (pointer === null) return Buffer.alloc(0);
  const { len, buf }: { len: number; buf: Pointer } = koffi.decode(pointer, WSABUF);
  return buf === null || len === 0 ? Buffer.alloc(0) : Buffer.from(koffi.decode(buf, 'uint8_t', len));
};
