import type { Handle, Provider, Readiness, Watch } from '../../providers/provider.js';
import { fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { FaultRule } from '../faults/faults.js';
import type { Signal } from '../waiting/signal.js';
import { lostConnection } from './lost-connection.js';

const NO_MORE_WATCHES = 'the call would have to wait, and the system watches no more sockets.';

/** The socket that a handle names, as far as calls on the handle have to do with it. */
export interface SocketBelow {
  /** The fault that hides what has arrived, while one does. */
  readonly frozenBy: FaultRule | undefined;
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

  /** Makes a call of the provider that gives what has arrived: WSAEWOULDBLOCK while a fault hides it. */
  take<T>(run: (provider: Provider, handle: Handle) => Outcome<T>): Outcome<T> {
    return this.underlying.frozenBy === undefined ? this.use(run) : fail('WSAEWOULDBLOCK', 'recv');
  }

  /**
   * Watches for readiness. What a fault hides wakes nobody; the end of that does. WSAENOBUFS where the system
   * watches no more sockets.
   */
  watch(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    if (this.underlying.frozenBy === undefined) return this.#watchNatively(want, wake);
    const waits: Watch[] = [];
    const stop = (): void => {
      for (const wait of waits.splice(0)) wait.stop();
    };
    const once = (seen: Readiness): void => {
      stop();
      wake(seen);
    };
    const native = want.write ? this.#watchNatively({ write: true }, once) : undefined;
    if (native && !native.ok) return native;
    if (native) waits.push(native.value);
    const changes = this.underlying.changes.subscribe(() => {
      if (this.underlying.frozenBy === undefined) once({});
    });
    waits.push(changes);
    return ok({ stop });
  }

  #watchNatively(want: Readiness, wake: (seen: Readiness) => void): Outcome<Watch> {
    const watch = this.#provider.watch(this.#handle, want, wake);
    return failedWith(watch, 'WSAENOBUFS') ? { ...watch, detail: NO_MORE_WATCHES } : watch;
  }

  /** Resets the connection natively. The handle is gone, whatever the outcome: the provider sees it no more. */
  abort(): Outcome<void> {
    const aborted = this.use((provider, s) => provider.abort(s));
    this.#provider = lostConnection(this.#provider);
    return aborted;
  }
}
