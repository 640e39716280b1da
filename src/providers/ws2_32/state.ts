import type { Handle } from '../provider.js';

/** What the adapter remembers of a socket, since Windows does not tell it again or tells it only once. */
export interface SocketState {
  /** A byte stream; else datagrams. */
  readonly isStream: boolean;
  /** The Windows number of its address family. */
  readonly family: number;
  /** SO_ERROR as finishConnect has read (and so cleared) it, until getSockOpt reads it; 0 for none. */
  soError: number;
}

/**
 * The sockets that this adapter has made and not closed. Windows may give a value again at once after
 * closesocket, even to somebody else in this process: a handle that is not here never reaches a native call.
 */
export type Sockets = Map<Handle, SocketState>;

/** Poll handles of libuv take a socket as a 32-bit integer. Windows has never given a larger one. */
const MAX_HANDLE = 0x7fffffff;

/** @throws an Error for a value that the reactor could not take */
export const toHandle = (value: number): Handle => {
  if (!Number.isInteger(value) || value < 0 || value > MAX_HANDLE) {
    throw new Error(`Winsock gave a SOCKET of ${value}, more than 31 bits`);
  }
  return value as Handle; // the brand is given here, and only here
};
