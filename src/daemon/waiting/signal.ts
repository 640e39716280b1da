import type { Subscribe } from './subscription.js';

/** Something that happens again and again; whoever listens is told each time, inside the call that fires. */
export class Signal {
  readonly #listeners = new Set<() => void>();

  /** For Call.wait, and for those that listen on. */
  readonly subscribe: Subscribe = (run) => {
    // Each has an entry of its own, even where the same function listens twice.
    const listener = (): void => run();
    this.#listeners.add(listener);
    return { stop: () => this.#listeners.delete(listener) };
  };

  fire(): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  }
}
