import type { Connected, Watch } from '../../providers/provider.js';
import type { SocketAddress } from '../../winsock/addresses.js';
import { done, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { Deferred } from '../waiting/deferred.js';
import type { Subscription } from '../waiting/subscription.js';
import type { NativeSocket } from './native-socket.js';

/**
 * A connect in progress. A time limit ends a caller's wait, not the attempt: it continues until the stack
 * ends it or the socket is closed. Its result stays here until a call has reported it.
 */
export class ConnectAttempt extends Deferred<Outcome<Connected>> {
  readonly to: SocketAddress;
  /**
   * Whether a call waits to report the result. Once a call has stopped waiting, the attempt is non-blocking.
   */
  blocks: boolean;
  /** A call has waited for the result: it is kept until a connect has reported it. */
  mustReport = false;
  /** The handle that is watched; undefined once the attempt has ended or the socket is closed. */
  #native: NativeSocket | undefined;
  #watch: Watch | undefined;
  #onEnd: ((result: Outcome<Connected>) => void) | undefined;

  constructor(to: SocketAddress, blocks: boolean) {
    super();
    this.to = to;
    this.blocks = blocks;
  }

  /**
   * Watches the socket until the connect has ended. If the system refuses the watch, the attempt continues
   * unwatched. A call that waits for it tries to watch again and reports a refusal.
   */
  follow(native: NativeSocket, onEnd: (result: Outcome<Connected>) => void): void {
    this.#onEnd = onEnd;
    this.#watchBy(native);
  }

  /** Watches again if the system has refused to. WSAENOBUFS if it still refuses. */
  resume(): Outcome<void> {
    const native = this.#native;
    if (!native || this.#watch || this.isSettled) return done;
    const watch = native.watch({ write: true }, () => {
      this.#watch = undefined;
      this.poll();
      if (this.#native) this.#watchBy(this.#native);
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return done;
  }

  /** Asks the stack whether the connect has ended, which is sooner than the watch reports it. */
  poll(): void {
    const result = this.#native?.use((provider, s) => provider.finishConnect(s));
    if (!result || failedWith(result, 'WSAEWOULDBLOCK')) return;
    this.stopWatching();
    this.#onEnd?.(result);
    this.settle(result);
  }

  /** Wakes when the connect may have ended. A failure if the system refuses to watch the socket. */
  trySubscribe(wake: () => void): Outcome<Subscription> {
    const resumed = this.resume();
    if (!resumed.ok) return resumed;
    const settled = this.subscribe(wake);
    const refused = this.#native?.underlying.changes.subscribe(wake);
    return ok({
      stop: () => {
        settled.stop();
        refused?.stop();
      },
    });
  }

  /** Watches another handle of the same socket, because the one watched so far is being closed. */
  moveTo(native: NativeSocket): void {
    if (!this.#native) return;
    this.stopWatching();
    this.#watchBy(native);
  }

  /** Stops watching: the connect has ended, or the socket is being closed. */
  stopWatching(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#native = undefined;
  }

  #watchBy(native: NativeSocket): void {
    this.#native = native;
    // Wakes the calls that wait: they subscribe again, and find the refusal.
    if (!this.resume().ok) native.underlying.changes.fire();
  }
}
