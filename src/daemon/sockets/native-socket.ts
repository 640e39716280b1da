import type { Handle, Provider, Readiness, Watch } from '../../providers/provider.js';
import { RECV_FLAGS } from '../../winsock/constants.js';
import { type Failure, failedWith, type Outcome } from '../../winsock/outcome.js';
import type { Signal } from '../waiting/signal.js';
import { lostConnection } from './lost-connection.js';

const NO_MORE_WATCHES = 'the call would have to wait, and the system watches no more sockets.';

/** The socket that a handle names, as far as calls on the handle have to do with it. */
export interface SocketBelow {
  /** Fires when something has changed that a watch of the provider does not see. */
  readonly changes: Signal;
  /** A native call failed with this code. */
  sawCode(code: number): void;
}

/**
 * A native handle and its provider: every native call on a socket goes through here. The handle is given to
 * the provider inside `use` and kept nowhere else.
 */
export class NativeSocket<S extends SocketBelow = SocketBelow> {
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

  /** Makes one call of the provider on the handle, and notes what a failure says about the connection. */
  use<T>(run: (provider: Provider, handle: Handle) => T): T {
    const result = run(this.#provider, this.#handle);
    if (typeof result === 'object' && result !== null && 'code' in result) {
      if (typeof result.code === 'number') this.underlying.sawCode(result.code);
    }
    return result;
  }

  /** Watches for readiness, once. WSAENOBUFS where the system watches no more sockets. */
  watch(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    const watch = this.#provider.watch(this.#handle, want, wake);
    return failedWith(watch, 'WSAENOBUFS') ? { ...watch, detail: NO_MORE_WATCHES } : watch;
  }

  /**
   * How the connection was lost, as a receive would tell; undefined where it was not, or where a receive says
   * something of this side only. Looks at one byte and takes nothing.
   */
  loss(): Failure | undefined {
    const seen = this.use((provider, s) => provider.recv(s, Buffer.alloc(1), RECV_FLAGS.MSG_PEEK));
    const saysNothing = seen.ok || failedWith(seen, 'WSAEWOULDBLOCK') || failedWith(seen, 'WSAESHUTDOWN');
    return saysNothing ? undefined : seen;
  }

  /** Resets the connection natively. The handle is gone, whatever the outcome: the provider sees it no more. */
  abort(): Outcome<void> {
    const aborted = this.use((provider, s) => provider.abort(s));
    this.#provider = lostConnection(this.#provider);
    return aborted;
  }
}
