import type { Subscription } from './subscription.js';

/** An event that can occur repeatedly. `fire` calls the listeners before it returns. */
export class Signal {
  /** Created on demand: most signals have no listener. */
  #listeners: Set<Listener> | undefined;

  /** For Call.wait, and for listeners that stay subscribed. */
  subscribe(run: () => void): Subscription {
    this.#listeners ??= new Set();
    return new Listener(run, this.#listeners);
  }

  fire(): void {
    const listeners = this.#listeners;
    if (!listeners || listeners.size === 0) return;
    for (const listener of [...listeners]) if (listeners.has(listener)) listener.run();
  }
}

/** One subscription; the same function may be subscribed more than once. */
class Listener implements Subscription {
  readonly run: () => void;
  readonly #all: Set<Listener>;

  constructor(run: () => void, all: Set<Listener>) {
    this.run = run;
    this.#all = all;
    all.add(this);
  }

  stop(): void {
    this.#all.delete(this);
  }
}
