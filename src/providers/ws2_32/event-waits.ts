import type { Handle, Watch } from '../provider.js';

interface Waiter {
  readonly s: Handle;
  readonly event: number;
  readonly wake: () => void;
}

/** How long a signalled event may stay unnoticed, in ms. */
const LOOK_EVERY_MS = 10;

/**
 * Waits for event objects. The event loop has no wait for them, and a thread blocked in
 * WSAWaitForMultipleEvents would hold up the end of the process; so while somebody waits, each event that is
 * waited for is looked at every 10 ms. A look does not wait.
 */
export class EventWaits {
  readonly #isSignalled: (event: number) => boolean;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  /** @param isSignalled looks at an event object without waiting */
  constructor(isSignalled: (event: number) => boolean) {
    this.#isSignalled = isSignalled;
  }

  /** Wakes once, in a later turn, when the event is signalled. */
  watch(s: Handle, event: number, wake: () => void): Watch {
    const waiter: Waiter = { s, event, wake };
    this.#waiters.add(waiter);
    setImmediate(() => this.#lookAt(waiter));
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return { stop: () => this.#forget(waiter) };
  }

  /**
   * Lets go of a socket that is about to be closed.
   *
   * @throws an Error while somebody waits for its events: the wake would never come
   */
  release(s: Handle): void {
    for (const waiter of this.#waiters) {
      if (waiter.s === s) throw new Error('a socket is closed while a watch on its events is live');
    }
  }

  /** Lets go of all; no wake comes after it. */
  dispose(): void {
    for (const waiter of this.#waiters) this.#forget(waiter);
  }

  #look(): void {
    for (const waiter of [...this.#waiters]) this.#lookAt(waiter);
  }

  #lookAt(waiter: Waiter): void {
    if (!this.#waiters.has(waiter) || !this.#isSignalled(waiter.event)) return;
    this.#forget(waiter);
    waiter.wake();
  }

  #forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
