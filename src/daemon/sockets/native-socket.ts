import type { Handle, Provider, Readiness, Watch } from '../../providers/provider.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import { type Failure, failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Signal } from '../waiting/signal.js';
import { lostConnection } from './lost-connection.js';

const NO_MORE_WATCHES = 'the call would have to wait, and the system watches no more sockets.';

/** The socket that a handle names, as far as calls on the handle concern it. */
export interface SocketOfHandle {
  /** Fires after a change that a watch of the provider does not report. */
  readonly changes: Signal;
  /** A native call failed with this code. */
  noteFailure(code: number): void;
}

/**
 * A native handle and its provider: every native call on a socket goes through here. The handle is passed to
 * the provider inside `use`, and kept nowhere else.
 */
export class NativeSocket<S extends SocketOfHandle = SocketOfHandle> {
  /** The socket that the handle names, alone or with others (WSADuplicateSocket). */
  readonly underlying: S;
  readonly #handle: Handle;
  #provider: Provider;

  constructor(provider: Provider, handle: Handle, underlying: S) {
    this.#provider = provider;
    this.#handle = handle;
    this.underlying = underlying;
  }

  get providerName(): Provider['name'] {
    return this.#provider.name;
  }

  /** Makes one call of the provider on the handle, and notes the code of a failure. */
  use<T>(run: (provider: Provider, handle: Handle) => T): T {
    const result = run(this.#provider, this.#handle);
    if (typeof result === 'object' && result !== null && 'code' in result) {
      if (typeof result.code === 'number') this.underlying.noteFailure(result.code);
    }
    return result;
  }

  /** Watches for readiness, once. WSAENOBUFS if the system watches no more sockets. */
  watch(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    const watch = this.#provider.watch(this.#handle, want, wake);
    return failedWith(watch, 'WSAENOBUFS') ? { ...watch, detail: NO_MORE_WATCHES } : watch;
  }

  /**
   * How the connection was lost, as a receive would report it; undefined if it was not lost, or if a receive
   * reports only that this side was shut down. Peeks at one byte.
   */
  connectionLoss(): Failure | undefined {
    const seen = this.use((provider, s) => provider.recv(s, Buffer.alloc(1), RECV_FLAGS.MSG_PEEK));
    const saysNothing = seen.ok || failedWith(seen, 'WSAEWOULDBLOCK') || failedWith(seen, 'WSAESHUTDOWN');
    return saysNothing ? undefined : seen;
  }

  /**
   * Resets the connection natively. Whatever the outcome, the handle is closed: no call reaches it any more.
   */
  abort(): Outcome<void> {
    const aborted = this.use((provider, s) => provider.abort(s));
    this.#provider = lostConnection(this.#provider);
    return aborted;
  }
}
