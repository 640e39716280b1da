/**
 * Sockets that live on the providers of a session: its own, and duplicates that other sessions have. The providers are
 * freed when the session has ended and the last handle is gone.
 */
export class ProviderUsers {
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
