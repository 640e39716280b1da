import type { Connected, Watch } from '../../providers/provider.js';
import type { SocketAddress } from '../../winsock/addresses.js';
import { done, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { Eventual } from '../waiting/eventual.js';
import type { Subscription } from '../waiting/subscription.js';
import type { NativeSocket } from './native-socket.js';

/**
 * A connect under way. A limit ends a caller's wait, not the attempt: it goes on until the stack ends it
 * or the socket is closed, and its result stays here until a caller has been told.
 */
export class ConnectAttempt extends Eventual<Outcome<Connected>> {
  readonly to: SocketAddress;
  /** A call answers with its end. Not any more once one has stopped waiting: from then on it is a non-blocking one. */
  blocks: boolean;
  /** Somebody has waited for the result: it is kept until the next connect has told it. */
  isOwed = false;
  /** By which it is watched; undefined once it has ended, or nobody can use its result any more. */
  #native: NativeSocket | undefined;
  #watch: Watch | undefined;
  #onEnd: ((result: Outcome<Connected>) => void) | undefined;

  constructor(to: SocketAddress, blocks: boolean) {
    super();
    this.to = to;
    this.blocks = blocks;
  }

  /**
   * Watches the socket until the connect has ended. Where the system refuses that, the attempt goes on
   * unwatched; whoever waits for it resumes it, and is told of the refusal.
   */
  follow(native: NativeSocket, onEnd: (result: Outcome<Connected>) => void): void {
    this.#onEnd = onEnd;
    this.#followBy(native);
  }

  /** Watches again, where the system refused it. WSAENOBUFS where it still does. */
  resume(): Outcome<void> {
    const native = this.#native;
    if (!native || this.#watch || this.isSettled) return done;
    const watch = native.watch({ write: true }, () => {
      this.#watch = undefined;
      this.look();
      if (this.#native) this.#followBy(this.#native);
    });
    if (!watch.ok) return watch;
    this.#watch = watch.value;
    return done;
  }

  /** Finds out whether the stack has ended it: so it is seen at once, and not only at the turn of the watch. */
  look(): void {
    const result = this.#native?.use((provider, s) => provider.finishConnect(s));
    if (!result || failedWith(result, 'WSAEWOULDBLOCK')) return;
    this.abandon();
    this.#onEnd?.(result);
    this.settle(result);
  }

  /** Wakes when it may have ended. A failure where the system does not tell that. */
  ending(wake: () => void): Outcome<Subscription> {
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

  /** Goes on watching by another handle of the same socket: that of the id that began it is being closed. */
  moveTo(native: NativeSocket): void {
    if (!this.#native) return;
    this.abandon();
    this.#followBy(native);
  }

  /** Stops watching: the socket is being closed. */
  abandon(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#native = undefined;
  }

  #followBy(native: NativeSocket): void {
    this.#native = native;
    // Those that wait already look again, and so hear of it.
    if (!this.resume().ok) native.underlying.changes.fire();
  }
}
