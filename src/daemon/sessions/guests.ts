import type { Socket } from '../sockets/socket.js';

/**
 * Sockets of other sessions that live on a provider of this one. The provider is freed when the session has
 * ended and the last of them is gone.
 */
export class Guests {
  readonly #sockets = new Set<Socket>();
  #release: (() => void) | undefined;

  add(socket: Socket): void {
    this.#sockets.add(socket);
  }

  delete(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#releaseIfGone();
  }

  /** Runs when none is left, at once if that is so now. */
  whenGone(release: () => void): void {
    this.#release = release;
    this.#releaseIfGone();
  }

  #releaseIfGone(): void {
    if (this.#sockets.size > 0) return;
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
