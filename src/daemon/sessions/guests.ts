/**
 * Sockets of other sessions that live on a provider of this one. The provider is freed when the session has
 * ended and the last of them is gone.
 */
export class Guests {
  readonly #sockets = new Set<object>();
  #release: (() => void) | undefined;

  add(socket: object): void {
    this.#sockets.add(socket);
  }

  delete(socket: object): void {
    if (this.#sockets.delete(socket)) this.#releaseIfGone();
  }

  /** Runs when none is left, at once if there is none now. */
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
