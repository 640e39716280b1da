/**
 * The sockets that use the providers of a session: its own, and duplicates in other sessions. The providers
 * are released when the session has ended and the last handle is closed.
 */
export class ProviderUsers {
  readonly #sockets = new Set<object>();
  #release: (() => void) | undefined;

  add(socket: object): void {
    this.#sockets.add(socket);
  }

  delete(socket: object): void {
    if (this.#sockets.delete(socket)) this.#releaseIfUnused();
  }

  /** Runs the function when no socket is left; at once if there is none now. */
  whenUnused(release: () => void): void {
    this.#release = release;
    this.#releaseIfUnused();
  }

  #releaseIfUnused(): void {
    if (this.#sockets.size > 0) return;
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
