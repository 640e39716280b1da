import { fail, type Outcome } from './outcome.js';

/**
 * Runs with what an adapter knows of an open socket; WSAENOTSOCK for a handle that was closed or never given
 * out. Every operation of an adapter over a system begins here, so only what it has opened itself reaches a
 * native call: an FFI would turn 2**40 into descriptor 0.
 */
export const withSocket = <H, S, T>(
  sockets: { get(handle: H): S | undefined },
  handle: H,
  callName: string,
  run: (socket: S) => Outcome<T>,
): Outcome<T> => {
  const socket = sockets.get(handle);
  return socket === undefined ? fail('WSAENOTSOCK', callName) : run(socket);
};
