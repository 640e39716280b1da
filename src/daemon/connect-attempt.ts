import type { Connected, Watch } from '../providers/provider.js';
import type { SocketAddress } from '../winsock/addresses.js';
import { failedWith, type Outcome } from '../winsock/outcome.js';
import { Eventual } from './eventual.js';
import type { Socket } from './socket.js';

/**
 * A connect under way. A limit ends a caller's wait, not the attempt: it goes on until the stack ends it
 * or the socket is closed, and its result stays here until a caller has been told.
 */
export class ConnectAttempt extends Eventual<Outcome<Connected>> {
  readonly to: SocketAddress;
  #watch: Watch | undefined;
  #onEnd: (result: Outcome<Connected>) => void = () => {};

  constructor(to: SocketAddress) {
    super();
    this.to = to;
  }

  /** Watches the socket until the connect has ended. */
  follow(socket: Socket, onEnd: (result: Outcome<Connected>) => void): void {
    this.#onEnd = onEnd;
    this.#watch = socket.watch({ write: true }, () => {
      this.#watch = undefined;
      const result = socket.use((provider, s) => provider.finishConnect(s));
      if (failedWith(result, 'WSAEWOULDBLOCK')) {
        this.follow(socket, onEnd);
        return;
      }
      onEnd(result);
      this.settle(result);
    });
  }

  /** Goes on watching by another id of the same socket: the one that began it is being closed. */
  moveTo(socket: Socket): void {
    if (!this.#watch) return;
    this.abandon();
    this.follow(socket, this.#onEnd);
  }

  /** Stops watching: the socket is being closed. */
  abandon(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }
}
