/**
 * Counts the sockets of other sessions that live on a provider of this one. The provider is freed when the
 * session has ended and the last of them is gone.
 */
export class Guests {
  #count = 0;
  #release: (() => void) | undefined;

  arrived(): void {
    this.#count++;
  }

  left(): void {
    this.#count--;
    this.#releaseIfGone();
  }

  /** Runs when none is left, at once if there is none now. */
  whenGone(release: () => void): void {
    this.#release = release;
    this.#releaseIfGone();
  }

  #releaseIfGone(): void {
    if (this.#count > 0) return;
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
