import type { Subscription } from './subscription.js';

/** Something that happens again and again; whoever listens is told each time, inside the call that fires. */
export class Signal {
  /** Made for the first that listens: at most signals nobody does. */
  #listeners: Set<() => void> | undefined;

  /** For Call.wait, and for those that listen on. */
  subscribe(run: () => void): Subscription {
    this.#listeners ??= new Set();
    const listeners = this.#listeners;
    // Each has an entry of its own, even where the same function listens twice.
    const listener = (): void => run();
    listeners.add(listener);
    return { stop: () => listeners.delete(listener) };
  }

  fire(): void {
    const listeners = this.#listeners;
    if (!listeners || listeners.size === 0) return;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener();
  }
}
