import type { Handle, Watch } from '../provider.js';

interface Waiter {
  readonly s: Handle;
  readonly event: number;
  readonly wake: () => void;
}

/** How often events are polled, in ms. */
const POLL_INTERVAL_MS = 10;

/**
 * Waits for event objects by polling each every 10 ms while it is watched. The event loop cannot wait for
 * them, and a thread blocked in WSAWaitForMultipleEvents would delay the end of the process.
 */
export class EventWaits {
  readonly #isSignalled: (event: number) => boolean;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  /** @param isSignalled polls an event object without waiting */
  constructor(isSignalled: (event: number) => boolean) {
    this.#isSignalled = isSignalled;
  }

  /** Wakes once, in a later turn, when the event is signalled. */
  watch(s: Handle, event: number, wake: () => void): Watch {
    const waiter: Waiter = { s, event, wake };
    this.#waiters.add(waiter);
    setImmediate(() => this.#lookAt(waiter));
    this.#timer ??= setInterval(() => this.#look(), POLL_INTERVAL_MS).unref();
    return { stop: () => this.#forget(waiter) };
  }

  /**
   * Releases a socket that is about to be closed.
   *
   * @throws an Error while a watch on its events is active: the wake would never come
   */
  release(s: Handle): void {
    for (const waiter of this.#waiters) {
      if (waiter.s === s) throw new Error('a socket is closed while a watch on its events is live');
    }
  }

  /** Stops every watch; no wake follows. */
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
