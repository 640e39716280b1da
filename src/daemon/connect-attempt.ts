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

  constructor(to: SocketAddress) {
    super();
    this.to = to;
  }

  /** Watches the socket until the connect has ended. */
  follow(socket: Socket, onEnd: (result: Outcome<Connected>) => void): void {
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

  /** Stops watching: the socket is being closed. */
  abandon(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }
}
